"""The demo shop as it stands in the database after loading."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.demo import Calendar, load_demo
from knowledge.models import FaqEntry
from shop import database
from shop.database import Base, Sessions, connect, transaction
from shop.errors import Alternative, Reason, Refused
from shop.models import (
    Category,
    Customer,
    Invoice,
    Order,
    OrderItem,
    OrderStatus,
    Product,
    RefundStatus,
    ReturnItem,
    ReturnKind,
    ReturnRequest,
    ReturnStatus,
    Shipment,
    Shop,
    TrackingStatus,
)
from shop.moments import CHINA, china_date
from shop.numbers import check_tax_number, mobile_number
from shop.orders import plan_cancel, plan_change, variants_of
from shop.returns import plan_return
from shop.rules import RECEIVED, Changeable
from shop.shops import rules_of
from shop.tracking import track
from tests.demo import demo_database

WAYBILL = {
    "顺丰": r"SF\d{13}",
    "中通": r"78\d{12}",
    "圆通": r"YT\d{13}",
    "韵达": r"46\d{13}",
    "京东": r"JDV[A-Z]\d{11}",
    "EMS": r"12\d{11}",
    "邮政": r"98\d{11}",
}


@pytest.fixture(scope="module")
def demo_url(postgres: str, template: str) -> Iterator[str]:
    with demo_database(postgres, template) as url:
        yield url


@pytest.fixture
async def demo(demo_url: str) -> AsyncIterator[Sessions]:
    """Shared by all tests here: whoever changes anything rolls it back."""
    engine, sessions = connect(demo_url)
    yield sessions
    await engine.dispose()


async def all_orders(session: AsyncSession) -> list[Order]:
    query = select(Order).order_by(Order.order_number)
    items = selectinload(Order.items)
    return list(
        await session.scalars(
            query.options(
                selectinload(Order.customer),
                items.selectinload(OrderItem.product),
                selectinload(Order.shipments).selectinload(Shipment.events),
                selectinload(Order.returns)
                .selectinload(ReturnRequest.items)
                .selectinload(ReturnItem.order_item),
                selectinload(Order.refunds),
            )
        )
    )


async def numbered(session: AsyncSession, number: str) -> Order:
    return next(order for order in await all_orders(session) if order.order_number.endswith(number))


async def rows(session: AsyncSession) -> dict[str, int]:
    return {
        table.name: await session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


async def test_loading_twice_changes_nothing(demo: Sessions) -> None:
    async with transaction(demo) as session:
        before = await rows(session)
        assert not await load_demo(session)
    async with transaction(demo) as session:
        assert await rows(session) == before


async def test_there_is_enough_to_try(demo: Sessions) -> None:
    async with transaction(demo) as session:
        count = await rows(session)
        groups = await session.scalar(select(func.count(func.distinct(Product.variant_group))))
        assert groups is not None
        assert groups >= 18
        categories = set(await session.scalars(select(Product.category)))
        orders = await all_orders(session)
    assert count["order"] >= 44
    assert count["customer"] >= 25
    assert count["faq"] >= 48
    wanted = {"fresh", "frozen_meat", "dried", "nuts", "honey", "textile", "custom_made"}
    assert wanted <= {category.value for category in categories}
    assert {order.status for order in orders} == set(OrderStatus)
    events = {event.status for order in orders for one in order.shipments for event in one.events}
    assert events == set(TrackingStatus)
    assert {one.kind for order in orders for one in order.returns} == set(ReturnKind)
    assert {one.status for order in orders for one in order.returns} == set(ReturnStatus)
    assert {one.status for order in orders for one in order.refunds} == set(RefundStatus)
    assert {one.carrier for order in orders for one in order.shipments} == set(WAYBILL)
    buyers = Counter(order.customer.phone for order in orders)
    assert sum(2 <= bought <= 5 for bought in buyers.values()) >= 10


async def test_products_are_complete(demo: Sessions) -> None:
    async with transaction(demo) as session:
        products = list(await session.scalars(select(Product)))
    assert min(product.stock for product in products) == 0
    for product in products:
        assert product.price > 0
        assert product.aliases
        texts = [product.name, product.variant, product.unit, *product.facts.values()]
        assert all(text.keys() == {"zh", "ug"} and all(text.values()) for text in texts), product.sku
        assert {"origin", "storage", "halal"} <= product.facts.keys(), product.sku
        if product.category not in (Category.textile, Category.custom_made):
            assert {"taste", "shelf_life", "how_to_eat"} <= product.facts.keys(), product.sku


async def test_customers_are_told_apart_by_four_digits(demo: Sessions) -> None:
    async with transaction(demo) as session:
        customers = list(await session.scalars(select(Customer)))
        orders = await all_orders(session)
    assert all(mobile_number(one.phone) and one.phone.startswith("1380000") for one in customers)
    assert len({one.phone[-4:] for one in customers}) == len(customers)
    assert len({one.order_number for one in orders}) == len(orders)
    for order in orders:
        assert re.fullmatch(r"\d{14}", order.order_number)
        assert (order.buyer_phone, order.buyer_name) == (order.customer.phone, order.customer.name)
    assert any("\u0600" < order.address[0] < "\u06ff" for order in orders)


def moments(order: Order) -> Iterator[datetime]:
    yield order.ordered_at
    for parcel in order.shipments:
        yield from (parcel.shipped_at, *(event.at for event in parcel.events))
    for request in order.returns:
        yield from filter(None, (request.created_at, request.closed_at))
    for refund in order.refunds:
        yield from filter(None, (refund.created_at, refund.paid_at))
    yield from filter(None, (order.delivered_at, order.cancelled_at))


async def test_dates_are_in_order(demo: Sessions) -> None:
    async with transaction(demo) as session:
        orders = await all_orders(session)
    now = database.now()
    for order in orders:
        what = order.order_number
        assert all(order.ordered_at <= at <= now for at in moments(order)), what
        assert (order.shipped_at is not None) == bool(order.shipments), what
        assert (order.delivered_at is not None) == (order.status in RECEIVED), what
        assert (order.cancelled_at is not None) == (order.status is OrderStatus.cancelled), what
        for parcel in order.shipments:
            times = [event.at for event in parcel.events]
            assert times == sorted(set(times)), what
            assert not times or times[0] == parcel.shipped_at, what
            ended = [event.at for event in parcel.events if event.status is TrackingStatus.delivered]
            assert ended == ([parcel.delivered_at] if parcel.delivered_at else []), what
        if order.delivered_at:
            assert order.shipped_at is not None, what
            assert order.shipped_at < order.delivered_at, what
            assert order.delivered_at == max(one.delivered_at for one in order.shipments if one.delivered_at)
            assert all(request.created_at > order.delivered_at for request in order.returns), what


async def test_waybills_look_like_their_carrier(demo: Sessions) -> None:
    async with transaction(demo) as session:
        parcels = list(await session.scalars(select(Shipment)))
    assert len({parcel.tracking_number for parcel in parcels}) == len(parcels)
    for parcel in parcels:
        assert re.fullmatch(WAYBILL[parcel.carrier], parcel.tracking_number), parcel.tracking_number


async def test_money_adds_up(demo: Sessions) -> None:
    async with transaction(demo) as session:
        orders = await all_orders(session)
    for order in orders:
        what = order.order_number
        assert order.items, what
        assert all(one.quantity > 0 for one in order.items), what
        assert order.total == order.freight + sum(one.unit_price * one.quantity for one in order.items), what
        assert sum(refund.amount for refund in order.refunds) <= order.total, what
        assert sum(request.amount for request in order.returns) <= order.total, what
        for request in order.returns:
            goods = sum(one.order_item.unit_price * one.quantity for one in request.items)
            assert request.items, what
            assert request.amount <= goods, what
            assert (request.freight_payer is None) == (request.kind is ReturnKind.damage_claim), what
        for refund in order.refunds:
            assert (refund.paid_at is not None) == (refund.status is RefundStatus.paid), what
        if order.status is OrderStatus.cancelled and order.refunds:
            assert order.refunds[0].amount == order.total, what


async def test_the_company_invoice_has_a_valid_tax_number(demo: Sessions) -> None:
    async with transaction(demo) as session:
        invoices = list(await session.scalars(select(Invoice)))
    assert any(one.issued_at for one in invoices)
    assert any(not one.issued_at for one in invoices)
    assert all(check_tax_number(one.tax_number) for one in invoices if one.tax_number)


@pytest.mark.parametrize(
    ("number", "kind", "for_quality", "refused"),
    [
        ("28", ReturnKind.return_, False, (Reason.goods_perishable, Alternative.damage_claim)),
        ("28", ReturnKind.damage_claim, True, None),
        ("29", ReturnKind.return_, False, (Reason.goods_perishable, Alternative.damage_claim)),
        ("29", ReturnKind.damage_claim, True, None),
        ("30", ReturnKind.damage_claim, True, (Reason.claim_window_passed, Alternative.quality_return)),
        ("30", ReturnKind.return_, True, None),
        ("31", ReturnKind.return_, False, None),
        ("32", ReturnKind.return_, False, (Reason.window_passed, Alternative.quality_return)),
        ("33", ReturnKind.exchange, False, None),
        ("34", ReturnKind.return_, False, (Reason.goods_perishable, Alternative.damage_claim)),
        ("35", ReturnKind.return_, False, None),
        ("36", ReturnKind.return_, False, None),
        ("37", ReturnKind.return_, False, (Reason.goods_perishable, Alternative.damage_claim)),
        ("38", ReturnKind.return_, False, (Reason.window_passed, Alternative.quality_return)),
        ("39", ReturnKind.return_, False, (Reason.goods_custom, Alternative.quality_return)),
        ("41", ReturnKind.return_, False, (Reason.already_requested, Alternative.check_refund)),
        ("51", ReturnKind.return_, False, None),
        ("52", ReturnKind.return_, True, None),
        ("53", ReturnKind.return_, True, (Reason.window_passed, Alternative.talk_to_human)),
        ("17", ReturnKind.return_, False, (Reason.not_delivered_yet, Alternative.open_return_after_delivery)),
    ],
)
async def test_every_rule_has_its_order(
    demo: Sessions,
    number: str,
    kind: ReturnKind,
    for_quality: bool,
    refused: tuple[Reason, Alternative] | None,
) -> None:
    async with transaction(demo) as session:
        order = await numbered(session, number)
        rules = rules_of(await session.get_one(Shop, order.shop_id))

        def plan() -> object:
            return plan_return(
                order,
                kind=kind,
                items=None,
                for_quality=for_quality,
                damaged_share=None,
                rules=rules,
                now=database.now(),
            )

        if refused is None:
            assert plan()
            return
        with pytest.raises(Refused) as no:
            plan()
        assert (no.value.reason, no.value.alternative) == refused


async def test_a_paid_order_can_be_changed_and_cancelled(demo: Sessions) -> None:
    async with transaction(demo) as session:
        order = await numbered(session, "05")
        rules = rules_of(await session.get_one(Shop, order.shop_id))
        assert {one.sku for one in await variants_of(session, order.items[0])} == {"MELON-1", "MELON-4"}
        plan = await plan_change(session, order, field=Changeable.variant, value="MELON-4")
        assert plan.difference == Decimal("39.10")
        assert plan_cancel(order, rules).refund == order.total
        due = await numbered(session, "13")
        assert plan_cancel(due, rules).refund == due.total - Decimal("46.00")


async def test_parcels_tell_their_troubles(demo: Sessions) -> None:
    async with transaction(demo) as session:
        parcels = {order.order_number[-2:]: track(order) for order in await all_orders(session)}
    assert [number for number, found in parcels.items() if any(one.stuck_since for one in found)] == ["20"]
    assert [number for number, found in parcels.items() if any(one.overdue for one in found)] == ["26"]
    assert [one.status for one in parcels["25"]] == [TrackingStatus.delivered, TrackingStatus.in_transit]
    assert parcels["27"][0].last is None
    assert parcels["27"][0].estimate is not None
    assert {parcels[number][0].status for number in ("21", "22", "23")} == {
        TrackingStatus.problem,
        TrackingStatus.returned,
    }


@pytest.mark.parametrize("clock", ["00:00", "00:01", "08:59", "11:00", "23:59"])
def test_nothing_of_today_lies_in_the_future(clock: str) -> None:
    now = datetime.combine(datetime(2026, 11, 23), datetime.strptime(clock, "%H:%M").time(), CHINA)  # noqa: DTZ001, DTZ007
    calendar = Calendar.of(now.astimezone(UTC))
    today = [calendar.moment(f"0 {at}") for at in ("07:48", "08:20", "10:59")]
    assert today == sorted(today)
    assert all(at <= now and china_date(at) == now.date() for at in today)
    assert calendar.moment("-3 14:20") == datetime(2026, 11, 20, 6, 20, tzinfo=UTC)


async def test_faqs_speak_both_languages(demo: Sessions) -> None:
    async with transaction(demo) as session:
        entries = list(await session.scalars(select(FaqEntry)))
    assert len({entry.key for entry in entries}) == len(entries)
    asked = Counter(
        question.strip("？؟")
        for entry in entries
        for language in ("zh", "ug")
        for question in (entry.question[language], *entry.variants[language])
    )
    assert not [question for question, times in asked.items() if times > 1]
    for entry in entries:
        assert entry.enabled
        assert entry.tags
        assert all(len(entry.variants[language]) >= 2 for language in ("zh", "ug")), entry.key
        assert re.fullmatch("[^,?!;]+。", entry.answer["zh"]), entry.key
        assert "\u0621" <= entry.answer["ug"][0] <= "\u06d5", entry.key
        assert re.fullmatch(r"[^,?!;，。]+\.", entry.answer["ug"]), entry.key


async def test_updated_at_moves_with_every_change(demo: Sessions) -> None:
    async with demo() as session:
        entry = await session.scalar(select(FaqEntry).where(FaqEntry.key == "halal"))
        assert entry is not None
        before = entry.updated_at
        entry.enabled = False
        await session.flush()
        assert before < entry.updated_at <= database.now() + timedelta(minutes=1)
