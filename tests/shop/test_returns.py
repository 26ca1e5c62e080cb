"""Returns, exchanges and damage claims asked for, and taken back."""

import asyncio
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from shop.database import Sessions, now, transaction
from shop.errors import Alternative, NotProven, Reason, Refused
from shop.identity import order_of
from shop.models import (
    OrderStatus,
    Payer,
    Refund,
    RefundStatus,
    ReturnKind,
    ReturnRequest,
    ReturnStatus,
)
from shop.returns import open_return, withdraw_return
from tests.shop.factories import Scene, item_of, received_of, scene_of
from tests.shop.factories import order_of as built

RETURN, CLAIM = ReturnKind.return_, ReturnKind.damage_claim


async def scene_received(sessions: Sessions, ago: timedelta = timedelta(hours=1), **settings: Any) -> Scene:
    return await scene_of(sessions, received_of(at=now() - ago), **settings)


async def opened(scene: Scene, kind: ReturnKind = RETURN, key: str = "1", **values: Any) -> ReturnRequest:
    defaults = {"items": None, "reason": "太酸了", "for_quality": False, "key": key}
    return await scene.do(open_return, kind=kind, **defaults | values)


async def requests(scene: Scene) -> int | None:
    async with transaction(scene.sessions) as session:
        return await session.scalar(select(func.count()).select_from(ReturnRequest))


async def test_a_return_is_asked_for(sessions: Sessions) -> None:
    scene = await scene_received(sessions)
    request = await opened(scene, items={scene.item_ids[0]: 2}, photos=["a.jpg"])
    assert (request.kind, request.status, request.reason) == (RETURN, ReturnStatus.requested, "太酸了")
    assert (request.amount, request.freight_payer, request.photos) == (
        Decimal("39.98"),
        Payer.buyer,
        ["a.jpg"],
    )
    order = await scene.do(order_of)
    assert [(one.order_item_id, one.quantity) for one in order.returns[0].items] == [(scene.item_ids[0], 2)]
    assert order.refunds == []
    assert order.status is OrderStatus.delivered
    assert order.returns[0].created_at.tzinfo is not None


async def test_the_same_key_asks_once_one_after_the_other_or_at_once(sessions: Sessions) -> None:
    scene = await scene_received(sessions)
    at_once = await asyncio.gather(*(opened(scene) for _ in range(4)))
    later = await opened(scene)
    assert {one.id for one in at_once} == {later.id}
    assert await requests(scene) == 1


async def test_two_requests_at_once_for_the_same_received_of(sessions: Sessions) -> None:
    scene = await scene_received(sessions)
    answers = await asyncio.gather(*(opened(scene, key=key) for key in "12"), return_exceptions=True)
    (refused,) = [one for one in answers if isinstance(one, Refused)]
    assert refused.reason is Reason.already_requested
    assert await requests(scene) == 1


@pytest.mark.parametrize(
    ("settings", "photos", "refused"),
    [
        ({}, (), True),
        ({}, ("fruit.jpg",), False),
        ({"damage_needs_photo": False}, (), False),
    ],
)
async def test_a_damage_claim_needs_a_photo(
    sessions: Sessions, settings: dict[str, Any], photos: tuple[str, ...], refused: bool
) -> None:
    scene = await scene_received(sessions, **settings)
    if not refused:
        request = await opened(scene, CLAIM, photos=photos, damaged_share=Decimal("0.5"))
        assert (request.amount, request.freight_payer) == (Decimal("59.99"), None)
        return
    with pytest.raises(Refused) as refusal:
        await opened(scene, CLAIM, photos=photos)
    assert (refusal.value.reason, refusal.value.alternative) == (Reason.no_photo, Alternative.send_photo)
    assert await requests(scene) == 0


@pytest.mark.parametrize(
    ("settings", "ago", "refused"),
    [
        ({}, timedelta(hours=47, minutes=59), False),
        ({}, timedelta(hours=48), True),
        ({"damage_window_hours": 24}, timedelta(hours=24), True),
        ({"damage_window_hours": 72}, timedelta(hours=71, minutes=59), False),
    ],
)
async def test_the_shops_own_window_holds(
    sessions: Sessions, settings: dict[str, Any], ago: timedelta, refused: bool
) -> None:
    scene = await scene_received(sessions, ago, **settings)
    if not refused:
        assert (await opened(scene, CLAIM, photos=["a"])).kind is CLAIM
        return
    with pytest.raises(Refused) as refusal:
        await opened(scene, CLAIM, photos=["a"])
    assert refusal.value.reason is Reason.claim_window_passed
    assert refusal.value.alternative is Alternative.quality_return


@pytest.mark.parametrize(("days", "refused"), [(7, False), (8, True)])
async def test_the_seven_days_hold(sessions: Sessions, days: int, refused: bool) -> None:
    """Received days ago by China's calendar, whatever the hour the test runs at."""
    scene = await scene_received(sessions, timedelta(days=days))
    if not refused:
        assert (await opened(scene)).status is ReturnStatus.requested
        return
    with pytest.raises(Refused) as refusal:
        await opened(scene)
    assert (refusal.value.reason, refusal.value.alternative) == (
        Reason.window_passed,
        Alternative.quality_return,
    )


async def test_another_contacts_order_gets_no_request(sessions: Sessions) -> None:
    scene = await scene_received(sessions)
    for who in ({"contact_id": uuid.uuid4()}, {"shop_id": scene.who["shop_id"] + 1}):
        with pytest.raises(NotProven):
            await opened(scene, **who)
    assert await requests(scene) == 0


# Taking it back


async def set_status(scene: Scene, request: ReturnRequest, status: ReturnStatus) -> None:
    async with transaction(scene.sessions) as session:
        (await session.get_one(ReturnRequest, request.id)).status = status


@pytest.mark.parametrize("status", [ReturnStatus.requested, ReturnStatus.approved])
async def test_an_open_request_is_withdrawn_once(sessions: Sessions, status: ReturnStatus) -> None:
    scene = await scene_received(sessions)
    await set_status(scene, await opened(scene), status)
    at_once = await asyncio.gather(*(scene.do(withdraw_return, key="2") for _ in range(3)))
    assert {one.status for one in at_once} == {ReturnStatus.withdrawn}
    assert at_once[0].closed_at is not None
    with pytest.raises(Refused) as refusal:
        await scene.do(withdraw_return, key="3")
    assert refusal.value.reason is Reason.nothing_to_withdraw
    assert (await opened(scene, key="4")).status is ReturnStatus.requested  # the goods are free again


async def test_the_latest_of_several_is_withdrawn(sessions: Sessions) -> None:
    scene = await scene_received(sessions)
    first = await opened(scene, items={scene.item_ids[0]: 1}, key="1")
    second = await opened(scene, items={scene.item_ids[0]: 1}, key="2")
    assert (await scene.do(withdraw_return, key="3")).id == second.id
    assert (await scene.do(withdraw_return, key="3")).id == second.id
    assert (await scene.do(withdraw_return, key="4")).id == first.id


@pytest.mark.parametrize("status", [ReturnStatus.rejected, ReturnStatus.completed])
async def test_an_ended_request_cannot_be_withdrawn(sessions: Sessions, status: ReturnStatus) -> None:
    scene = await scene_received(sessions)
    await set_status(scene, await opened(scene), status)
    with pytest.raises(Refused) as refusal:
        await scene.do(withdraw_return, key="2")
    assert (refusal.value.reason, refusal.value.alternative) == (Reason.nothing_to_withdraw, None)


async def test_goods_that_are_back_cannot_be_called_back(sessions: Sessions) -> None:
    scene = await scene_received(sessions)
    await set_status(scene, await opened(scene), ReturnStatus.received)
    with pytest.raises(Refused) as refusal:
        await scene.do(withdraw_return, key="2")
    assert (refusal.value.reason, refusal.value.alternative) == (
        Reason.goods_already_back,
        Alternative.talk_to_human,
    )


@pytest.mark.parametrize(
    ("status", "refused"),
    [(RefundStatus.pending, True), (RefundStatus.paid, True), (RefundStatus.failed, False)],
)
async def test_money_on_its_way_is_not_called_back(
    sessions: Sessions, status: RefundStatus, refused: bool
) -> None:
    scene = await scene_received(sessions)
    request = await opened(scene)
    async with transaction(sessions) as session:
        session.add(Refund(order_id=scene.order_id, return_request_id=request.id, amount=1, status=status))
    if not refused:
        assert (await scene.do(withdraw_return, key="2")).status is ReturnStatus.withdrawn
        return
    with pytest.raises(Refused) as refusal:
        await scene.do(withdraw_return, key="2")
    assert (refusal.value.reason, refusal.value.alternative) == (
        Reason.refund_under_way,
        Alternative.talk_to_human,
    )


@pytest.mark.parametrize(
    ("status", "reason", "instead"),
    [
        (OrderStatus.cancelled, Reason.cancellation_final, Alternative.order_again),
        (OrderStatus.delivered, Reason.nothing_to_withdraw, None),
        (OrderStatus.paid, Reason.nothing_to_withdraw, None),
    ],
)
async def test_there_is_nothing_to_withdraw(
    sessions: Sessions, status: OrderStatus, reason: Reason, instead: Alternative | None
) -> None:
    scene = await scene_of(sessions, built(item_of(), status=status))
    with pytest.raises(Refused) as refusal:
        await scene.do(withdraw_return, key="1")
    assert (refusal.value.reason, refusal.value.alternative) == (reason, instead)
