"""What a shopper is told about their money."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.database import Sessions, now
from shop.identity import order_of
from shop.models import Order, Payer, Refund, RefundStatus, ReturnKind, ReturnRequest, ReturnStatus
from shop.orders import cancel
from shop.returns import NextStep, open_return, refund_state, withdraw_return
from tests.shop import factories
from tests.shop.factories import NOON, delivered_of, item_of, scene_of

RETURN, EXCHANGE, CLAIM = ReturnKind.return_, ReturnKind.exchange, ReturnKind.damage_claim


def request_of(id: int, kind: ReturnKind, status: ReturnStatus, hours: int = 0) -> ReturnRequest:
    return ReturnRequest(
        id=id,
        kind=kind,
        status=status,
        reason="",
        amount=Decimal("20.00"),
        freight_payer=Payer.buyer,
        created_at=NOON + timedelta(hours=hours),
        items=[],
    )


def refund_of(id: int, status: RefundStatus, request: int | None = None, **values: Any) -> Refund:
    defaults = {"amount": Decimal("18.00"), "created_at": NOON, "paid_at": None}
    return Refund(id=id, return_request_id=request, status=status, **defaults | values)


def state(returns: list[ReturnRequest], refunds: list[Refund]) -> Any:
    return refund_state(delivered_of(returns=returns, refunds=refunds))


@pytest.mark.parametrize(
    ("kind", "status", "step"),
    [
        (RETURN, ReturnStatus.requested, NextStep.shop_decides),
        (EXCHANGE, ReturnStatus.requested, NextStep.shop_decides),
        (CLAIM, ReturnStatus.requested, NextStep.shop_decides),
        (RETURN, ReturnStatus.approved, NextStep.send_goods_back),
        (EXCHANGE, ReturnStatus.approved, NextStep.send_goods_back),
        (CLAIM, ReturnStatus.approved, NextStep.shop_pays),
        (RETURN, ReturnStatus.received, NextStep.shop_checks_goods),
        (EXCHANGE, ReturnStatus.received, NextStep.shop_sends_replacement),
        (RETURN, ReturnStatus.rejected, NextStep.rejected),
        (RETURN, ReturnStatus.withdrawn, NextStep.withdrawn),
        (EXCHANGE, ReturnStatus.completed, NextStep.done),
    ],
)
def test_a_request_without_a_payment(kind: ReturnKind, status: ReturnStatus, step: NextStep) -> None:
    told = state([request_of(1, kind, status)], [])
    assert (told.kind, told.request_status, told.next) == (kind, status, step)
    assert (told.amount, told.refund_status, told.paid_at) == (Decimal("20.00"), None, None)


@pytest.mark.parametrize(
    ("status", "paid_at", "step"),
    [
        (RefundStatus.pending, None, NextStep.shop_pays),
        (RefundStatus.paid, NOON, NextStep.money_arrives),
        (RefundStatus.failed, None, NextStep.person_looks),
    ],
)
def test_a_payment_says_more_than_its_request(status: RefundStatus, paid_at: Any, step: NextStep) -> None:
    request = request_of(1, RETURN, ReturnStatus.received)
    told = state([request], [refund_of(1, status, 1, paid_at=paid_at)])
    assert (told.kind, told.amount, told.refund_status) == (RETURN, Decimal("18.00"), status)
    assert (told.paid_at, told.next) == (paid_at, step)
    alone = state([], [refund_of(1, status, paid_at=paid_at)])
    assert (alone.kind, alone.request_status, alone.amount, alone.next) == (
        None,
        None,
        Decimal("18.00"),
        step,
    )


def test_a_second_payment_after_a_failed_one_counts() -> None:
    payments = [refund_of(2, RefundStatus.paid, 1, paid_at=NOON), refund_of(1, RefundStatus.failed, 1)]
    assert state([request_of(1, RETURN, ReturnStatus.received)], payments).next is NextStep.money_arrives


def test_the_latest_matter_is_told_unless_it_was_withdrawn() -> None:
    rejected = request_of(1, RETURN, ReturnStatus.rejected)
    open_claim = request_of(2, CLAIM, ReturnStatus.requested, hours=1)
    withdrawn = request_of(3, RETURN, ReturnStatus.withdrawn, hours=2)
    assert state([rejected, open_claim, withdrawn], []).kind is CLAIM
    assert state([withdrawn], []).next is NextStep.withdrawn
    later = refund_of(9, RefundStatus.pending, created_at=NOON + timedelta(hours=3))
    assert state([rejected, open_claim], [later]).kind is None


def test_nothing_to_tell() -> None:
    assert refund_state(delivered_of()) is None


async def test_as_stored(sessions: Sessions) -> None:
    scene = await scene_of(sessions, delivered_of(item_of(quantity=2), at=now()))
    order: Order = await scene.do(order_of)
    assert refund_state(order) is None
    asked = {"kind": RETURN, "items": None, "reason": "买错了", "for_quality": False}
    await scene.do(open_return, key="1", **asked)
    told = refund_state(await scene.do(order_of))
    assert told is not None
    assert (told.amount, told.next, told.freight_payer) == (
        Decimal("50.00"),
        NextStep.shop_decides,
        Payer.buyer,
    )
    assert told.asked_at.utcoffset() == timedelta(0)
    await scene.do(withdraw_return, key="2")
    told = refund_state(await scene.do(order_of))
    assert told is not None
    assert told.next is NextStep.withdrawn


async def test_a_cancelled_order(sessions: Sessions) -> None:
    scene = await scene_of(sessions, factories.order_of(item_of(quantity=2)))
    await scene.do(cancel, key="1")
    told = refund_state(await scene.do(order_of))
    assert told is not None
    assert (told.kind, told.amount, told.next) == (None, Decimal("50.00"), NextStep.shop_pays)
