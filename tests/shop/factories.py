"""Shops and orders to test with. `*_of` build objects in memory, `store_*` write them."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypedDict, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from shop.database import Sessions, transaction
from shop.models import (
    Category,
    Customer,
    Order,
    OrderItem,
    OrderStatus,
    Product,
    Proof,
    Shipment,
    Shop,
    TrackingEvent,
    TrackingStatus,
)

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
"""12:00 on 20 November 2026 in China."""

PHONE = "13812345678"

T = TypeVar("T")


class Who(TypedDict):
    """The keywords that every use case of a shopper begins with."""

    shop_id: int
    contact_id: uuid.UUID
    order_number: str


@dataclass(frozen=True)
class Scene:
    """A shop, an order and a contact who has proved it."""

    sessions: Sessions
    who: Who
    order_id: int
    item_ids: list[int]
    product_ids: list[int]

    async def do(self, use_case: Callable[..., Awaitable[T]], **arguments: Any) -> T:
        """One use case in its own transaction, as the proven contact unless `arguments` say otherwise."""
        async with transaction(self.sessions) as session:
            return await use_case(session, **{**self.who, **arguments})

    async def stock(self) -> list[int]:
        async with transaction(self.sessions) as session:
            return [(await session.get_one(Product, one)).stock for one in self.product_ids]


def product_of(category: Category = Category.dried, **values: Any) -> Product:
    sku = values.pop("sku", category.value)
    defaults = {
        "sku": sku,
        "name": {"zh": f"商品{sku}", "ug": f"مال {sku}"},
        "variant": {},
        "variant_group": None,
        "category": category,
        "price": Decimal("25.00"),
        "unit": {"zh": "袋", "ug": "خالتا"},
        "stock": 10,
    }
    return Product(**defaults | values)


def item_of(product: Product | None = None, quantity: int = 1, **values: Any) -> OrderItem:
    product = product or product_of()
    defaults = {
        "sku": product.sku,
        "name": product.name["zh"],
        "unit_price": product.price,
        "product": product,
    }
    return OrderItem(quantity=quantity, **defaults | values)


def order_of(*items: OrderItem, status: OrderStatus = OrderStatus.paid, **values: Any) -> Order:
    """In memory: ordered a day before NOON, its items numbered from 1 unless they have an id."""
    for number, item in enumerate(items, 1):
        item.id = item.id or number
    defaults = {
        "order_number": "202611200001",
        "ordered_at": NOON - timedelta(days=1),
        "buyer_name": "阿里木",
        "buyer_phone": PHONE,
        "address": "新疆喀什地区喀什市解放北路1号",
        "freight": Decimal(0),
        "amount_due": Decimal(0),
        "shipments": [],
        "returns": [],
        "refunds": [],
    }
    return Order(items=list(items), status=status, **defaults | values)


def delivered_of(*items: OrderItem, at: datetime = NOON, **values: Any) -> Order:
    values = {"status": OrderStatus.delivered, "delivered_at": at} | values
    return order_of(*(items or (item_of(),)), **values)


def received_of(**values: Any) -> Order:
    """Three bags of dates at 19.99 and one jar of honey at 60.00, received at NOON; 8.50 freight."""
    dates = item_of(product_of(sku="dates", price=Decimal("19.99")), 3)
    honey = item_of(product_of(Category.honey, price=Decimal("60.00")), 1)
    return delivered_of(dates, honey, **{"freight": Decimal("8.50")} | values)


def shipment_of(*events: TrackingEvent, number: str = "SF1234567890123", **values: Any) -> Shipment:
    defaults = {"carrier": "顺丰", "tracking_number": number, "shipped_at": NOON, "delivered_at": None}
    return Shipment(events=list(events), **defaults | values)


def event_of(
    at: datetime, status: TrackingStatus = TrackingStatus.in_transit, place: str = "", id: int = 1
) -> TrackingEvent:
    return TrackingEvent(id=id, at=at, status=status, place=place, description=f"{status} {place}")


async def store_shop(session: AsyncSession, slug: str = "demo", **settings: Any) -> Shop:
    shop = Shop(slug=slug, name={"zh": "丝路干果", "ug": "يىپەك يولى"}, settings=settings)
    session.add(shop)
    await session.flush()
    return shop


async def store_order(session: AsyncSession, shop: Shop, order: Order) -> Order:
    """Adds a built order, its products and its customer (one for all orders of a phone)."""
    for item in order.items:
        item.id = None  # type: ignore[assignment]
        if item.product:
            item.product.shop_id = shop.id
    customer = Customer(shop_id=shop.id, name=order.buyer_name, phone=order.buyer_phone)
    order.shop_id, order.customer = shop.id, customer
    session.add(order)
    await session.flush()
    return order


async def store_proof(session: AsyncSession, order: Order) -> uuid.UUID:
    """A new contact who has proved this order."""
    contact_id = uuid.uuid4()
    session.add(Proof(contact_id=contact_id, customer_id=order.customer_id))
    await session.flush()
    return contact_id


async def scene_of(sessions: Sessions, order: Order | None = None, *extra: Product, **settings: Any) -> Scene:
    """Stores a shop, the order, `extra` products of its catalogue and a proven contact."""
    order = order or order_of(item_of(quantity=2))
    async with transaction(sessions) as session:
        shop = await store_shop(session, **settings)
        await store_order(session, shop, order)
        for product in extra:
            product.shop_id = shop.id
        session.add_all(extra)
        contact_id = await store_proof(session, order)
        products = [item.product for item in order.items if item.product]
        return Scene(
            sessions=sessions,
            who=Who(shop_id=shop.id, contact_id=contact_id, order_number=order.order_number),
            order_id=order.id,
            item_ids=[item.id for item in order.items],
            product_ids=[product.id for product in (*products, *extra)],
        )
