"""The demo shop: read from `shop/demo/*.yml`, its dates placed around the day it is loaded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.indexing import index_entries
from knowledge.models import FaqEntry
from shop import database
from shop.models import (
    Category,
    Customer,
    Invoice,
    Order,
    OrderItem,
    OrderStatus,
    Payer,
    Product,
    Refund,
    RefundStatus,
    ReturnItem,
    ReturnKind,
    ReturnRequest,
    ReturnStatus,
    Shipment,
    Shop,
    TrackingEvent,
    TrackingStatus,
)
from shop.moments import CHINA, utc
from shop.rules import RECEIVED
from shop.shops import shop_by_slug

FILES = Path(__file__).parent.parent / "shop" / "demo"

Data = dict[str, Any]

_TODAY_ENDS_AT = 11 * 60  # minutes: the files place nothing later on day 0


async def load_demo(session: AsyncSession, slug: str = "demo") -> bool:
    """Adds the demo shop with its goods, orders and FAQs. False, and nothing changed, if it is there already.

    Under another slug it is a second shop with the same goods and order numbers. The caller commits.
    """
    settings = read("shop")
    if await shop_by_slug(session, slug):
        return False
    shop = Shop(slug=slug, name=settings["name"], settings=settings["settings"])
    session.add(shop)
    await session.flush()
    products = {product.sku: product for product in _products(shop.id)}
    session.add_all(products.values())
    await _add_orders(session, shop.id, products, Calendar.of(database.now()))
    entries = _faqs(shop.id)
    session.add_all(entries)
    await session.flush()
    await index_entries(session, entries)
    return True


def read(name: str) -> Any:
    """The content of one of the demo's files, by its name without ending."""
    with (FILES / f"{name}.yml").open(encoding="utf-8") as file:
        return yaml.load(file, yaml.CSafeLoader)


@dataclass(frozen=True)
class Calendar:
    """Turns "-3 14:20" (three days ago in China) into a moment."""

    today: date
    pace: float  # below 1 early in the day: day 0 is squeezed into what has passed of it

    @classmethod
    def of(cls, now: datetime) -> "Calendar":
        here = utc(now).astimezone(CHINA)
        minutes = here.hour * 60 + here.minute
        return cls(today=here.date(), pace=min(1.0, minutes / _TODAY_ENDS_AT))

    def moment(self, text: str) -> datetime:
        day, clock = text.split()
        at = time.fromisoformat(clock)
        minutes = (at.hour * 60 + at.minute) * (self.pace if int(day) == 0 else 1)
        midnight = datetime.combine(self.today + timedelta(days=int(day)), time(), CHINA)
        return utc(midnight + timedelta(minutes=minutes))

    def maybe(self, text: str | None) -> datetime | None:
        return None if text is None else self.moment(text)


def _products(shop_id: int) -> list[Product]:
    return [
        Product(
            shop_id=shop_id,
            sku=variant["sku"],
            name=goods["name"],
            variant={"zh": variant["zh"], "ug": variant["ug"]},
            variant_group=goods["group"],
            aliases=goods["aliases"],
            category=Category(goods["category"]),
            price=Decimal(variant["price"]),
            unit=goods["unit"],
            stock=variant["stock"],
            facts=goods["facts"],
        )
        for goods in read("products")
        for variant in goods["variants"]
    ]


def _faqs(shop_id: int) -> list[FaqEntry]:
    return [
        FaqEntry(
            shop_id=shop_id,
            key=entry["key"],
            question=entry["question"],
            variants=entry["variants"],
            answer=entry["answer"],
            tags=entry["tags"],
            enabled=True,
        )
        for entry in read("faqs")
    ]


async def _add_orders(
    session: AsyncSession, shop_id: int, products: Mapping[str, Product], calendar: Calendar
) -> None:
    data = read("orders")
    customers = {
        key: Customer(shop_id=shop_id, name=one["name"], phone=one["phone"])
        for key, one in data["customers"].items()
    }
    orders: list[Order] = []
    for one in data["orders"]:
        order = _order(shop_id, one, data["customers"][one["customer"]], calendar)
        order.customer = customers[one["customer"]]
        order.items = [_item(products[item["sku"]], item["quantity"]) for item in one["items"]]
        order.returns = [_return(order, request, calendar) for request in one.get("returns", ())]
        orders.append(order)
    session.add_all(orders)
    await session.flush()  # refunds and invoices name requests and orders by their ids
    for order, one in zip(orders, data["orders"], strict=True):
        session.add_all(_refunds(order, one, calendar))
        if invoice := one.get("invoice"):
            session.add(_invoice(order, invoice, calendar))


def _order(shop_id: int, one: Data, buyer: Data, calendar: Calendar) -> Order:
    parcels = [_shipment(parcel, calendar) for parcel in one.get("parcels", ())]
    status = OrderStatus(one["status"])
    arrivals = [parcel.delivered_at for parcel in parcels if parcel.delivered_at]
    return Order(
        shop_id=shop_id,
        order_number=one["number"],
        status=status,
        ordered_at=calendar.moment(one["ordered"]),
        buyer_name=buyer["name"],
        buyer_phone=buyer["phone"],
        address=buyer["address"],
        freight=Decimal(one["freight"]),
        amount_due=Decimal(one.get("amount_due", "0")),
        shipped_at=min((parcel.shipped_at for parcel in parcels), default=None),
        delivered_at=max(arrivals, default=None) if status in RECEIVED else None,
        cancelled_at=calendar.maybe(one.get("cancelled")),
        shipments=parcels,
    )


def _item(product: Product, quantity: int) -> OrderItem:
    name = f"{product.name['zh']} {product.variant['zh']}"
    return OrderItem(product=product, sku=product.sku, name=name, quantity=quantity, unit_price=product.price)


def _shipment(parcel: Data, calendar: Calendar) -> Shipment:
    return Shipment(
        carrier=parcel["carrier"],
        tracking_number=parcel["number"],
        shipped_at=calendar.moment(parcel["shipped"]),
        delivered_at=calendar.maybe(parcel.get("delivered")),
        events=[
            TrackingEvent(
                at=calendar.moment(event["at"]),
                status=TrackingStatus(event["status"]),
                place=event["place"],
                description=event["text"],
            )
            for event in parcel.get("events", ())
        ],
    )


def _return(order: Order, one: Data, calendar: Calendar) -> ReturnRequest:
    bought = {item.sku: item for item in order.items}
    return ReturnRequest(
        kind=ReturnKind(one["kind"]),
        status=ReturnStatus(one["status"]),
        reason=one["reason"],
        amount=Decimal(one["amount"]),
        freight_payer=Payer(one["freight_payer"]) if "freight_payer" in one else None,
        created_at=calendar.moment(one["asked"]),
        closed_at=calendar.maybe(one.get("closed")),
        items=[
            ReturnItem(order_item=bought[item["sku"]], quantity=item["quantity"]) for item in one["items"]
        ],
    )


def _refunds(order: Order, one: Data, calendar: Calendar) -> Iterator[Refund]:
    """Of the order itself (a cancellation), and of its requests."""
    for refund in one.get("refunds", ()):
        yield _refund(order, refund, None, calendar)
    for request, asked in zip(order.returns, one.get("returns", ()), strict=True):
        if refund := asked.get("refund"):
            yield _refund(order, refund, request.id, calendar)


def _refund(order: Order, one: Data, request_id: int | None, calendar: Calendar) -> Refund:
    return Refund(
        order_id=order.id,
        return_request_id=request_id,
        amount=Decimal(one["amount"]),
        status=RefundStatus(one["status"]),
        created_at=calendar.moment(one["decided"]),
        paid_at=calendar.maybe(one.get("paid")),
    )


def _invoice(order: Order, one: Data, calendar: Calendar) -> Invoice:
    return Invoice(
        order_id=order.id,
        title=one["title"],
        tax_number=one.get("tax_number"),
        created_at=calendar.moment(one["asked"]),
        issued_at=calendar.maybe(one.get("issued")),
    )
