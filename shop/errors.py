"""What the shop refuses, and how. Translated into sentences or HTTP statuses only at the edge.

ShopError
├── NotProven       the order is not proven to be this contact's, or there is none: the two look the same
├── Refused         a rule says no: the reason, what can be done instead, and the facts of the case
└── UnknownParcel   no shipment of this shop has that tracking number
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

Fact = str | int | Decimal | datetime


class Reason(StrEnum):
    """Why a rule said no."""

    # where the order stands
    not_paid = "not_paid"  # the order is not paid yet
    not_shipped_yet = "not_shipped_yet"  # no courier has the goods yet
    already_shipped = "already_shipped"  # the goods are with the courier
    not_delivered_yet = "not_delivered_yet"  # the goods have not been signed for
    already_delivered = "already_delivered"  # the goods have been signed for
    already_cancelled = "already_cancelled"  # the order is cancelled
    # what the goods are
    goods_perishable = "goods_perishable"  # fresh goods and meat do not go back without a reason
    goods_custom = "goods_custom"  # goods made to measure do not go back without a reason
    goods_digital = "goods_digital"  # opened digital goods do not go back without a reason
    goods_newspaper = "goods_newspaper"  # newspapers and periodicals do not go back without a reason
    # when it was asked
    window_passed = "window_passed"  # the days for a return or an exchange are over
    claim_window_passed = "claim_window_passed"  # the hours for a damage claim are over
    # returns, exchanges, claims
    already_requested = "already_requested"  # all of these goods are in a request already
    unknown_item = "unknown_item"  # these goods are not in this order
    bad_share = "bad_share"  # the damaged part must be more than nothing and at most all
    no_photo = "no_photo"  # a damage claim needs a picture of the goods and the waybill
    nothing_to_withdraw = "nothing_to_withdraw"  # no request is open
    goods_already_back = "goods_already_back"  # the goods are at the shop again: it cannot be withdrawn
    refund_under_way = "refund_under_way"  # the money is already on its way back: it cannot be withdrawn
    cancellation_final = "cancellation_final"  # a cancelled order is not taken up again
    # changes
    which_item = "which_item"  # the order has several goods: say which
    unknown_variant = "unknown_variant"  # these goods do not come in that variant
    out_of_stock = "out_of_stock"  # not that many are left
    same_value = "same_value"  # that is what the order says already
    bad_quantity = "bad_quantity"  # not a number of goods that can be ordered or sent back
    bad_phone = "bad_phone"  # not a mainland mobile number
    bad_address = "bad_address"  # too short, too long or no words: nothing can be sent there
    bad_name = "bad_name"  # not a name
    # invoices
    no_invoice = "no_invoice"  # this shop makes out invoices only through a person
    bad_title = "bad_title"  # an invoice needs the name of a person or a company
    bad_tax_number = "bad_tax_number"  # not a valid tax number
    already_invoiced = "already_invoiced"  # the invoice has been made out


class Alternative(StrEnum):
    """What the shopper can do instead."""

    pay = "pay"  # pay the order first
    cancel_order = "cancel_order"  # cancel it: nothing has been sent
    change_order = "change_order"  # change it: nothing has been sent
    order_again = "order_again"  # place a new order
    urge_shipping = "urge_shipping"  # ask the shop to send it soon
    wait_delivery = "wait_delivery"  # look at the goods when they arrive
    refuse_or_return = "refuse_or_return"  # refuse the parcel at the door, or send it back afterwards
    open_return_after_delivery = "open_return_after_delivery"  # ask for a return when the goods are there
    open_return = "open_return"  # ask for a return now
    quality_return = "quality_return"  # say what is wrong: then the goods go back at the shop's cost
    damage_claim = "damage_claim"  # keep the goods, send pictures, be paid for the damaged part
    exchange = "exchange"  # exchange the goods when they have arrived
    report_problem = "report_problem"  # say that the parcel has not been received
    send_photo = "send_photo"  # send a picture
    choose_variant = "choose_variant"  # choose another variant or a smaller number
    check_refund = "check_refund"  # look how the earlier request is coming along
    talk_to_human = "talk_to_human"  # a person can look at the case


class ShopError(Exception):
    """The shop cannot do what was asked."""


class NotProven(ShopError):
    """The contact has not proved that this order is theirs, or there is no such order."""

    def __init__(self) -> None:
        # No number, no detail: the two cases must look the same in logs and answers too.
        super().__init__("order not proven")


class Refused(ShopError):
    """A rule says no. `facts` are the figures of the case that an answer may name (times are aware)."""

    def __init__(
        self,
        reason: Reason,
        alternative: Alternative | None = None,
        facts: Mapping[str, Fact] | None = None,
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.alternative = alternative
        self.facts: dict[str, Fact] = dict(facts or {})


class UnknownParcel(ShopError):
    """No shipment of this shop has that tracking number."""
