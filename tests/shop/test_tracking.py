"""Parcels, estimates of arrival, couriers' events and problems with the delivery."""

import asyncio
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import func, select

from shop.database import Sessions, transaction
from shop.errors import Alternative, NotProven, Reason, Refused, UnknownParcel
from shop.identity import order_of
from shop.models import Order, OrderStatus, Shipment, TrackingEvent, TrackingStatus
from shop.places import in_xinjiang, is_at
from shop.tracking import (
    Estimate,
    Parcel,
    ProblemKind,
    ProblemReport,
    estimate_arrival,
    record_event,
    report_delivery_problem,
    track,
)
from tests.shop import factories
from tests.shop.factories import (
    NOON,
    Scene,
    event_of,
    item_of,
    scene_of,
    shipment_of,
    store_order,
    store_shop,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
KASHGAR, SHANGHAI = "新疆喀什地区喀什市解放北路1号", "上海市黄浦区新疆路5号"
Status = TrackingStatus


def days(first: int, last: int) -> Estimate:
    """Days after 20 November, on which parcels of the factory are sent."""
    return Estimate(date(2026, 11, 20) + first * DAY, date(2026, 11, 20) + last * DAY)


@pytest.mark.parametrize(
    ("address", "events", "now", "expected"),
    [
        (KASHGAR, [], NOON, days(2, 5)),
        (SHANGHAI, [], NOON, days(4, 8)),
        ("某地某街道12号", [], NOON, days(4, 8)),
        (KASHGAR, [(0, Status.accepted, "乌鲁木齐")], NOON + HOUR, days(2, 5)),
        (KASHGAR, [(2, Status.in_transit, "库尔勒")], NOON + 2 * DAY, days(3, 5)),
        (KASHGAR, [(2, Status.in_transit, "喀什市")], NOON + 2 * DAY, days(3, 4)),
        (KASHGAR, [(3, Status.out_for_delivery, "喀什")], NOON + 3 * DAY, days(3, 4)),
        (SHANGHAI, [(3, Status.in_transit, "吐鲁番")], NOON + 3 * DAY, days(4, 8)),
        (SHANGHAI, [(3, Status.in_transit, "郑州")], NOON + 3 * DAY, days(4, 7)),
        (SHANGHAI, [(5, Status.in_transit, "上海市")], NOON + 5 * DAY, days(6, 7)),
        (SHANGHAI, [(3, Status.in_transit, "")], NOON + 3 * DAY, days(4, 8)),
        # never a day that is over, and nothing at all once the last one is
        (KASHGAR, [], NOON + 3 * DAY, days(3, 5)),
        (KASHGAR, [], datetime(2026, 11, 25, 15, 59, tzinfo=UTC), days(5, 5)),
        (KASHGAR, [], datetime(2026, 11, 25, 16, 0, tzinfo=UTC), None),
        (KASHGAR, [(4, Status.delivered, "喀什")], NOON + 4 * DAY, None),
        (KASHGAR, [(4, Status.at_pickup_point, "喀什")], NOON + 4 * DAY, None),
        (KASHGAR, [(4, Status.problem, "喀什")], NOON + 4 * DAY, None),
        (KASHGAR, [(4, Status.returned, "喀什")], NOON + 4 * DAY, None),
    ],
)
def test_estimates(
    address: str, events: list[tuple[int, Status, str]], now: datetime, expected: Estimate | None
) -> None:
    shipment = shipment_of(*(event_of(NOON + day * DAY, status, place) for day, status, place in events))
    assert estimate_arrival(shipment, address, now) == expected


def test_an_estimate_is_in_chinas_days() -> None:
    """Sent at 23:30 UTC on the 20th, which is the 21st in China."""
    shipment = shipment_of(shipped_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    assert estimate_arrival(shipment, KASHGAR, shipment.shipped_at) == days(3, 6)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (KASHGAR, True),
        ("中国 新疆 和田", True),
        ("乌鲁木齐市天山区", True),
        ("شىنجاڭ قەشقەر شەھىرى", True),
        ("خوتەن ۋىلايىتى", True),
        (SHANGHAI, False),
        ("广东省深圳市新疆大厦", False),
        ("深圳市新星小区", None),
        ("", None),
    ],
)
def test_which_addresses_lie_in_xinjiang(address: str, expected: bool | None) -> None:
    assert in_xinjiang(address) is expected


@pytest.mark.parametrize(
    ("place", "address", "expected"),
    [
        ("喀什市", KASHGAR, True),
        ("喀什地区", KASHGAR, True),
        ("新疆喀什", KASHGAR, True),
        ("上海", SHANGHAI, True),
        ("和田", KASHGAR, False),
        ("新疆", KASHGAR, False),
        ("", KASHGAR, False),
        ("市", KASHGAR, False),
    ],
)
def test_which_places_are_the_city_of_an_address(place: str, address: str, expected: bool) -> None:
    assert is_at(place, address) is expected


def parcel_of(shipment: Shipment, now: datetime) -> Parcel:
    (parcel,) = track(factories.order_of(item_of(), shipments=[shipment]), now)
    return parcel


def test_a_parcel_shows_its_events_newest_first() -> None:
    events = [event_of(NOON + hours * HOUR, id=id) for id, hours in ((1, 5), (2, 1), (3, 5), (4, 2))]
    parcel = parcel_of(shipment_of(*events), NOON + 6 * HOUR)
    assert [event.id for event in parcel.events] == [3, 1, 4, 2]
    assert parcel.last is events[2]
    assert (parcel.carrier, parcel.tracking_number) == ("顺丰", "SF1234567890123")
    assert (parcel.status, parcel.stuck_since, parcel.overdue) == (Status.in_transit, None, False)


def test_a_parcel_without_events() -> None:
    parcel = parcel_of(shipment_of(), NOON)
    assert (parcel.status, parcel.last, parcel.events) == (None, None, [])
    assert track(factories.order_of(item_of())) == []


@pytest.mark.parametrize(
    ("status", "hours", "stuck"),
    [
        (Status.in_transit, 71.99, False),
        (Status.in_transit, 72, True),
        (Status.problem, 72, True),
        (Status.at_pickup_point, 72, True),
        (Status.delivered, 500, False),
        (Status.returned, 500, False),
        (None, 71.99, False),
        (None, 72, True),
    ],
)
def test_three_days_without_a_sign_of_life_is_stuck(status: Status | None, hours: float, stuck: bool) -> None:
    shipment = shipment_of(*([event_of(NOON, status)] if status else []))
    assert parcel_of(shipment, NOON + hours * HOUR).stuck_since == (NOON if stuck else None)


@pytest.mark.parametrize(
    ("now", "overdue"),
    [
        (datetime(2026, 11, 25, 15, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 25, 16, 0, tzinfo=UTC), True),
    ],
)
def test_overdue_is_measured_from_dispatch_whatever_happened_since(now: datetime, overdue: bool) -> None:
    moving = event_of(NOON + 5 * DAY, Status.in_transit, "喀什")
    assert parcel_of(shipment_of(moving), now).overdue is overdue
    assert not parcel_of(shipment_of(delivered_at=NOON + 5 * DAY), now).overdue


def test_an_imported_delivery_counts_without_an_event() -> None:
    parcel = parcel_of(shipment_of(delivered_at=NOON), NOON + 9 * DAY)
    assert (parcel.status, parcel.estimate, parcel.stuck_since, parcel.overdue) == (
        Status.delivered,
        None,
        None,
        False,
    )


# Couriers' events


async def parcel_scene(sessions: Sessions, *numbers: str, slug: str = "demo", **values: Any) -> Scene:
    shipments = [shipment_of(number=number) for number in numbers or ("A",)]
    return await scene_of(sessions, factories.order_of(item_of(), shipments=shipments, **values), slug=slug)


async def happened(
    scene: Scene, status: Status, at: datetime = NOON + DAY, number: str = "A", shop_id: int | None = None
) -> bool:
    async with transaction(scene.sessions) as session:
        return await record_event(
            session,
            shop_id=shop_id or scene.who["shop_id"],
            tracking_number=number,
            at=at,
            status=status,
            place="喀什",
            description=status.value,
        )


async def test_an_event_moves_a_paid_order_on(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions)
    assert await happened(scene, Status.accepted)
    order = await scene.do(order_of)
    assert (order.status, order.shipped_at, order.delivered_at) == (OrderStatus.shipped, NOON, None)
    assert await happened(scene, Status.delivered, NOON + 3 * DAY)
    order = await scene.do(order_of)
    assert (order.status, order.delivered_at) == (OrderStatus.delivered, NOON + 3 * DAY)
    assert order.shipments[0].delivered_at == NOON + 3 * DAY
    assert [event.status for event in order.shipments[0].events] == [Status.accepted, Status.delivered]
    assert order.shipments[0].events[0].place == "喀什"


async def test_a_known_event_changes_nothing(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions)
    same_moment = (NOON + DAY).astimezone(timezone(timedelta(hours=8)))
    assert [await happened(scene, Status.delivered, at) for at in (NOON + DAY, same_moment)] == [True, False]
    assert sorted(await asyncio.gather(*(happened(scene, Status.problem) for _ in range(4)))) == [
        False,
        False,
        False,
        True,
    ]
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(TrackingEvent)) == 2


async def test_a_late_event_moves_nothing_back(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions)
    for status, day in ((Status.delivered, 3), (Status.in_transit, 1), (Status.delivered, 4)):
        assert await happened(scene, status, NOON + day * DAY)
    order = await scene.do(order_of)
    assert (order.status, order.delivered_at) == (OrderStatus.delivered, NOON + 3 * DAY)


async def test_an_order_is_delivered_with_its_last_parcel(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions, "A", "B", status=OrderStatus.shipped)
    await happened(scene, Status.delivered, NOON + 5 * DAY, "A")
    assert (await scene.do(order_of)).status is OrderStatus.shipped
    await happened(scene, Status.delivered, NOON + 4 * DAY, "B")
    order = await scene.do(order_of)
    assert (order.status, order.delivered_at) == (OrderStatus.delivered, NOON + 5 * DAY)


async def test_the_last_two_parcels_at_once(sessions: Sessions) -> None:
    """Without a lock each would see the other one still under way, and the order would never arrive."""
    for turn in range(5):
        scene = await parcel_scene(sessions, "A", "B", slug=f"shop{turn}", status=OrderStatus.shipped)
        await asyncio.gather(*(happened(scene, Status.delivered, number=number) for number in "AB"))
        assert (await scene.do(order_of)).status is OrderStatus.delivered


@pytest.mark.parametrize("status", [OrderStatus.cancelled, OrderStatus.completed])
async def test_an_ended_order_stays_as_it_is(sessions: Sessions, status: OrderStatus) -> None:
    scene = await parcel_scene(sessions, status=status)
    await happened(scene, Status.delivered)
    order = await scene.do(order_of)
    assert (order.status, order.delivered_at) == (status, None)
    assert order.shipments[0].delivered_at == NOON + DAY


async def test_orders_in_one_parcel_move_together(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions)
    async with transaction(sessions) as session:
        first = await session.get_one(Order, scene.order_id)
        second = factories.order_of(order_number="2", shipments=[shipment_of(number="A")])
        second.shop_id, second.customer_id = first.shop_id, first.customer_id
        session.add(second)
    assert await happened(scene, Status.delivered)
    for number in (scene.who["order_number"], "2"):
        assert (await scene.do(order_of, order_number=number)).status is OrderStatus.delivered


async def test_an_event_reaches_what_a_session_has_loaded(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions)
    async with transaction(sessions) as session:
        order = await order_of(session, **scene.who)
        event = {"status": Status.accepted, "place": "", "description": "", "at": NOON}
        await record_event(session, shop_id=scene.who["shop_id"], tracking_number="A", **event)
        assert await order_of(session, **scene.who) is order
        assert len(order.shipments[0].events) == 1


async def test_unknown_parcels_and_other_shops_parcels_look_the_same(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions)
    async with transaction(sessions) as session:
        other = await store_shop(session, "other")
        await store_order(session, other, factories.order_of(shipments=[shipment_of(number="B")]))
    for number, shop_id in (("C", None), ("B", None), ("A", other.id)):
        with pytest.raises(UnknownParcel):
            await happened(scene, Status.delivered, number=number, shop_id=shop_id)


async def test_a_naive_time_is_refused(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions)
    with pytest.raises(ValueError, match="time zone"):
        await happened(scene, Status.delivered, datetime(2026, 11, 20))  # noqa: DTZ001 - the point


# Problems


@pytest.mark.parametrize("kind", list(ProblemKind))
async def test_a_problem_is_recorded_once_a_key(sessions: Sessions, kind: ProblemKind) -> None:
    scene = await parcel_scene(sessions, status=OrderStatus.delivered)
    first = await asyncio.gather(*(scene.do(report_delivery_problem, kind=kind, key="1") for _ in range(3)))
    assert first == [ProblemReport(kind, 0)] * 3
    assert await scene.do(report_delivery_problem, kind=kind.value, key="2") == ProblemReport(kind, 1)


@pytest.mark.parametrize(
    ("status", "reason", "instead"),
    [
        (OrderStatus.pending_payment, Reason.not_shipped_yet, Alternative.pay),
        (OrderStatus.paid, Reason.not_shipped_yet, Alternative.urge_shipping),
        (OrderStatus.cancelled, Reason.already_cancelled, Alternative.check_refund),
    ],
)
async def test_what_was_never_sent_has_no_delivery_problem(
    sessions: Sessions, status: OrderStatus, reason: Reason, instead: Alternative
) -> None:
    scene = await scene_of(sessions, factories.order_of(item_of(), status=status))
    with pytest.raises(Refused) as refusal:
        await scene.do(report_delivery_problem, kind=ProblemKind.lost, key="1")
    assert (refusal.value.reason, refusal.value.alternative) == (reason, instead)


async def test_a_cancelled_order_may_still_have_a_parcel_in_trouble(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions, status=OrderStatus.cancelled)
    report = await scene.do(report_delivery_problem, kind=ProblemKind.refused_door, key="1")
    assert report.kind is ProblemKind.refused_door


async def test_another_contacts_parcel_has_no_problems(sessions: Sessions) -> None:
    scene = await parcel_scene(sessions)
    with pytest.raises(NotProven):
        await scene.do(report_delivery_problem, kind=ProblemKind.lost, key="1", contact_id=uuid.uuid4())
