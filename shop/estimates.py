"""When a parcel will probably arrive. Simple on purpose, and it says nothing rather than invent a day.

The method: a parcel that only started is given the usual days from its dispatch; one that has come nearer is
given the days usually left from the place of its last event. All counted in China's days, both ends included.

| where it is | days |
|---|---|
| on its way, to an address in Xinjiang | 2-5 after dispatch, not before the day after the last event |
| on its way, elsewhere or unknown | 4-8 after dispatch, not before the day after the last event |
| out of Xinjiang, to an address outside | 1-4 after the last event |
| in the city of the address | 1-2 after the last event |
| with the last courier | 0-1 after the last event |

The figures are ordinary road times of the large couriers from Xinjiang, not measured on any shop's parcels.
There is no estimate for a parcel that is delivered, waits to be fetched, has a problem or goes back, nor
once the latest day has passed: then it is late, and nobody knows by how much.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shop import database
from shop.models import Shipment, TrackingEvent, TrackingStatus
from shop.moments import china_date
from shop.places import has_left_xinjiang, in_xinjiang, is_at

_WITHIN, _BEYOND = (2, 5), (4, 8)
_LEFT_XINJIANG, _IN_THE_CITY, _LAST_COURIER = (1, 4), (1, 2), (0, 1)

_NO_ESTIMATE = (
    TrackingStatus.delivered,
    TrackingStatus.at_pickup_point,
    TrackingStatus.problem,
    TrackingStatus.returned,
)


@dataclass(frozen=True)
class Estimate:
    """Days in China, both included."""

    earliest: date
    latest: date


def estimate_arrival(shipment: Shipment, address: str, now: datetime | None = None) -> Estimate | None:
    """The days it will probably come on, from what is known now; None where nothing honest can be said."""
    last = last_event(shipment)
    if shipment.delivered_at or (last and last.status in _NO_ESTIMATE):
        return None
    today = china_date(now or database.now())
    guess = _from_stage(shipment, last, address)
    if guess.latest < today:
        return None
    return Estimate(max(guess.earliest, today), guess.latest)


def estimate_at_dispatch(shipment: Shipment, address: str) -> Estimate:
    """What could be expected on the day it was sent; a parcel still on its way after that is overdue."""
    return _after(shipment.shipped_at, _WITHIN if in_xinjiang(address) else _BEYOND)


def last_event(shipment: Shipment) -> TrackingEvent | None:
    return max(shipment.events, key=lambda event: (event.at, event.id), default=None)


def _from_stage(shipment: Shipment, last: TrackingEvent | None, address: str) -> Estimate:
    usual = estimate_at_dispatch(shipment, address)
    if last is None:
        return usual
    if last.status is TrackingStatus.out_for_delivery:
        return _after(last.at, _LAST_COURIER)
    if is_at(last.place, address) and last.status is TrackingStatus.in_transit:
        return _after(last.at, _IN_THE_CITY)
    if not in_xinjiang(address) and has_left_xinjiang(last.place):
        return _after(last.at, _LEFT_XINJIANG)
    return Estimate(max(usual.earliest, china_date(last.at) + timedelta(days=1)), usual.latest)


def _after(at: datetime, days: tuple[int, int]) -> Estimate:
    start = china_date(at)
    return Estimate(start + timedelta(days=days[0]), start + timedelta(days=days[1]))
