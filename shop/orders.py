"""What a shopper may do with an order of theirs: cancel it, change it, press for it, ask for its invoice.

A plan is what is shown before the shopper confirms: pure, raises Refused. The verb of the same name does it:
once per key, re-checked under the order's row lock. The caller commits.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from shop import database
from shop.changes import ChangePlan, change, plan_change, variants_of
from shop.errors import Alternative, Reason, Refused
from shop.identity import order_of
from shop.invoices import plan_invoice, request_invoice
from shop.models import Order, OrderStatus, Refund, RefundStatus
from shop.moments import utc
from shop.numbers import check_tax_number
from shop.operations import done_before, record, times_done
from shop.rules import RECEIVED, Changeable, ShopRules, has_shipped, may_cancel
from shop.shops import rules_for
from shop.stock import move_stock, put_back

__all__ = [
    "CancelPlan",
    "ChangePlan",
    "Changeable",
    "UrgeResult",
    "cancel",
    "change",
    "check_tax_number",
    "plan_cancel",
    "plan_change",
    "plan_invoice",
    "request_invoice",
    "urge",
    "variants_of",
]


@dataclass(frozen=True)
class CancelPlan:
    refund: Decimal  # what comes back; 0 for an order that is not paid


@dataclass(frozen=True)
class UrgeResult:
    on_its_way: bool  # shipped: tracking tells more
    ship_by: datetime | None  # otherwise the shop's promise
    late: bool  # that promise is broken
    times_before: int  # how often this order was urged before


def plan_cancel(order: Order, rules: ShopRules, now: datetime | None = None) -> CancelPlan:
    """All that was paid comes back, freight included; goods have not left. Raises Refused."""
    may_cancel(order, rules=rules, now=now or database.now())
    unpaid = order.status is OrderStatus.pending_payment
    return CancelPlan(refund=Decimal(0) if unpaid else order.total - order.amount_due)


async def cancel(
    session: AsyncSession, *, shop_id: int, contact_id: uuid.UUID, order_number: str, key: str
) -> CancelPlan:
    """Cancels; the goods go back to stock and a refund waits to be paid. Raises NotProven, Refused.

    Stock is counted off when an order is placed, paid or not, so an unpaid order gives its goods back too.
    """
    order = await order_of(
        session, shop_id=shop_id, contact_id=contact_id, order_number=order_number, lock=True
    )
    if done := await done_before(session, CancelPlan, order, "cancel", key):
        return done
    plan = plan_cancel(order, await rules_for(session, shop_id))
    order.status = OrderStatus.cancelled
    order.cancelled_at = database.now()
    order.amount_due = Decimal(0)
    if plan.refund > 0:
        order.refunds.append(Refund(amount=plan.refund, status=RefundStatus.pending))
    await move_stock(session, put_back(order.items))
    await record(session, order, "cancel", key, plan)
    return plan


async def urge(
    session: AsyncSession, *, shop_id: int, contact_id: uuid.UUID, order_number: str, key: str
) -> UrgeResult:
    """Writes down that the shopper presses, and says what the shop promised. Raises NotProven, Refused."""
    order = await order_of(
        session, shop_id=shop_id, contact_id=contact_id, order_number=order_number, lock=True
    )
    if done := await done_before(session, UrgeResult, order, "urge", key):
        return done
    _may_urge(order)
    rules = await rules_for(session, shop_id)
    shipped = has_shipped(order)
    ship_by = utc(order.ordered_at) + timedelta(hours=rules.ship_within_hours)
    result = UrgeResult(
        on_its_way=shipped,
        ship_by=None if shipped else ship_by,
        late=not shipped and database.now() >= ship_by,
        times_before=await times_done(session, order, "urge"),
    )
    await record(session, order, "urge", key, result)
    return result


def _may_urge(order: Order) -> None:
    if order.status is OrderStatus.cancelled:
        raise Refused(Reason.already_cancelled, Alternative.order_again)
    if order.status is OrderStatus.pending_payment:
        raise Refused(Reason.not_paid, Alternative.pay)
    if order.status in RECEIVED:
        raise Refused(Reason.already_delivered, Alternative.report_problem)
