"""The states of orders, parcels, returns and refunds in the pages' languages, and their colours.

Chinese and Uyghur are what the bot itself says (actions.wording), so that staff and shoppers hear the same.
"""

from enum import StrEnum

from actions import wording
from actions.turn import Language
from bot.console.words import Words
from shop.models import OrderStatus, RefundStatus, ReturnKind, ReturnStatus, TrackingStatus

State = OrderStatus | TrackingStatus | ReturnKind | ReturnStatus | RefundStatus

# By type: members of two enums with one value are one key of a dict.
ENGLISH: dict[type[StrEnum], dict[str, str]] = {
    OrderStatus: {
        "pending_payment": "Not paid",
        "paid": "Paid, not sent",
        "shipped": "Sent",
        "delivered": "Delivered",
        "completed": "Completed",
        "cancelled": "Cancelled",
    },
    TrackingStatus: {
        "accepted": "With the carrier",
        "in_transit": "On its way",
        "out_for_delivery": "Out for delivery",
        "at_pickup_point": "At the pick-up point",
        "delivered": "Delivered",
        "problem": "Delivery problem",
        "returned": "Going back to the shop",
    },
    ReturnKind: {
        "return": "Return",
        "exchange": "Exchange",
        "damage_claim": "Damage claim",
    },
    ReturnStatus: {
        "requested": "To be decided",
        "approved": "Approved",
        "received": "Goods are back",
        "rejected": "Rejected",
        "completed": "Done",
        "withdrawn": "Withdrawn",
    },
    RefundStatus: {
        "pending": "being paid",
        "paid": "paid",
        "failed": "payment failed",
    },
}
#: intents as staff are told them; Chinese and Uyghur are actions.wording's
WISHES = {
    "order_status": "Order status",
    "urge_shipping": "Send it soon",
    "cancel_order": "Cancel the order",
    "change_order": "Change the order",
    "invoice_request": "An invoice",
    "track_parcel": "Where the parcel is",
    "delivery_problem": "Delivery problem",
    "shipping_policy": "Shipping costs and times",
    "return_request": "Return goods",
    "exchange_request": "Exchange goods",
    "damage_claim": "Damaged goods",
    "wrong_item": "Wrong or missing goods",
    "refund_status": "Where the refund is",
    "return_policy": "The rules for returns",
    "return_cancel": "Take a return back",
    "product_info": "About the goods",
    "product_availability": "Whether it is in stock",
    "price_promotion": "Price or discount",
    "recommend_product": "What to buy",
    "trace_origin": "Origin, authenticity",
    "payment_problem": "Payment problem",
    "complaint": "Complaint",
    "privacy_request": "Personal data",
    "talk_to_human": "A person",
}
#: what was done to an order (shop's operations), beyond the wishes above
DONE = {
    "cancel": ("Order cancelled", "已取消订单", "زاكاز بىكار قىلىندى"),
    "open_return": ("Return asked for", "已申请退货", "قايتۇرۇش ئىلتىماسى قىلىندى"),
    "withdraw_return": ("Return taken back", "已撤销退货", "قايتۇرۇش ئىلتىماسى بىكار قىلىندى"),
    "urge": ("Urged", "已催单", "تېزلىتىش ئېيتىلدى"),
    "request_invoice": ("Invoice asked for", "已申请发票", "تالون سورالدى"),
    "approve_return": ("Return approved", "已同意退货", "قايتۇرۇش تەستىقلاندى"),
    "reject_return": ("Return rejected", "已拒绝退货", "قايتۇرۇش تەستىقلانمىدى"),
}
_CHANGED = ("Order changed", "已修改订单", "زاكاز ئۆزگەرتىلدى")
_REPORTED = ("Delivery problem reported", "已登记物流问题", "يوللانما مەسىلىسى خاتىرىلەندى")
REFUNDS: dict[RefundStatus, wording.Pair] = {
    RefundStatus.pending: {"zh": "待打款", "ug": "تېخى قايتۇرۇلمىدى"},
    RefundStatus.paid: {"zh": "已退款", "ug": "قايتۇرۇلدى"},
    RefundStatus.failed: {"zh": "打款失败", "ug": "قايتۇرۇلمىدى، مەسىلە چىقتى"},
}
LOOKS: dict[StrEnum, str] = {
    OrderStatus.pending_payment: "warning",
    OrderStatus.paid: "info",
    OrderStatus.shipped: "info",
    OrderStatus.delivered: "good",
    OrderStatus.completed: "good",
    TrackingStatus.delivered: "good",
    TrackingStatus.problem: "danger",
    TrackingStatus.returned: "warning",
    TrackingStatus.at_pickup_point: "warning",
    ReturnStatus.requested: "warning",
    ReturnStatus.approved: "good",
    ReturnStatus.rejected: "danger",
}


def chinese_or_uyghur(ours: Words) -> Language:
    """The language of what is kept in these two alone; English readers get Chinese."""
    return "ug" if ours.language == "ug" else "zh"


def named(state: State, ours: Words) -> str:
    if ours.language == "en":
        return ENGLISH[type(state)][state.value]
    language = chinese_or_uyghur(ours)
    match state:
        case OrderStatus():
            return wording.ORDER_STATUS[state][language]
        case TrackingStatus():
            return wording.TRACKING_STATUS[state][language]
        case ReturnKind():
            return wording.RETURN_KIND[state][language]
        case ReturnStatus():
            return wording.RETURN_STATUS[state][language]
    return REFUNDS[state][language]


def wish(intent: str, ours: Words) -> str:
    """What a shopper wants, by the intent's name."""
    if ours.language == "en":
        return WISHES.get(intent, intent)
    known = wording.INTENT.get(intent)
    return known[chinese_or_uyghur(ours)] if known else intent


def done(kind: str, ours: Words) -> str:
    """What was done to an order, by the operation's name."""
    told = DONE.get(kind) or (_REPORTED if kind.startswith("report") else _CHANGED)
    return told[("en", "zh", "ug").index(ours.language)]
