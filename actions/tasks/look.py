"""Tasks that only look: the order's state, the parcel, the money on its way back."""

from datetime import timedelta

from actions import wording as w
from actions.call import Call
from actions.tasks.base import Task, offer, person
from shop.database import now
from shop.models import Order, OrderStatus, RefundStatus
from shop.returns import NextStep, refund_state
from shop.tracking import Parcel, track


class OrderStatusTask(Task):
    name = "order_status"
    reads_only = True

    async def finish(self, call: Call, order: Order) -> None:
        goods = w.items([(item, item.quantity) for item in order.items], call.language)
        facts: dict[str, object] = {
            "order": order.order_number,
            "items": goods,
            "total": w.money(order.total, call.language),
        }
        match order.status:
            case OrderStatus.pending_payment:
                call.say("order_pending_payment", facts)
            case OrderStatus.paid:
                ship_by = order.ordered_at + timedelta(hours=call.rules.ship_within_hours)
                facts["by"] = w.minute(ship_by, call.language)
                if ship_by > now():
                    call.say("order_paid", facts)
                else:
                    call.say("order_paid_late", facts, buttons=(offer(call, "urge_shipping"), person(call)))
            case OrderStatus.shipped:
                call.say("order_shipped", facts)
                say_parcels(call, order)
            case OrderStatus.delivered:
                facts["at"] = w.minute(order.delivered_at, call.language) if order.delivered_at else ""
                call.say("order_delivered", facts)
            case OrderStatus.completed:
                call.say("order_completed", facts)
            case OrderStatus.cancelled:
                call.say("order_cancelled", facts)
                say_refund(call, order)


class TrackTask(Task):
    name = "track_parcel"
    reads_only = True

    def suits(self, order: Order) -> bool:
        return order.status in (OrderStatus.shipped, OrderStatus.paid)

    async def finish(self, call: Call, order: Order) -> None:
        if not order.shipments:
            await OrderStatusTask().finish(call, order)
            return
        say_parcels(call, order)


class RefundStatusTask(Task):
    name = "refund_status"
    reads_only = True

    def suits(self, order: Order) -> bool:
        return bool(order.refunds or order.returns)

    async def finish(self, call: Call, order: Order) -> None:
        if not say_refund(call, order):
            call.say("refund_none", {"order": order.order_number}, buttons=(person(call),))


def say_parcels(call: Call, order: Order) -> None:
    for parcel in track(order):
        _say_parcel(call, parcel)


def _say_parcel(call: Call, parcel: Parcel) -> None:
    language = call.language
    facts: dict[str, object] = {"carrier": parcel.carrier, "number": parcel.tracking_number}
    if parcel.last is None or parcel.status is None:
        call.say("parcel_no_events", facts)
        return
    facts["status"] = w.TRACKING_STATUS[parcel.status][language]
    facts["at"] = w.minute(parcel.last.at, language)
    facts["event"] = parcel.last.description
    if parcel.stuck_since is not None:
        facts["since"] = w.day(parcel.stuck_since, language)
        call.say("parcel_stuck", facts, buttons=(offer(call, "delivery_problem"), person(call)))
    elif parcel.estimate is not None:
        facts["when"] = w.days(parcel.estimate.earliest, parcel.estimate.latest, language)
        call.say("parcel_on_way", facts)
    else:
        call.say("parcel_state", facts)


def say_refund(call: Call, order: Order) -> bool:
    """How a return, exchange or refund is coming along; False when the order has none."""
    state = refund_state(order)
    if state is None:
        return False
    language = call.language
    if state.kind is not None and state.request_status is not None:
        kind, status = w.RETURN_KIND[state.kind][language], w.RETURN_STATUS[state.request_status][language]
        call.say("return_state", {"order": order.order_number, "kind": kind, "status": status})
    if state.refund_status is None:
        _say_next(call, state.next)
        return True
    amount = w.money(state.amount, language)
    match state.refund_status:
        case RefundStatus.paid:
            at = w.day(state.paid_at, language) if state.paid_at else ""
            call.say("refund_paid", {"amount": amount, "at": at})
        case RefundStatus.pending:
            call.say("refund_pending", {"amount": amount})
        case RefundStatus.failed:
            call.say("refund_failed", {"amount": amount}, buttons=(person(call),))
    return True


def _say_next(call: Call, step: NextStep) -> None:
    """What comes next, where no payment has been decided yet."""
    if step is not NextStep.done:
        call.say(f"next_{step}", buttons=(person(call),) if step is NextStep.rejected else ())
