"""Parcels: where they are, when they come, what goes wrong with them, and what the courier reports."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from shop import came_back, database
from shop.errors import Alternative, Reason, Refused, UnknownParcel
from shop.estimates import Estimate, estimate_arrival, estimate_at_dispatch, last_event
from shop.identity import order_of
from shop.models import Order, OrderStatus, Shipment, TrackingEvent, TrackingStatus
from shop.moments import china_date, utc
from shop.operations import done_before, record, times_done
from shop.rules import has_shipped

__all__ = [
    "Estimate",
    "Parcel",
    "ProblemKind",
    "ProblemReport",
    "estimate_arrival",
    "record_event",
    "report_delivery_problem",
    "track",
]

STUCK_AFTER = timedelta(hours=72)


class ProblemKind(StrEnum):
    stuck = "stuck"  # no movement, or past its day
    lost = "lost"  # the courier says so, or nobody knows where it is
    signed_not_received = "signed_not_received"  # tracking says delivered, the buyer has nothing
    refused_door = "refused_door"  # the courier does not bring it to the door


@dataclass(frozen=True)
class Parcel:
    carrier: str
    tracking_number: str
    status: TrackingStatus | None  # None: no event yet
    last: TrackingEvent | None
    events: list[TrackingEvent]  # newest first
    estimate: Estimate | None
    stuck_since: datetime | None  # the last sign of life, if that is 72 hours ago and it is not delivered
    overdue: bool  # not delivered by the latest day expected at dispatch


@dataclass(frozen=True)
class ProblemReport:
    kind: ProblemKind
    times_before: int  # how often the same problem of this order was reported before


def track(order: Order, now: datetime | None = None) -> list[Parcel]:
    """The order's parcels, as they were sent."""
    now = now or database.now()
    return [_parcel(shipment, order.address, now) for shipment in order.shipments]


def _parcel(shipment: Shipment, address: str, now: datetime) -> Parcel:
    last = last_event(shipment)
    status = last.status if last else None
    if shipment.delivered_at:
        status = TrackingStatus.delivered
    arrived = status in (TrackingStatus.delivered, TrackingStatus.returned)
    sign_of_life = utc(last.at if last else shipment.shipped_at)
    return Parcel(
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        status=status,
        last=last,
        events=sorted(shipment.events, key=lambda event: (event.at, event.id), reverse=True),
        estimate=estimate_arrival(shipment, address, now),
        stuck_since=sign_of_life if not arrived and now - sign_of_life >= STUCK_AFTER else None,
        overdue=not arrived and china_date(now) > estimate_at_dispatch(shipment, address).latest,
    )


async def report_delivery_problem(
    session: AsyncSession,
    *,
    shop_id: int,
    contact_id: uuid.UUID,
    order_number: str,
    kind: ProblemKind | str,
    key: str,
) -> ProblemReport:
    """Writes down what the shopper says is wrong: believed, whatever tracking says; a person looks at it.

    Raises NotProven, and Refused where no parcel can be on its way.
    """
    order = await order_of(
        session, shop_id=shop_id, contact_id=contact_id, order_number=order_number, lock=True
    )
    kind = ProblemKind(kind)
    operation = f"report_{kind}"
    if done := await done_before(session, ProblemReport, order, operation, key):
        return done
    if order.status is OrderStatus.cancelled and not order.shipments:
        raise Refused(Reason.already_cancelled, Alternative.check_refund)
    if order.status is not OrderStatus.cancelled and not has_shipped(order):
        unpaid = order.status is OrderStatus.pending_payment
        raise Refused(Reason.not_shipped_yet, Alternative.pay if unpaid else Alternative.urge_shipping)
    report = ProblemReport(kind=kind, times_before=await times_done(session, order, operation))
    await record(session, order, operation, key, report)
    return report


async def record_event(
    session: AsyncSession,
    *,
    shop_id: int,
    tracking_number: str,
    at: datetime,
    status: TrackingStatus,
    place: str,
    description: str,
) -> bool:
    """Stores what the courier says and moves shipment and order on. True if it was new, False if known.

    Events may come late, twice and in any order: none moves anything back. Orders sent together in one parcel
    all move. Raises UnknownParcel, and ValueError for a naive time.
    """
    at = utc(at)
    orders = await _orders_in_parcel(session, shop_id, tracking_number)
    parcels = [(order, one) for order in orders for one in order.shipments]
    parcels = [(order, one) for order, one in parcels if one.tracking_number == tracking_number]
    if not parcels:
        raise UnknownParcel(tracking_number)
    new = False
    for order, shipment in parcels:
        event = insert(TrackingEvent).values(
            shipment_id=shipment.id, at=at, status=status, place=place, description=description
        )
        added = event.on_conflict_do_nothing().returning(TrackingEvent.id)
        if await session.scalar(added) is not None:
            new = True
            _move_on(order, shipment, at, status)
            if status is TrackingStatus.returned:
                await came_back.open_for_decision(session, order)
    await session.flush()
    return new


async def _orders_in_parcel(session: AsyncSession, shop_id: int, tracking_number: str) -> list[Order]:
    """Locked by rising id, so that two events of one parcel go one after the other."""
    inside = select(Shipment.order_id).where(Shipment.tracking_number == tracking_number)
    query = (
        select(Order)
        .where(Order.shop_id == shop_id, Order.id.in_(inside))
        .order_by(Order.id)
        .with_for_update(of=Order)
        .options(selectinload(Order.shipments))
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(query))


def _move_on(order: Order, shipment: Shipment, at: datetime, status: TrackingStatus) -> None:
    """A cancelled or completed order stays so, whatever its parcel does."""
    if status is TrackingStatus.delivered and shipment.delivered_at is None:
        shipment.delivered_at = at
    if order.status in (OrderStatus.pending_payment, OrderStatus.paid):
        order.status = OrderStatus.shipped
        order.shipped_at = order.shipped_at or shipment.shipped_at
    arrivals = [parcel.delivered_at for parcel in order.shipments if parcel.delivered_at]
    if order.status is OrderStatus.shipped and len(arrivals) == len(order.shipments):
        order.status = OrderStatus.delivered
        order.delivered_at = max(arrivals)
