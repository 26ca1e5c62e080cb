"""Returns, exchanges and damage claims: planned, opened, withdrawn, and how the money is coming along."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from shop import database
from shop.errors import Alternative, Reason, Refused
from shop.identity import order_of
from shop.models import (
    Order,
    OrderItem,
    OrderStatus,
    Payer,
    RefundStatus,
    ReturnItem,
    ReturnKind,
    ReturnRequest,
    ReturnStatus,
)
from shop.operations import done_before, record
from shop.refunds import NextStep, RefundState, refund_state
from shop.rules import ShopRules, damage_deadline, may_claim_damage, may_exchange, may_return, return_deadline
from shop.shops import rules_for

__all__ = [
    "NextStep",
    "RefundState",
    "ReturnPlan",
    "open_return",
    "plan_return",
    "plan_withdraw",
    "refund_state",
    "withdraw_return",
]

_CENT = Decimal("0.01")
_VOID = (ReturnStatus.rejected, ReturnStatus.withdrawn)  # these give their goods free again


@dataclass(frozen=True)
class ReturnPlan:
    kind: ReturnKind
    items: list[tuple[OrderItem, int]]  # the goods and how many of each
    amount: Decimal  # what will come back if the shop agrees; 0 for an exchange
    freight_payer: Payer | None  # None: nothing is sent back
    deadline: datetime | None  # until when it may be asked; None: nobody knows when the goods came


@dataclass(frozen=True)
class _Requested:
    return_request_id: int


def plan_return(
    order: Order,
    *,
    kind: ReturnKind,
    items: dict[int, int] | None,
    for_quality: bool,
    damaged_share: Decimal | None,
    rules: ShopRules,
    now: datetime,
) -> ReturnPlan:
    """What would be asked of the shop. Raises Refused, with the alternative.

    `items`: order item id → quantity; None is all that is left. `damaged_share`: the part of these goods
    that is damaged, above 0 and at most 1 (None: all of it); only for damage claims.
    """
    _check_rules(order, kind, _named(order, items), for_quality, rules, now)
    chosen = _chosen(order, items)
    if kind is ReturnKind.damage_claim:
        amount = _compensation(chosen, damaged_share, rules)
        deadline = damage_deadline(order, rules)
    else:
        amount = _price(order, chosen, for_quality) if kind is ReturnKind.return_ else Decimal(0)
        deadline = return_deadline(order, rules, for_quality=for_quality)
    return ReturnPlan(
        kind=kind,
        items=chosen,
        amount=min(amount, _still_refundable(order)),
        freight_payer=_freight_payer(kind, for_quality, rules),
        deadline=deadline,
    )


async def open_return(
    session: AsyncSession,
    *,
    shop_id: int,
    contact_id: uuid.UUID,
    order_number: str,
    kind: ReturnKind,
    items: dict[int, int] | None,
    reason: str,
    for_quality: bool,
    damaged_share: Decimal | None = None,
    photos: Sequence[str] = (),
    key: str,
) -> ReturnRequest:
    """Asks the shop; nothing is paid before it agrees. Raises NotProven, Refused."""
    order = await order_of(
        session, shop_id=shop_id, contact_id=contact_id, order_number=order_number, lock=True
    )
    if done := await done_before(session, _Requested, order, "open_return", key):
        return _request(order, done.return_request_id)
    rules, now = await rules_for(session, shop_id), database.now()
    plan = plan_return(
        order,
        kind=kind,
        items=items,
        for_quality=for_quality,
        damaged_share=damaged_share,
        rules=rules,
        now=now,
    )
    request = _request_for(plan, reason, photos, rules)
    order.returns.append(request)
    await session.flush()
    await record(session, order, "open_return", key, _Requested(request.id))
    return request


def plan_withdraw(order: Order) -> ReturnRequest:
    """The request that would be taken back: the latest open one. Raises Refused."""
    requests = [one for one in order.returns if one.status not in (*_VOID, ReturnStatus.completed)]
    if not requests:
        if order.status is OrderStatus.cancelled:
            raise Refused(Reason.cancellation_final, Alternative.order_again)
        raise Refused(Reason.nothing_to_withdraw)
    latest = max(requests, key=lambda one: one.id)
    if latest.status is ReturnStatus.received:
        raise Refused(Reason.goods_already_back, Alternative.talk_to_human)
    if any(
        refund.return_request_id == latest.id and refund.status is not RefundStatus.failed
        for refund in order.refunds
    ):
        raise Refused(Reason.refund_under_way, Alternative.talk_to_human)
    return latest


async def withdraw_return(
    session: AsyncSession, *, shop_id: int, contact_id: uuid.UUID, order_number: str, key: str
) -> ReturnRequest:
    """Takes back the latest open request, unless goods or money have moved. Raises NotProven, Refused."""
    order = await order_of(
        session, shop_id=shop_id, contact_id=contact_id, order_number=order_number, lock=True
    )
    if done := await done_before(session, _Requested, order, "withdraw_return", key):
        return _request(order, done.return_request_id)
    request = plan_withdraw(order)
    request.status = ReturnStatus.withdrawn
    request.closed_at = database.now()
    await record(session, order, "withdraw_return", key, _Requested(request.id))
    return request


def _request_for(plan: ReturnPlan, reason: str, photos: Sequence[str], rules: ShopRules) -> ReturnRequest:
    """A plan is shown before there are photos, so they are only asked for here."""
    if plan.kind is ReturnKind.damage_claim and rules.damage_needs_photo and not photos:
        raise Refused(Reason.no_photo, Alternative.send_photo)
    return ReturnRequest(
        kind=plan.kind,
        status=ReturnStatus.requested,
        reason=reason,
        amount=plan.amount,
        freight_payer=plan.freight_payer,
        photos=list(photos),
        items=[ReturnItem(order_item_id=item.id, quantity=quantity) for item, quantity in plan.items],
    )


def _request(order: Order, request_id: int) -> ReturnRequest:
    return next(request for request in order.returns if request.id == request_id)


def _check_rules(
    order: Order, kind: ReturnKind, items: list[OrderItem], for_quality: bool, rules: ShopRules, now: datetime
) -> None:
    match kind:
        case ReturnKind.damage_claim:
            may_claim_damage(order, rules=rules, now=now)
        case ReturnKind.exchange:
            may_exchange(order, items, for_quality=for_quality, rules=rules, now=now)
        case ReturnKind.return_:
            may_return(order, items, for_quality=for_quality, rules=rules, now=now)


def _named(order: Order, wanted: dict[int, int] | None) -> list[OrderItem]:
    """The goods it is about: for all that is left, what is in another request already does not count."""
    if wanted is None:
        left = _left(order)
        return [item for item in order.items if left[item.id] > 0]
    if not set(wanted) <= {item.id for item in order.items}:
        raise Refused(Reason.unknown_item)
    return [item for item in order.items if item.id in wanted]


def _chosen(order: Order, wanted: dict[int, int] | None) -> list[tuple[OrderItem, int]]:
    left = _left(order)
    chosen = left if wanted is None else wanted
    if wanted == {}:
        raise Refused(Reason.bad_quantity)
    if not any(left[item_id] for item_id in chosen):
        raise Refused(Reason.already_requested, Alternative.check_refund)
    for item_id, quantity in chosen.items():
        if wanted is not None and not 1 <= quantity <= left[item_id]:
            raise Refused(Reason.bad_quantity, facts={"left": left[item_id]})
    return [(item, chosen[item.id]) for item in order.items if chosen.get(item.id)]


def _left(order: Order) -> dict[int, int]:
    """Order item id → how many are in no open or finished request."""
    left = {item.id: item.quantity for item in order.items}
    for request in order.returns:
        if request.status not in _VOID:
            for item in request.items:
                left[item.order_item_id] -= item.quantity
    return left


def _price(order: Order, chosen: list[tuple[OrderItem, int]], for_quality: bool) -> Decimal:
    """The goods; and when all of a bad order goes back, what the buyer paid to have it sent (§24)."""
    goods = sum((item.unit_price * quantity for item, quantity in chosen), Decimal(0))
    everything = {item.id: quantity for item, quantity in chosen} == {
        item.id: item.quantity for item in order.items
    }
    return goods + order.freight if for_quality and everything else goods


def _compensation(chosen: list[tuple[OrderItem, int]], share: Decimal | None, rules: ShopRules) -> Decimal:
    share = Decimal(1) if share is None else share
    if not share.is_finite() or not 0 < share <= 1:
        raise Refused(Reason.bad_share)
    goods = sum((item.unit_price * quantity for item, quantity in chosen), Decimal(0))
    return (goods * share * rules.damage_share).quantize(_CENT, ROUND_HALF_UP)


def _still_refundable(order: Order) -> Decimal:
    """What was paid and is in no other request: no request promises money the shop never had."""
    asked = sum((one.amount for one in order.returns if one.status not in _VOID), Decimal(0))
    return max(order.total - order.amount_due - asked, Decimal(0))


def _freight_payer(kind: ReturnKind, for_quality: bool, rules: ShopRules) -> Payer | None:
    if kind is ReturnKind.damage_claim:
        return None
    if for_quality:
        return Payer.shop
    return rules.exchange_freight_payer if kind is ReturnKind.exchange else rules.no_reason_freight_payer
