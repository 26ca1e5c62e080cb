"""The shop's orders for its owner and its programs: listed, found, added, changed."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible, NotFound
from shop import incoming
from shop.carriers import shown_carrier
from shop.errors import UnknownParcel
from shop.incoming import Incoming, Item, Outcome, Parcel
from shop.models import Order, OrderStatus, Shipment, TrackingStatus
from shop.moments import china_date, utc
from shop.numbers import only_digits, plain_number
from shop.order_fields import Bad, Trouble, read
from shop.tracking import record_event

MOST_GOODS = 200  # of one order, and of its parcels
_FIELDS = ("order_number", "ordered_at", "status", "buyer_name", "buyer_phone", "address", "freight")
_GOODS = ("sku", "product", "quantity", "unit_price")
_PARCEL = ("carrier", "tracking_number", "shipped_at", "delivered_at")


# ---- Reading ----


async def list_orders(
    session: AsyncSession,
    who: Who,
    *,
    status: OrderStatus | None = None,
    search: str = "",
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[Order], str | None]:
    """Newest first, and where the next page begins. Raises Impossible for a place that is none."""
    who.must(Right.orders)
    query = select(Order).where(Order.shop_id == who.shop_id)
    if status is not None:
        query = query.where(Order.status == status)
    if search.strip():
        query = query.where(_sought(search))
    if after:
        query = query.where(tuple_(Order.ordered_at, Order.id) < _cursor(after))
    query = query.order_by(Order.ordered_at.desc(), Order.id.desc()).limit(limit + 1)
    loaded = query.options(selectinload(Order.items), selectinload(Order.shipments))
    found = list(await session.scalars(loaded))
    more = _token(found[limit - 1]) if len(found) > limit else None
    return found[:limit], more


def _sought(words: str) -> ColumnElement[bool]:
    """An order number or waybill whole, the last digits of a phone, or a part of the buyer's name."""
    plain = words.replace("\0", "").strip()[:100]
    number, digits = plain_number(plain), only_digits(plain)
    parcel = exists().where(Shipment.order_id == Order.id, Shipment.tracking_number == number)
    found = or_(Order.plain_number == number, parcel, Order.buyer_name.contains(plain, autoescape=True))
    return or_(found, Order.buyer_phone.endswith(digits)) if len(digits) >= 4 else found


async def order_numbered(session: AsyncSession, who: Who, number: str, *, lock: bool = False) -> Order:
    """With its goods, parcels and their events. Raises NotFound."""
    who.must(Right.orders)
    query = select(Order).where(Order.shop_id == who.shop_id, Order.plain_number == plain_number(number))
    query = query.options(
        selectinload(Order.items), selectinload(Order.shipments).selectinload(Shipment.events)
    )
    if lock:
        query = query.with_for_update(of=Order).execution_options(populate_existing=True)
    order = await session.scalar(query)
    if order is None:
        raise NotFound("there is no such order")
    return order


def _token(order: Order) -> str:
    plain = json.dumps([order.ordered_at.isoformat(), order.id])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _cursor(token: str) -> tuple[datetime, int]:
    try:
        at, last = json.loads(base64.urlsafe_b64decode(token.encode() + b"=="))
        return utc(datetime.fromisoformat(at)), int(last) % 2**31
    except (ValueError, TypeError, binascii.Error):
        raise Impossible("bad_cursor", "that is no place in the list", "after", 422) from None


# ---- Writing ----


async def add_order(session: AsyncSession, who: Who, given: Mapping[str, Any]) -> tuple[Order, bool]:
    """A new one; whether it is new: the same again changes nothing. Raises Bad, Impossible."""
    who.must(Right.orders)
    one = read_order(given)
    known = await session.execute(
        select(Order.said).where(Order.shop_id == who.shop_id, Order.plain_number == one.number)
    )
    if (row := known.first()) is not None:
        if incoming.merged(row.said or {}, incoming.said(one)) != row.said:
            raise _exists()
        return await order_numbered(session, who, one.number), False
    outcome = await incoming.take_orders(session, who.shop_id, [one])
    if outcome[one.number] is not Outcome.added:
        raise _exists()
    await note_act(session, who, "add_order", f"order {one.order_number}")
    return await order_numbered(session, who, one.number), True


def _exists() -> Impossible:
    return Impossible("exists", "there is an order of that number; change it with PUT", "order_number")


async def change_order(session: AsyncSession, who: Who, number: str, given: Mapping[str, Any]) -> Order:
    """What is given becomes so; what is not stays. Raises Bad, Impossible, NotFound."""
    order = await order_numbered(session, who, number, lock=True)
    one = read_order(given, of=incoming.told(order))
    if one.number != order.plain_number:
        raise Impossible("fixed", "an order's number never changes", "order_number", 422)
    if await incoming.replace_order(session, order, one):
        await note_act(session, who, "change_order", f"order {order.order_number}")
    session.expire_all()
    return await order_numbered(session, who, number)


async def add_events(
    session: AsyncSession, who: Who, tracking_number: str, events: Sequence[Mapping[str, Any]]
) -> int:
    """A parcel's news from a program; how many of them were new. Raises Bad, NotFound."""
    who.must(Right.orders)
    number = read("tracking_number", tracking_number)
    new = 0
    for event in events:
        try:
            new += await record_event(
                session,
                shop_id=who.shop_id,
                tracking_number=number,
                at=_moment("at", event.get("at")),
                status=_tracking_status(event.get("status")),
                place=str(event.get("place") or "")[:100],
                description=str(event.get("description") or "")[:1000],
            )
        except UnknownParcel:
            raise NotFound("no order of the shop has a parcel of that number") from None
    if new:
        await note_act(session, who, "add_events", f"parcel {number}", new=new)
    return new


def _moment(field: str, value: Any) -> datetime:
    try:
        at = read("shipped_at", value)
    except Bad as bad:
        raise Bad(bad.trouble, field) from None
    if at is None:
        raise Bad(Trouble.missing, field)
    return at  # type: ignore[no-any-return]


def _tracking_status(value: Any) -> TrackingStatus:
    if value in tuple(TrackingStatus):
        return TrackingStatus(value)
    raise Bad(Trouble.bad_status if value else Trouble.missing, "status")


# ---- An order as a program writes it ----


def read_order(given: Mapping[str, Any], of: Incoming | None = None) -> Incoming:
    """`items` and `shipments` are lists; one of each may also stand flat beside the order's own fields.

    With `of`, what is not given is as it is there. Raises Bad with the field's name.
    """
    base = {name: getattr(of, name) for name in (*_FIELDS, "shipped_at", "delivered_at")} if of else {}
    values = {name: read(name, given.get(name, base.get(name))) for name in _FIELDS}
    for name in ("shipped_at", "delivered_at"):
        values[name] = read(name, given.get(name, base.get(name)))
    goods = _list(given, "items", _GOODS[1:])
    parcels = _list(given, "shipments", _PARCEL[1:2], _PARCEL)
    items = tuple(map(_item, goods)) if goods is not None else (of.items if of else ())
    boxes = tuple(map(_box, parcels)) if parcels is not None else (of.parcels if of else ())
    one = Incoming(items=items, parcels=boxes, **values)
    check(one)
    return one


def check(one: Incoming) -> None:
    """What no single field can tell. Raises Bad."""
    if not one.items:
        raise Bad(Trouble.missing, "items")
    if len({item.key for item in one.items}) < len(one.items) or len(one.items) > MOST_GOODS:
        raise Bad(Trouble.duplicate, "items")
    if len({box.tracking_number for box in one.parcels}) < len(one.parcels) or len(one.parcels) > MOST_GOODS:
        raise Bad(Trouble.duplicate, "shipments")
    for name in ("shipped_at", "delivered_at"):
        for holder in (one, *one.parcels):
            at = getattr(holder, name)
            if at is not None and china_date(at) < china_date(one.ordered_at):
                raise Bad(Trouble.before_order, name)


def _list(
    given: Mapping[str, Any], name: str, signs: tuple[str, ...], also: tuple[str, ...] = _GOODS
) -> list[Mapping[str, Any]] | None:
    """The list of that name, or the one thing that stands flat; None where there is neither."""
    if given.get(name) is not None:
        return list(given[name])
    if any(given.get(sign) is not None for sign in signs):
        return [{field: given.get(field) for field in also}]
    return None


def _item(one: Mapping[str, Any]) -> Item:
    return Item(**{name: read(name, one.get(name)) for name in _GOODS})


def _box(one: Mapping[str, Any]) -> Parcel:
    values = {name: read(name, one.get(name)) for name in _PARCEL}
    if not values["tracking_number"]:
        raise Bad(Trouble.missing, "tracking_number")
    values["carrier"] = shown_carrier(values["carrier"], values["tracking_number"])
    return Parcel(**values)
