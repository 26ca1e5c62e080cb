"""Changing an order: what is accepted, what it costs, what happens to stock and money."""

import asyncio
import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from shop.database import Sessions, transaction
from shop.errors import Alternative, NotProven, Reason, Refused
from shop.identity import order_of
from shop.models import Operation, Order, OrderStatus, Product
from shop.orders import CancelPlan, Changeable, ChangePlan, cancel, change, plan_change, variants_of
from tests.shop import factories
from tests.shop.factories import Scene, item_of, product_of, scene_of


def dates(size: str, price: str, stock: int = 10, group: str | None = "dates") -> Product:
    return product_of(
        sku=f"DATES-{size}",
        name={"zh": "和田红枣", "ug": "خوتەن چىلىنى"},
        variant={"zh": f"{size}克", "ug": f"{size} گرام"},
        variant_group=group,
        price=Decimal(price),
        stock=stock,
    )


async def date_scene(sessions: Sessions, **values: Any) -> Scene:
    """Two bags of 500 g; also 1000 g, dear; 250 g, cheap; 100 g, sold out; and other goods."""
    order = factories.order_of(item_of(dates("500", "25.50"), 2), **values)
    others = (
        dates("1000", "45.00"),
        dates("250", "14.25"),
        dates("100", "6.00", 0),
        dates("500x", "9", 9, None),
    )
    return await scene_of(sessions, order, *others)


async def planned(scene: Scene, field: Changeable, value: str, item_id: int | None = None) -> ChangePlan:
    async with transaction(scene.sessions) as session:
        order = await order_of(session, **scene.who)
        return await plan_change(session, order, field=field, value=value, item_id=item_id)


async def refusal_of(scene: Scene, field: Changeable, value: str, item_id: int | None = None) -> Refused:
    with pytest.raises(Refused) as refusal:
        await planned(scene, field, value, item_id)
    return refusal.value


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        (Changeable.address, "  新疆和田地区\n和田市北京路2号 ", "新疆和田地区 和田市北京路2号"),
        (Changeable.address, "خوتەن شەھىرى 2-نومۇر", "خوتەن شەھىرى 2-نومۇر"),
        (Changeable.recipient, " 古丽 ", "古丽"),
        (Changeable.recipient, "ئايگۈل تۇرسۇن", "ئايگۈل تۇرسۇن"),
        (Changeable.phone, "139 0000 1111", "13900001111"),
        (Changeable.phone, "+86 139-0000-1111", "13900001111"),
        (Changeable.phone, "8613900001111", "13900001111"),
        (Changeable.phone, "١٣٩٠٠٠٠١١١١", "13900001111"),
    ],
)
async def test_where_it_goes(sessions: Sessions, field: Changeable, value: str, stored: str) -> None:
    scene = await date_scene(sessions)
    plan = await planned(scene, field, value)
    assert (plan.new, plan.difference, plan.item_id) == (stored, Decimal(0), None)
    assert await scene.do(change, field=field, value=value, key="turn-1") == plan
    order = await scene.do(order_of)
    names = {
        Changeable.address: "address",
        Changeable.recipient: "buyer_name",
        Changeable.phone: "buyer_phone",
    }
    assert getattr(order, names[field]) == stored
    assert (order.refunds, await scene.stock()) == ([], [10, 10, 10, 0, 9])


@pytest.mark.parametrize(
    ("field", "value", "reason", "instead"),
    [
        (Changeable.address, "", Reason.bad_address, None),
        (Changeable.address, "喀什市1", Reason.bad_address, None),
        (Changeable.address, "12345678", Reason.bad_address, None),
        (Changeable.address, "喀" * 201, Reason.bad_address, None),
        (Changeable.address, "新疆喀什地区喀什市解放北路1号", Reason.same_value, None),
        (Changeable.recipient, " ", Reason.bad_name, None),
        (Changeable.recipient, "123", Reason.bad_name, None),
        (Changeable.recipient, "名" * 51, Reason.bad_name, None),
        (Changeable.recipient, "阿里木", Reason.same_value, None),
        (Changeable.phone, "12812345678", Reason.bad_phone, None),
        (Changeable.phone, "1381234567", Reason.bad_phone, None),
        (Changeable.phone, "138123456789", Reason.bad_phone, None),
        (Changeable.phone, "138-1234-5678", Reason.same_value, None),
        (Changeable.quantity, "0", Reason.bad_quantity, Alternative.cancel_order),
        (Changeable.quantity, "-1", Reason.bad_quantity, Alternative.talk_to_human),
        (Changeable.quantity, "1.5", Reason.bad_quantity, Alternative.talk_to_human),
        (Changeable.quantity, "很多", Reason.bad_quantity, Alternative.talk_to_human),
        (Changeable.quantity, "1000", Reason.bad_quantity, Alternative.talk_to_human),
        (Changeable.quantity, "9" * 5000, Reason.bad_quantity, Alternative.talk_to_human),
        (Changeable.quantity, "2", Reason.same_value, None),
        (Changeable.quantity, "13", Reason.out_of_stock, Alternative.choose_variant),
        (Changeable.variant, "DATES-500", Reason.same_value, None),
        (Changeable.variant, "500克", Reason.same_value, None),
        (Changeable.variant, "2000克", Reason.unknown_variant, Alternative.choose_variant),
        (Changeable.variant, "DATES-500x", Reason.unknown_variant, Alternative.choose_variant),
        (Changeable.variant, "", Reason.unknown_variant, Alternative.choose_variant),
        (Changeable.variant, "100克", Reason.out_of_stock, Alternative.choose_variant),
    ],
)
async def test_what_is_not_accepted(
    sessions: Sessions, field: Changeable, value: str, reason: Reason, instead: Alternative | None
) -> None:
    refused = await refusal_of(await date_scene(sessions), field, value)
    assert (refused.reason, refused.alternative) == (reason, instead)


async def test_out_of_stock_tells_what_is_left(sessions: Sessions) -> None:
    scene = await date_scene(sessions)
    assert (await refusal_of(scene, Changeable.quantity, "13")).facts == {"left": 10}
    assert (await planned(scene, Changeable.quantity, "12")).difference == Decimal("255.00")


@pytest.mark.parametrize(
    ("value", "old", "new", "difference", "sku"),
    [
        ("DATES-1000", "500克", "1000克", Decimal("39.00"), "DATES-1000"),
        ("dates-1000", "500克", "1000克", Decimal("39.00"), "DATES-1000"),
        (" 250 گرام ", "500克", "250克", Decimal("-22.50"), "DATES-250"),
        ("250克", "500克", "250克", Decimal("-22.50"), "DATES-250"),
    ],
)
async def test_a_variant_by_sku_or_name(
    sessions: Sessions, value: str, old: str, new: str, difference: Decimal, sku: str
) -> None:
    scene = await date_scene(sessions)
    plan = await planned(scene, Changeable.variant, value)
    assert plan == ChangePlan(Changeable.variant, old, new, scene.item_ids[0], difference, sku)


async def test_variants_in_stock_come_first_then_cheap_ones(sessions: Sessions) -> None:
    scene = await date_scene(sessions)
    async with transaction(sessions) as session:
        order = await order_of(session, **scene.who)
        found = [one.sku for one in await variants_of(session, order.items[0])]
        assert found == ["DATES-250", "DATES-1000", "DATES-100"]
        order.items[0].product = None
        assert await variants_of(session, order.items[0]) == []


async def test_goods_without_variants(sessions: Sessions) -> None:
    refused = await refusal_of(await scene_of(sessions), Changeable.variant, "大")
    assert (refused.reason, refused.alternative) == (Reason.unknown_variant, Alternative.talk_to_human)


async def test_which_of_several_goods(sessions: Sessions) -> None:
    order = factories.order_of(item_of(product_of(sku="a")), item_of(product_of(sku="b")))
    scene = await scene_of(sessions, order)
    assert (await refusal_of(scene, Changeable.quantity, "2")).reason is Reason.which_item
    assert (await refusal_of(scene, Changeable.quantity, "2", 0)).reason is Reason.unknown_item
    plan = await planned(scene, Changeable.quantity, "2", scene.item_ids[1])
    assert (plan.item_id, plan.old, plan.new) == (scene.item_ids[1], "1", "2")


async def test_too_late_is_said_before_which(sessions: Sessions) -> None:
    goods = (item_of(product_of(sku="a")), item_of(product_of(sku="b")))
    scene = await scene_of(sessions, factories.order_of(*goods, status=OrderStatus.shipped))
    refused = await refusal_of(scene, Changeable.quantity, "")
    assert (refused.reason, refused.alternative) == (Reason.already_shipped, Alternative.exchange)


async def test_a_cheaper_variant_of_a_paid_order(sessions: Sessions) -> None:
    scene = await date_scene(sessions)
    await scene.do(change, field=Changeable.variant, value="DATES-250", key="turn-1")
    order = await scene.do(order_of)
    item = order.items[0]
    assert (item.sku, item.name, item.unit_price) == ("DATES-250", "和田红枣 250克", Decimal("14.25"))
    assert item.product is not None
    assert item.product.sku == "DATES-250"
    assert [refund.amount for refund in order.refunds] == [Decimal("22.50")]
    assert await scene.stock() == [12, 10, 8, 0, 9]


async def test_a_dearer_variant_is_due_and_never_refunded_unpaid(sessions: Sessions) -> None:
    scene = await date_scene(sessions)
    await scene.do(change, field=Changeable.variant, value="DATES-1000", key="turn-1")
    order = await scene.do(order_of)
    assert (order.total, order.amount_due, order.refunds) == (Decimal("90.00"), Decimal("39.00"), [])
    assert await scene.do(cancel, key="turn-2") == CancelPlan(Decimal("51.00"))
    assert await scene.stock() == [12, 10, 10, 0, 9]


async def test_less_again_first_lessens_what_is_due(sessions: Sessions) -> None:
    scene = await date_scene(sessions)
    for key, quantity in enumerate(("3", "1")):
        await scene.do(change, field=Changeable.quantity, value=quantity, key=str(key))
    order = await scene.do(order_of)
    assert (order.amount_due, [one.amount for one in order.refunds]) == (Decimal(0), [Decimal("25.50")])
    assert await scene.stock() == [11, 10, 10, 0, 9]


async def test_an_unpaid_order_just_costs_something_else(sessions: Sessions) -> None:
    scene = await date_scene(sessions, status=OrderStatus.pending_payment)
    await scene.do(change, field=Changeable.quantity, value="1", key="turn-1")
    await scene.do(change, field=Changeable.variant, value="DATES-1000", key="turn-2")
    order = await scene.do(order_of)
    assert (order.total, order.amount_due, order.refunds) == (Decimal("45.00"), Decimal(0), [])


async def test_the_same_key_twice_at_once_changes_once(sessions: Sessions) -> None:
    scene = await date_scene(sessions)
    wish = {"field": Changeable.quantity, "value": "5", "key": "turn-1"}
    plans = await asyncio.gather(*(scene.do(change, **wish) for _ in range(3)))
    assert plans == [await scene.do(change, **wish)] * 3
    assert plans[0].difference == Decimal("76.50")
    assert (await scene.stock())[0] == 7
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(Operation)) == 1
        assert (await session.get_one(Order, scene.order_id)).amount_due == Decimal("76.50")


async def test_the_last_bag_goes_to_one_of_two(sessions: Sessions) -> None:
    """Two orders, one bag left on the shelf; the loser is refused and nothing goes below zero."""
    scene = await scene_of(sessions, factories.order_of(item_of(dates("500", "25.00", 1))))
    async with transaction(sessions) as session:
        first = await session.get_one(Order, scene.order_id)
        bag = await session.get_one(Product, scene.product_ids[0])
        second = factories.order_of(item_of(bag), order_number="2")
        second.items[0].id = None  # type: ignore[assignment]
        second.shop_id, second.customer_id = first.shop_id, first.customer_id
        session.add(second)
    wish = {"field": Changeable.quantity, "value": "2"}
    numbers = (scene.who["order_number"], "2")
    answers = await asyncio.gather(
        *(scene.do(change, order_number=number, key=number, **wish) for number in numbers),
        return_exceptions=True,
    )
    (refused,) = [one for one in answers if isinstance(one, Refused)]
    assert (refused.reason, refused.facts) == (Reason.out_of_stock, {"left": 0})
    assert await scene.stock() == [0]


async def test_another_contacts_order_cannot_be_changed(sessions: Sessions) -> None:
    scene = await date_scene(sessions)
    wish = {"field": Changeable.recipient, "value": "古丽", "key": "turn-1"}
    with pytest.raises(NotProven):
        await scene.do(change, contact_id=uuid.uuid4(), **wish)
