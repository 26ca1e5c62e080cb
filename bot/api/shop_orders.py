"""The shop's orders and parcels, for its owner and its programs, and the programs' keys."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bot.api.asking import Desk, may
from bot.orders import book, keys
from bot.orders.models import ApiKey
from bot.staff.access import Right, Who
from shop.database import transaction
from shop.models import Order, OrderStatus, Shipment

routes = APIRouter(tags=["orders"])

Keeper = Annotated[Who, Depends(may(Right.orders))]
Manager = Annotated[Who, Depends(may(Right.manage))]
Word = str | int | float | None


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore")


class ItemIn(Body):
    sku: Word = None
    product: Word = None
    quantity: Word = None
    unit_price: Word = None


class ParcelIn(Body):
    carrier: Word = None
    tracking_number: Word = None
    shipped_at: Annotated[Word, Field(description="China's time unless it says otherwise")] = None
    delivered_at: Word = None


class OrderIn(ItemIn, ParcelIn):
    """One item and one parcel may stand flat; more of them in `items` and `shipments`."""

    order_number: Word = None
    ordered_at: Word = None
    status: Annotated[Word, Field(description="of the order: " + ", ".join(OrderStatus))] = None
    buyer_name: Word = None
    buyer_phone: Word = None
    address: Word = None
    freight: Word = None
    items: Annotated[list[ItemIn], Field(max_length=book.MOST_GOODS)] | None = None
    shipments: Annotated[list[ParcelIn], Field(max_length=book.MOST_GOODS)] | None = None

    def given(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class EventIn(Body):
    at: Word = None
    status: Annotated[str | None, Field(description="accepted, in_transit, … as in the answers")] = None
    place: Annotated[str, Field(max_length=100)] | None = None
    description: Annotated[str, Field(max_length=1000)] | None = None


class EventsIn(EventIn):
    """One event, or a list of them."""

    events: Annotated[list[EventIn], Field(min_length=1, max_length=500)] | None = None


@routes.get("/orders")
async def list_orders(
    desk: Desk,
    who: Keeper,
    status: OrderStatus | None = None,
    search: Annotated[str, Query(max_length=100)] = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Newest first; `next` goes into `after`. `search`: a number, a waybill, a phone's end, a name."""
    async with desk.single() as session:
        found, more = await book.list_orders(
            session, who, status=status, search=search, after=after, limit=limit
        )
        return {"items": [shown(one) for one in found], "next": more}


@routes.post("/orders", status_code=201)
async def add_order(desk: Desk, who: Keeper, given: OrderIn, response: Response) -> dict[str, Any]:
    """201; or 200 where the very same order is there already."""
    async with transaction(desk.sessions) as session:
        order, new = await book.add_order(session, who, given.given())
        response.status_code = 201 if new else 200
        return shown(order, events=True)


@routes.get("/orders/{order_number}")
async def read_order(desk: Desk, who: Keeper, order_number: str) -> dict[str, Any]:
    async with desk.single() as session:
        return shown(await book.order_numbered(session, who, order_number), events=True)


@routes.put("/orders/{order_number}")
async def change_order(desk: Desk, who: Keeper, order_number: str, given: OrderIn) -> dict[str, Any]:
    """What is given becomes so (a list of items or shipments as a whole); the rest stays."""
    async with transaction(desk.sessions) as session:
        order = await book.change_order(session, who, order_number, given.given())
        return shown(order, events=True)


@routes.post("/shipments/{tracking_number}/events")
async def add_events(
    desk: Desk, who: Keeper, tracking_number: str, given: EventsIn, response: Response
) -> dict[str, int]:
    """201 if any of them was new, else 200. They may come late, twice and in any order."""
    told = [one.model_dump() for one in given.events] if given.events else [given.model_dump()]
    async with transaction(desk.sessions) as session:
        new = await book.add_events(session, who, tracking_number, told)
    response.status_code = 201 if new else 200
    return {"new": new}


@routes.get("/keys")
async def list_keys(desk: Desk, who: Manager) -> dict[str, Any]:
    async with desk.single() as session:
        return {"items": [_key(one) for one in await keys.list_keys(session, who)]}


class NewKey(Body):
    name: Annotated[str, Field(min_length=1, max_length=60)]


@routes.post("/keys", status_code=201)
async def make_key(desk: Desk, who: Manager, given: NewKey) -> dict[str, Any]:
    """`key` is told only now."""
    async with transaction(desk.sessions) as session:
        made = await keys.make_key(session, who, given.name)
        await session.refresh(made.key)
        return {**_key(made.key), "key": made.word}


@routes.delete("/keys/{number}", status_code=204)
async def revoke_key(desk: Desk, who: Manager, number: int) -> Response:
    async with transaction(desk.sessions) as session:
        await keys.revoke_key(session, who, number)
    return Response(status_code=204)


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "beginning": key.beginning,
        "created_at": _iso(key.created_at),
        "used_at": _iso(key.used_at),
    }


def shown(order: Order, *, events: bool = False) -> dict[str, Any]:
    """Money as text with two decimals, times in UTC."""
    return {
        "order_number": order.order_number,
        "ordered_at": _iso(order.ordered_at),
        "status": order.status,
        "buyer_name": order.buyer_name,
        "buyer_phone": order.buyer_phone,
        "address": order.address,
        "freight": str(order.freight),
        "total": str(order.total),
        "amount_due": str(order.amount_due),
        "shipped_at": _iso(order.shipped_at),
        "delivered_at": _iso(order.delivered_at),
        "cancelled_at": _iso(order.cancelled_at),
        "items": [
            {
                "sku": item.sku,
                "product": item.name,
                "quantity": item.quantity,
                "unit_price": str(item.unit_price),
            }
            for item in order.items
        ],
        "shipments": [_parcel(one, events) for one in order.shipments],
    }


def _parcel(one: Shipment, events: bool) -> dict[str, Any]:
    parcel = {
        "carrier": one.carrier,
        "tracking_number": one.tracking_number,
        "shipped_at": _iso(one.shipped_at),
        "delivered_at": _iso(one.delivered_at),
    }
    if not events:
        return parcel
    told = [
        {"at": _iso(one.at), "status": one.status, "place": one.place, "description": one.description}
        for one in one.events
    ]
    return {**parcel, "events": told}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
