"""Orders that come in, from a file or the seller's program: added, or brought up to date; many at a time.

What was said last about an order is kept with it (`Order.said`). The same again changes nothing, and of
something new only what differs from the last time is taken over: what a shopper has changed here since, and
what the courier has reported, stays. A file moves an order's status forward only; `replace_order`, the
seller's explicit word, moves it anywhere. Stock is not touched: the seller's own system counts it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, TextClause, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from shop import database
from shop.models import Customer, Order, OrderItem, OrderStatus, Product, Shipment
from shop.numbers import plain_number
from shop.order_fields import is_masked

MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Item:
    product: str
    quantity: int
    unit_price: Decimal
    sku: str = ""

    @property
    def key(self) -> str:
        """What tells the goods of an order apart."""
        return self.sku or self.product


@dataclass(frozen=True)
class Parcel:
    tracking_number: str
    carrier: str = ""
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class Incoming:
    """An order as somebody tells it. Of two parcels or goods with one number there is only one."""

    order_number: str
    ordered_at: datetime
    status: OrderStatus
    buyer_name: str
    buyer_phone: str
    address: str
    items: tuple[Item, ...]
    parcels: tuple[Parcel, ...] = ()
    freight: Decimal = Decimal(0)
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None

    @property
    def number(self) -> str:
        """As numbers are compared: "A-12 34" is the same order as "a1234"."""
        return plain_number(self.order_number)


class Outcome(StrEnum):
    added = "added"
    changed = "changed"
    same = "same"  # it said what was known


RANK = {status: rank for rank, status in enumerate(OrderStatus)}
"""How far an order has come: the members stand in that order, cancelled last."""

_PLAIN = ("ordered_at", "buyer_name", "buyer_phone", "address", "freight")


async def take_orders(session: AsyncSession, shop_id: int, orders: Sequence[Incoming]) -> dict[str, Outcome]:
    """Add or bring up to date, at most MOST_AT_ONCE, each number once. What came of each, by number."""
    known = await _known(session, shop_id, orders)
    outcome = {one.number: Outcome.same for one in orders}
    fresh = [one for one in orders if one.number not in known]
    for number in await _add(session, shop_id, fresh):
        outcome[number] = Outcome.added
    late = [one for one in fresh if outcome[one.number] is not Outcome.added]
    if late:  # somebody else has just added them
        known |= await _known(session, shop_id, late)
    telling = {one.number: one for one in orders if outcome[one.number] is not Outcome.added}
    news = {
        number: one for number, one in telling.items() if merged(known[number], said(one)) != known[number]
    }
    for order in await _locked(session, shop_id, news):
        one = news[order.plain_number]
        await _update(session, order, one)
        outcome[one.number] = Outcome.changed
    await session.flush()
    return outcome


async def replace_order(session: AsyncSession, order: Order, one: Incoming) -> bool:
    """Make a loaded, locked order what the seller says, whatever it was. Whether that changed anything."""
    before = said(told(order))
    _set_plain(order, one, {})
    order.customer_id = await _customer_of(session, order.shop_id, one)
    _move(order, one, anywhere=True)
    order.shipped_at = one.shipped_at or order.shipped_at
    order.delivered_at = _arrived(one) or order.delivered_at
    await _set_items(session, order, one)
    keys = {item.key for item in one.items}
    order.items = [item for item in order.items if (item.sku or item.name) in keys]
    _set_parcels(order, one)
    numbers = {parcel.tracking_number for parcel in one.parcels}
    order.shipments = [parcel for parcel in order.shipments if parcel.tracking_number in numbers]
    order.said = said(one)
    await session.flush()
    return before != said(told(order))


def said(one: Incoming) -> dict[str, Any]:
    """In the form that is kept and compared."""
    return {
        "ordered_at": one.ordered_at.isoformat(),
        "status": one.status.value,
        "buyer_name": one.buyer_name,
        "buyer_phone": one.buyer_phone,
        "address": one.address,
        "freight": str(one.freight),
        "shipped_at": _iso(one.shipped_at),
        "delivered_at": _iso(one.delivered_at),
        "items": {item.key: [item.product, item.quantity, str(item.unit_price)] for item in one.items},
        "parcels": {
            parcel.tracking_number: [parcel.carrier, _iso(parcel.shipped_at), _iso(parcel.delivered_at)]
            for parcel in one.parcels
        },
    }


def merged(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """What has been said in all: goods and parcels that are not named again are still there."""
    both = {name: before.get(name, {}) | now[name] for name in ("items", "parcels")}
    return {**before, **now, **both}


def told(order: Order) -> Incoming:
    """A loaded order as one that comes in: what a program reads, changes and sends back."""
    return Incoming(
        order_number=order.order_number,
        ordered_at=order.ordered_at,
        status=order.status,
        buyer_name=order.buyer_name,
        buyer_phone=order.buyer_phone,
        address=order.address,
        freight=order.freight,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        items=tuple(Item(one.name, one.quantity, one.unit_price, one.sku) for one in order.items),
        parcels=tuple(
            Parcel(one.tracking_number, one.carrier, one.shipped_at, one.delivered_at)
            for one in order.shipments
        ),
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


# ---- What is there ----


async def _known(
    session: AsyncSession, shop_id: int, orders: Sequence[Incoming]
) -> dict[str, dict[str, Any]]:
    """By number: what was said of the orders that are there; {} of one that no file ever named."""
    numbers = [one.number for one in orders]
    query = select(Order.plain_number, Order.said).where(
        Order.shop_id == shop_id, Order.plain_number.in_(numbers)
    )
    return {number: before or {} for number, before in await session.execute(query)}


async def _locked(session: AsyncSession, shop_id: int, numbers: Iterable[str]) -> list[Order]:
    """Locked by rising id, so that two who come at once never wait for each other."""
    wanted = list(numbers)
    if not wanted:
        return []
    query = (
        select(Order)
        .where(Order.shop_id == shop_id, Order.plain_number.in_(wanted))
        .order_by(Order.id)
        .with_for_update(of=Order)
        .options(selectinload(Order.items), selectinload(Order.shipments))
        .execution_options(populate_existing=True)
    )
    return list(await session.scalars(query))


# ---- Adding ----


async def _add(session: AsyncSession, shop_id: int, orders: Sequence[Incoming]) -> list[str]:
    """The numbers that were added: all but those that somebody else adds at the same moment."""
    if not orders:
        return []
    customers = await _customers(session, shop_id, orders)
    rows = [_row(shop_id, customers[_customer_key(one)], one) for one in orders]
    added = await _insert(session, _ADD_ORDERS, rows)
    ids = {row.plain_number: row.id for row in added}
    new = [one for one in orders if one.number in ids]
    products = await _products(session, shop_id, (item.sku for one in new for item in one.items))
    items = [
        {
            "order_id": ids[one.number],
            "product_id": products.get(item.sku),
            "sku": item.sku,
            "name": item.product,
            "quantity": item.quantity,
            "unit_price": item.unit_price,
        }
        for one in new
        for item in one.items
    ]
    parcels = [{"order_id": ids[one.number], **_parcel(one, parcel)} for one in new for parcel in one.parcels]
    await _insert(session, _ADD_ITEMS, items)
    await _insert(session, _ADD_PARCELS, parcels)
    return list(ids)


# One statement for all rows: row by row it would take five times as long.
def _adding(table: str, columns: str, ending: str) -> TextClause:
    names = ", ".join(column.split()[0] for column in columns.split(", "))
    return text(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_to_recordset(CAST(:rows AS jsonb))"  # noqa: S608
        f" AS r({columns}) {ending}"
    )


_ADD_ORDERS = _adding(
    '"order"',
    "shop_id int, customer_id int, order_number text, status text, ordered_at timestamptz, buyer_name text, "
    "buyer_phone text, address text, freight numeric, amount_due numeric, shipped_at timestamptz, "
    "delivered_at timestamptz, cancelled_at timestamptz, said jsonb",
    "ON CONFLICT DO NOTHING RETURNING id, plain_number",
)
_ADD_ITEMS = _adding(
    "order_item",
    "order_id int, product_id int, sku text, name text, quantity int, unit_price numeric",
    "RETURNING id",
)
_ADD_PARCELS = _adding(
    "shipment",
    "order_id int, carrier text, tracking_number text, shipped_at timestamptz, delivered_at timestamptz",
    "RETURNING id",
)
_ADD_CUSTOMERS = _adding(
    "customer", "shop_id int, phone text, name text", "ON CONFLICT DO NOTHING RETURNING id"
)


async def _insert(
    session: AsyncSession, statement: TextClause, rows: list[dict[str, Any]]
) -> Sequence[Row[Any]]:
    packed = json.dumps(rows, ensure_ascii=False, default=_json)
    return (await session.execute(statement, {"rows": packed})).all() if rows else ()


def _json(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _row(shop_id: int, customer_id: int, one: Incoming) -> dict[str, Any]:
    gone = RANK[one.status] >= RANK[OrderStatus.shipped] and one.status is not OrderStatus.cancelled
    dispatched = [parcel.shipped_at for parcel in one.parcels if parcel.shipped_at]
    return {
        "shop_id": shop_id,
        "customer_id": customer_id,
        "order_number": one.order_number,
        "status": one.status,
        "ordered_at": one.ordered_at,
        "buyer_name": one.buyer_name,
        "buyer_phone": one.buyer_phone,
        "address": one.address,
        "freight": one.freight,
        "amount_due": Decimal(0),
        "shipped_at": (one.shipped_at or min(dispatched, default=None)) if gone else None,
        "delivered_at": _arrived(one),
        "cancelled_at": database.now() if one.status is OrderStatus.cancelled else None,
        "said": said(one),
    }


def _arrived(one: Incoming) -> datetime | None:
    if one.status not in (OrderStatus.delivered, OrderStatus.completed):
        return None
    arrivals = [parcel.delivered_at for parcel in one.parcels if parcel.delivered_at]
    return one.delivered_at or max(arrivals, default=None)


def _parcel(one: Incoming, parcel: Parcel) -> dict[str, Any]:
    """A parcel whose start nobody names counts as sent when the order was placed."""
    started = parcel.shipped_at or one.shipped_at or one.ordered_at
    return {
        "carrier": parcel.carrier,
        "tracking_number": parcel.tracking_number,
        "shipped_at": started,
        "delivered_at": parcel.delivered_at,
    }


def _customer_key(one: Incoming) -> str:
    """A masked phone could be many people's, so whoever proves the order proves no other with it."""
    return f"{one.buyer_phone} {one.number}" if is_masked(one.buyer_phone) else one.buyer_phone


async def _customers(session: AsyncSession, shop_id: int, orders: Sequence[Incoming]) -> dict[str, int]:
    names = {_customer_key(one): one.buyer_name for one in orders}
    rows = [{"shop_id": shop_id, "phone": key, "name": name} for key, name in sorted(names.items())]
    await _insert(session, _ADD_CUSTOMERS, rows)
    query = select(Customer.phone, Customer.id).where(Customer.shop_id == shop_id, Customer.phone.in_(names))
    return {row.phone: row.id for row in await session.execute(query)}


async def _customer_of(session: AsyncSession, shop_id: int, one: Incoming) -> int:
    return (await _customers(session, shop_id, [one]))[_customer_key(one)]


async def _products(session: AsyncSession, shop_id: int, skus: Iterable[str]) -> dict[str, int]:
    wanted = {sku for sku in skus if sku}
    query = select(Product.sku, Product.id).where(Product.shop_id == shop_id, Product.sku.in_(wanted))
    return {row.sku: row.id for row in await session.execute(query)} if wanted else {}


# ---- Bringing up to date ----


async def _update(session: AsyncSession, order: Order, one: Incoming) -> None:
    before = order.said or {}
    phone_before = order.buyer_phone
    _set_plain(order, one, before)
    if order.buyer_phone != phone_before:
        order.customer_id = await _customer_of(session, order.shop_id, one)
    if said(one)["items"] != {key: before.get("items", {}).get(key) for key in said(one)["items"]}:
        await _set_items(session, order, one)
    _set_parcels(order, one)
    _move(order, one, anywhere=False)
    order.said = merged(before, said(one))


def _set_plain(order: Order, one: Incoming, before: Mapping[str, Any]) -> None:
    """Whatever is told otherwise than the last time; what a shopper has changed since stays."""
    now = said(one)
    for name in _PLAIN:
        if before.get(name) != now[name]:
            setattr(order, name, getattr(one, name))


async def _set_items(session: AsyncSession, order: Order, one: Incoming) -> None:
    """The goods that are named; others stay."""
    there = {item.sku or item.name: item for item in order.items}
    products = await _products(session, order.shop_id, (item.sku for item in one.items))
    for item in one.items:
        known = there.get(item.key)
        if known is None:
            known = OrderItem(sku=item.sku, product_id=products.get(item.sku))
            order.items.append(known)
        known.name, known.quantity, known.unit_price = item.product, item.quantity, item.unit_price


def _set_parcels(order: Order, one: Incoming) -> None:
    there = {parcel.tracking_number: parcel for parcel in order.shipments}
    for parcel in one.parcels:
        known = there.get(parcel.tracking_number)
        if known is None:
            order.shipments.append(Shipment(events=[], **_parcel(one, parcel)))
            continue
        known.carrier = parcel.carrier or known.carrier
        known.shipped_at = parcel.shipped_at or known.shipped_at
        known.delivered_at = known.delivered_at or parcel.delivered_at


def _move(order: Order, one: Incoming, *, anywhere: bool) -> None:
    if one.status is order.status or (not anywhere and RANK[one.status] < RANK[order.status]):
        return
    order.status = one.status
    row = _row(order.shop_id, order.customer_id, replace(one))
    order.shipped_at = row["shipped_at"] or (None if anywhere else order.shipped_at)
    order.delivered_at = row["delivered_at"] or (None if anywhere else order.delivered_at)
    order.cancelled_at = row["cancelled_at"]
    if one.status is OrderStatus.cancelled:
        order.amount_due = Decimal(0)
