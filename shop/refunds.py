"""How the money of a return, a cancellation or a cheaper change is coming along, as a shopper is told it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from shop.models import Order, Payer, Refund, RefundStatus, ReturnKind, ReturnRequest, ReturnStatus
from shop.moments import utc


class NextStep(StrEnum):
    """What comes next, and whose turn it is."""

    shop_decides = "shop_decides"  # the shop looks at the request
    send_goods_back = "send_goods_back"  # the buyer sends the goods
    shop_checks_goods = "shop_checks_goods"  # the shop has the goods and checks them
    shop_sends_replacement = "shop_sends_replacement"  # the shop has the goods and sends others
    shop_pays = "shop_pays"  # the shop has agreed and pays
    money_arrives = "money_arrives"  # paid out; the bank or wallet books it
    person_looks = "person_looks"  # the payment failed: a person must look
    done = "done"  # nothing more: replaced, or closed without a payment
    rejected = "rejected"  # the shop said no; a person can look again
    withdrawn = "withdrawn"  # the buyer took it back


@dataclass(frozen=True)
class RefundState:
    kind: ReturnKind | None  # None: a cancelled or a cheaper order
    request_status: ReturnStatus | None  # None as well, then
    amount: Decimal  # of the refund if there is one, else what the request expects
    refund_status: RefundStatus | None  # None: no payment has been decided
    asked_at: datetime
    closed_at: datetime | None  # when the request ended
    paid_at: datetime | None
    freight_payer: Payer | None
    next: NextStep


def refund_state(order: Order) -> RefundState | None:
    """The latest matter that was not withdrawn, or else the latest; None if there never was one."""
    matters = [_of_request(order, request) for request in order.returns]
    matters += [_of_refund(refund) for refund in order.refunds if refund.return_request_id is None]
    return max(matters, key=lambda one: (one.next is not NextStep.withdrawn, one.asked_at), default=None)


def _of_refund(refund: Refund) -> RefundState:
    return RefundState(
        kind=None,
        request_status=None,
        amount=refund.amount,
        refund_status=refund.status,
        asked_at=utc(refund.created_at),
        closed_at=None,
        paid_at=refund.paid_at,
        freight_payer=None,
        next=_AFTER_PAYMENT[refund.status],
    )


def _of_request(order: Order, request: ReturnRequest) -> RefundState:
    mine = [refund for refund in order.refunds if refund.return_request_id == request.id]
    refund = max(mine, key=lambda one: one.id, default=None)
    return RefundState(
        kind=request.kind,
        request_status=request.status,
        amount=refund.amount if refund else request.amount,
        refund_status=refund.status if refund else None,
        asked_at=utc(request.created_at),
        closed_at=request.closed_at,
        paid_at=refund.paid_at if refund else None,
        freight_payer=request.freight_payer,
        next=_AFTER_PAYMENT[refund.status] if refund else _next(request),
    )


_AFTER_PAYMENT = {
    RefundStatus.pending: NextStep.shop_pays,
    RefundStatus.paid: NextStep.money_arrives,
    RefundStatus.failed: NextStep.person_looks,
}


def _next(request: ReturnRequest) -> NextStep:
    """Without a payment decided."""
    match request.status:
        case ReturnStatus.requested:
            return NextStep.shop_decides
        case ReturnStatus.approved:
            claim = request.kind is ReturnKind.damage_claim
            return NextStep.shop_pays if claim else NextStep.send_goods_back
        case ReturnStatus.received:
            exchange = request.kind is ReturnKind.exchange
            return NextStep.shop_sends_replacement if exchange else NextStep.shop_checks_goods
        case ReturnStatus.rejected:
            return NextStep.rejected
        case ReturnStatus.withdrawn:
            return NextStep.withdrawn
        case ReturnStatus.completed:
            return NextStep.done
