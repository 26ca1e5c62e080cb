"""The shop decides about a request: yes or no, once, with its reason. Staff ask for it, never a shopper."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from shop import database
from shop.errors import Reason, Refused, ShopError
from shop.identity import order_of
from shop.models import Order, Refund, RefundStatus, ReturnKind, ReturnRequest, ReturnStatus
from shop.operations import done_before, record


class BadAmount(ShopError):
    """More than was paid and is promised nowhere else, or nothing."""

    def __init__(self) -> None:
        super().__init__("more than was paid, or nothing")


@dataclass(frozen=True)
class Decision:
    return_request_id: int
    status: ReturnStatus
    amount: Decimal  # that is paid out for it now; 0 where goods must come back first
    reason: str = ""  # of a no, in staff's words


async def decide_return(
    session: AsyncSession,
    *,
    shop_id: int,
    contact_id: uuid.UUID,
    order_number: str,
    request_id: int,
    approve: bool,
    amount: Decimal | None = None,
    reason: str = "",
    key: str,
) -> Decision:
    """Approve or reject what is still to be looked at. Raises NotProven, Refused, BadAmount.

    `amount`: what staff found right, where it is not what the rules say; `reason`: of a no, for the log.
    Approved damage is paid out at once (the goods stay); whatever must come back is paid when it is back.
    """
    order = await order_of(
        session, shop_id=shop_id, contact_id=contact_id, order_number=order_number, lock=True
    )
    kind = "approve_return" if approve else "reject_return"
    if done := await done_before(session, Decision, order, kind, key):
        return done
    request = _open_request(order, request_id)
    if approve and amount is not None and request.kind is not ReturnKind.exchange:
        _must_be_payable(order, request, amount)
        request.amount = amount
    request.status = ReturnStatus.approved if approve else ReturnStatus.rejected
    paid = Decimal(0)
    if not approve:
        request.closed_at = database.now()
    elif request.kind is ReturnKind.damage_claim and request.amount:
        paid = request.amount
        refund = Refund(return_request_id=request.id, amount=paid, status=RefundStatus.pending)
        order.refunds.append(refund)
    decision = Decision(request.id, request.status, paid, "" if approve else reason)
    await session.flush()
    await record(session, order, kind, key, decision)
    return decision


def _must_be_payable(order: Order, request: ReturnRequest, amount: Decimal) -> None:
    """Within what was paid and is promised nowhere else."""
    void = (ReturnStatus.rejected, ReturnStatus.withdrawn)
    others = (one.amount for one in order.returns if one.status not in void and one is not request)
    most = order.total - order.amount_due - sum(others, Decimal(0))
    if not amount.is_finite() or not 0 < amount <= most or amount != round(amount, 2):
        raise BadAmount


def _open_request(order: Order, request_id: int) -> ReturnRequest:
    request = next((one for one in order.returns if one.id == request_id), None)
    if request is None or request.status is not ReturnStatus.requested:
        raise Refused(Reason.nothing_to_withdraw)
    return request
