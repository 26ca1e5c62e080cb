"""Cancelling: money, stock, once per key, and two at the same time."""

import asyncio
import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from shop.database import Sessions, now, transaction
from shop.errors import Alternative, NotProven, Reason, Refused
from shop.identity import order_of
from shop.models import Operation, Order, OrderStatus, Product, Refund, RefundStatus
from shop.orders import CancelPlan, cancel, plan_cancel
from shop.rules import ShopRules
from tests.shop import factories
from tests.shop.factories import Scene, item_of, product_of, scene_of


async def refunds(scene: Scene) -> list[tuple[Decimal, RefundStatus]]:
    async with transaction(scene.sessions) as session:
        rows = await session.scalars(select(Refund).where(Refund.order_id == scene.order_id))
        return [(row.amount, row.status) for row in rows]


async def operations(scene: Scene) -> list[str]:
    async with transaction(scene.sessions) as session:
        return list(await session.scalars(select(Operation.kind).order_by(Operation.id)))


def paid(**values: Any) -> Order:
    dates = item_of(product_of(sku="dates", price=Decimal("19.99")), 3)
    nuts = item_of(product_of(sku="nuts", price=Decimal("0.01"), stock=0), 1)
    return factories.order_of(dates, nuts, freight=Decimal("8.50"), **values)


@pytest.mark.parametrize(
    ("order", "refund"),
    [
        (paid(), Decimal("68.48")),
        (paid(status=OrderStatus.pending_payment), Decimal(0)),
        (paid(amount_due=Decimal("10.00")), Decimal("58.48")),
    ],
)
def test_the_plan_is_what_was_paid(order: Order, refund: Decimal) -> None:
    plan = plan_cancel(order, ShopRules())
    assert plan == CancelPlan(refund=refund)
    assert isinstance(plan.refund, Decimal)


async def test_cancelling_gives_back_money_and_goods(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid())
    assert await scene.do(cancel, key="turn-1") == CancelPlan(Decimal("68.48"))
    order = await scene.do(order_of)
    assert order.status is OrderStatus.cancelled
    assert order.cancelled_at is not None
    assert abs(order.cancelled_at - now()).total_seconds() < 30
    assert await scene.stock() == [13, 1]
    assert await refunds(scene) == [(Decimal("68.48"), RefundStatus.pending)]


async def test_an_unpaid_order_gives_back_goods_only(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid(status=OrderStatus.pending_payment))
    assert await scene.do(cancel, key="turn-1") == CancelPlan(Decimal(0))
    assert await scene.stock() == [13, 1]
    assert await refunds(scene) == []


async def test_the_same_goods_twice_and_goods_out_of_the_catalogue(sessions: Sessions) -> None:
    dates = product_of()
    gone = item_of(product_of(sku="gone"), 1)
    gone.product = None
    scene = await scene_of(sessions, factories.order_of(item_of(dates, 2), item_of(dates, 3), gone))
    assert await scene.do(cancel, key="turn-1") == CancelPlan(Decimal("150.00"))
    assert (await scene.stock())[0] == 15


async def test_the_same_key_again_changes_nothing(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid())
    plans = [await scene.do(cancel, key="turn-1") for _ in range(3)]
    assert plans == [CancelPlan(Decimal("68.48"))] * 3
    assert (await scene.stock(), len(await refunds(scene))) == ([13, 1], 1)
    assert await operations(scene) == ["cancel"]


async def test_the_same_key_twice_at_once_writes_once(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid())
    plans = await asyncio.gather(*(scene.do(cancel, key="turn-1") for _ in range(4)))
    assert plans == [CancelPlan(Decimal("68.48"))] * 4
    assert (await scene.stock(), len(await refunds(scene))) == ([13, 1], 1)


async def test_of_two_cancels_at_once_one_is_refused(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid())
    keys = ("turn-1", "turn-2")
    answers = await asyncio.gather(*(scene.do(cancel, key=key) for key in keys), return_exceptions=True)
    (refused,) = [one for one in answers if isinstance(one, Refused)]
    assert (refused.reason, refused.alternative) == (Reason.already_cancelled, Alternative.check_refund)
    assert CancelPlan(Decimal("68.48")) in answers
    assert (await scene.stock(), len(await refunds(scene))) == ([13, 1], 1)


async def test_a_refused_cancel_writes_nothing(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid(status=OrderStatus.shipped))
    with pytest.raises(Refused) as refusal:
        await scene.do(cancel, key="turn-1")
    assert refusal.value.reason is Reason.already_shipped
    assert (await scene.stock(), await refunds(scene), await operations(scene)) == ([10, 0], [], [])


async def test_a_rolled_back_cancel_may_be_run_again_with_its_key(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid())
    async with sessions() as session:
        await cancel(session, **scene.who, key="turn-1")
        await session.rollback()
    assert await scene.stock() == [10, 0]
    await scene.do(cancel, key="turn-1")
    assert await scene.stock() == [13, 1]


async def test_what_was_planned_is_checked_again(sessions: Sessions) -> None:
    """Shipped between the question and the yes."""
    scene = await scene_of(sessions, paid())
    assert plan_cancel(await scene.do(order_of), ShopRules()).refund == Decimal("68.48")
    async with transaction(sessions) as session:
        (await session.get_one(Order, scene.order_id)).status = OrderStatus.shipped
    with pytest.raises(Refused):
        await scene.do(cancel, key="turn-1")


async def test_another_contacts_order_cannot_be_cancelled(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid())
    for who in ({"contact_id": uuid.uuid4()}, {"shop_id": scene.who["shop_id"] + 1}):
        with pytest.raises(NotProven):
            await scene.do(cancel, key="turn-1", **who)
    assert await scene.stock() == [10, 0]


async def test_a_key_of_another_write_is_the_callers_mistake(sessions: Sessions) -> None:
    scene = await scene_of(sessions, paid())
    async with transaction(sessions) as session:
        operation = Operation(
            shop_id=scene.who["shop_id"], key="turn-1", order_id=scene.order_id, kind="urge", result={}
        )
        session.add(operation)
    with pytest.raises(ValueError, match="used for urge before"):
        await scene.do(cancel, key="turn-1")


async def test_two_orders_of_the_same_goods_at_once(sessions: Sessions) -> None:
    """Both touch both products, in opposite order in their lists: no deadlock, nothing lost."""
    one, two = product_of(sku="one"), product_of(sku="two")
    scene = await scene_of(sessions, factories.order_of(item_of(one), item_of(two)))
    async with transaction(sessions) as session:
        first = await session.get_one(Order, scene.order_id)
        goods = [await session.get_one(Product, one) for one in reversed(scene.product_ids)]
        second = factories.order_of(*(item_of(product) for product in goods), order_number="2")
        for item in second.items:
            item.id = None  # type: ignore[assignment]
        second.shop_id, second.customer_id = first.shop_id, first.customer_id
        session.add(second)
    numbers = (scene.who["order_number"], "2")
    await asyncio.gather(*(scene.do(cancel, order_number=number, key=number) for number in numbers))
    assert await scene.stock() == [12, 12]
