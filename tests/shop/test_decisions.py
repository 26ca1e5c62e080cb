"""What staff decide about a request: once, within what was paid, and with the money that follows."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shop.database import Sessions, now
from shop.decisions import BadAmount, decide_return
from shop.errors import Refused
from shop.identity import order_of
from shop.models import RefundStatus, ReturnKind, ReturnStatus
from shop.returns import open_return
from tests.shop.factories import Scene, received_of, scene_of


async def claimed(sessions: Sessions, kind: ReturnKind = ReturnKind.damage_claim) -> tuple[Scene, int]:
    """An order that has come, and a request about all of it."""
    scene = await scene_of(sessions, received_of(at=now() - timedelta(hours=1)))
    request = await scene.do(
        open_return,
        kind=kind,
        items=None,
        reason="坏了",
        for_quality=True,
        photos=["a.jpg"],
        key="ask",
    )
    return scene, request.id


async def test_a_claim_is_paid_as_staff_found_right(sessions: Sessions) -> None:
    scene, request = await claimed(sessions)
    given = {"request_id": request, "approve": True, "amount": Decimal("12.50"), "key": "yes"}
    decision = await scene.do(decide_return, **given)
    assert (decision.status, decision.amount) == (ReturnStatus.approved, Decimal("12.50"))
    assert await scene.do(decide_return, **given) == decision  # the same key does it once
    order = await scene.do(order_of)
    assert [(one.amount, one.status) for one in order.refunds] == [(Decimal("12.50"), RefundStatus.pending)]
    assert order.returns[0].amount == Decimal("12.50")


@pytest.mark.parametrize("amount", ["0", "-1", "99999", "1.001", "NaN", "Infinity"])
async def test_no_more_than_was_paid(sessions: Sessions, amount: str) -> None:
    scene, request = await claimed(sessions)
    with pytest.raises(BadAmount):
        await scene.do(decide_return, request_id=request, approve=True, amount=Decimal(amount), key="yes")
    order = await scene.do(order_of)
    assert (order.refunds, order.returns[0].status) == ([], ReturnStatus.requested)


async def test_goods_that_come_back_are_not_paid_yet(sessions: Sessions) -> None:
    scene, request = await claimed(sessions, ReturnKind.return_)
    decision = await scene.do(decide_return, request_id=request, approve=True, key="yes")
    assert decision.amount == 0
    assert (await scene.do(order_of)).refunds == []


async def test_a_no_is_final(sessions: Sessions) -> None:
    scene, request = await claimed(sessions)
    decision = await scene.do(decide_return, request_id=request, approve=False, reason="不是坏的", key="no")
    assert (decision.status, decision.reason) == (ReturnStatus.rejected, "不是坏的")
    with pytest.raises(Refused):
        await scene.do(decide_return, request_id=request, approve=True, key="yes")
