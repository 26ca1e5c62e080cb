"""What the shop stores. Times are aware (timestamptz), money is Decimal yuan, states say what they mean."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Computed, ForeignKey, Index, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shop import triggers
from shop.database import Base, CreatedAt, Money


class Category(StrEnum):
    """What kind of goods a product is; decides whether it may go back without reason (see shop.rules)."""

    fresh = "fresh"  # fresh fruit, milk, anything perishable
    frozen_meat = "frozen_meat"  # lamb, beef: perishable
    dried = "dried"  # dried fruit
    nuts = "nuts"
    honey = "honey"
    textile = "textile"
    custom_made = "custom_made"  # made to the buyer's measure
    digital = "digital"  # opened digital goods
    newspaper = "newspaper"  # newspapers and periodicals
    other = "other"


class OrderStatus(StrEnum):
    pending_payment = "pending_payment"  # placed, not paid
    paid = "paid"  # paid, not yet handed to a courier
    shipped = "shipped"  # at least one parcel is on its way
    delivered = "delivered"  # signed for
    completed = "completed"  # delivered, and the return window has passed or the buyer confirmed
    cancelled = "cancelled"  # will not be sent; what was paid goes back


class TrackingStatus(StrEnum):
    accepted = "accepted"  # the courier has the parcel
    in_transit = "in_transit"  # between two places
    out_for_delivery = "out_for_delivery"  # on the last courier's vehicle
    at_pickup_point = "at_pickup_point"  # waiting to be fetched
    delivered = "delivered"  # signed for
    problem = "problem"  # refused, damaged, wrong address, held up
    returned = "returned"  # on its way back to, or back at, the shop


class ReturnKind(StrEnum):
    return_ = "return"  # goods back, money back
    exchange = "exchange"  # goods back, other goods out
    damage_claim = "damage_claim"  # goods stay, money for the damaged share


class ReturnStatus(StrEnum):
    requested = "requested"  # the shop has to look at it
    approved = "approved"  # for goods that must come back: waiting for the parcel
    received = "received"  # the goods are back at the shop
    rejected = "rejected"  # the shop said no, with a reason
    completed = "completed"  # money paid or goods replaced
    withdrawn = "withdrawn"  # the buyer took it back


class Payer(StrEnum):
    """Who pays the freight of goods that go back."""

    buyer = "buyer"
    shop = "shop"


class RefundStatus(StrEnum):
    pending = "pending"  # decided, not yet paid out
    paid = "paid"  # sent on the way it came
    failed = "failed"  # the payment service refused it; a person must look


class Shop(Base):
    __tablename__ = "shop"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)  # stands in URLs, never changes
    name: Mapped[dict[str, str]]  # {"zh": …, "ug": …}
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)  # read through shop.rules.ShopRules
    # Raised by the database when products come, go or are called something else.
    catalogue_version: Mapped[int] = mapped_column(server_default="0", default=0)
    created_at: Mapped[CreatedAt]


class Customer(Base):
    """A buyer as the orders know one: a phone number with one shop."""

    __tablename__ = "customer"
    __table_args__ = (UniqueConstraint("shop_id", "phone"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    name: Mapped[str]
    phone: Mapped[str]
    created_at: Mapped[CreatedAt]


class Product(Base):
    """One thing that can be bought. Products that differ only in size or flavour share a `variant_group`."""

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("shop_id", "sku"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    sku: Mapped[str]
    name: Mapped[dict[str, str]]  # {"zh": "和田红枣", "ug": "خوتەن چىلىنى"}
    variant: Mapped[dict[str, str]] = mapped_column(default=dict)  # {"zh": "500克", "ug": "500 گرام"}
    variant_group: Mapped[str | None] = mapped_column(index=True)
    aliases: Mapped[list[str]] = mapped_column(default=list)  # what shoppers call it, either language
    category: Mapped[Category]
    price: Mapped[Money]
    unit: Mapped[dict[str, str]]  # {"zh": "袋", "ug": "خالتا"}
    stock: Mapped[int] = mapped_column(default=0)
    facts: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # {"origin": {"zh", "ug"}, "storage": …, "halal": …}


triggers.install(cast(Table, Product.__table__))


class Order(Base):
    __tablename__ = "order"
    __table_args__ = (
        UniqueConstraint("shop_id", "order_number"),
        Index("ix_order_customer", "customer_id", "ordered_at"),
        Index("ix_order_plain_number", "shop_id", "plain_number"),
        Index("ix_order_latest", "shop_id", text("ordered_at DESC"), text("id DESC")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    order_number: Mapped[str]
    # As `shop.numbers.plain_number` leaves it, so that "A-12 34" is found by "a1234".
    plain_number: Mapped[str] = mapped_column(
        Computed("upper(replace(replace(order_number, ' ', ''), '-', ''))", persisted=True)
    )
    status: Mapped[OrderStatus]
    ordered_at: Mapped[datetime]
    buyer_name: Mapped[str]
    buyer_phone: Mapped[str]  # this order's contact number; its last four digits prove the order
    address: Mapped[str]
    freight: Mapped[Money] = mapped_column(default=Decimal(0))
    # What a change made a paid order dearer by and is not paid yet: never given back by a cancellation.
    amount_due: Mapped[Money] = mapped_column(default=Decimal(0), server_default="0")
    shipped_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # What a file or the seller's program last said of it (shop.incoming): the same again changes nothing.
    said: Mapped[dict[str, Any] | None]

    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")
    items: Mapped[list[OrderItem]] = relationship(
        lazy="raise_on_sql", order_by="OrderItem.id", cascade="all, delete-orphan"
    )
    shipments: Mapped[list[Shipment]] = relationship(
        lazy="raise_on_sql", order_by="Shipment.id", cascade="all, delete-orphan"
    )
    returns: Mapped[list[ReturnRequest]] = relationship(
        lazy="raise_on_sql", order_by="ReturnRequest.id", back_populates="order", cascade="all, delete-orphan"
    )
    refunds: Mapped[list[Refund]] = relationship(
        lazy="raise_on_sql", order_by="Refund.id", cascade="all, delete-orphan"
    )

    @property
    def total(self) -> Decimal:
        """What the buyer pays: goods and freight."""
        return sum((item.unit_price * item.quantity for item in self.items), self.freight)


class OrderItem(Base):
    __tablename__ = "order_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id", ondelete="CASCADE"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id", ondelete="SET NULL"))
    sku: Mapped[str]
    name: Mapped[str]  # as it stood on the day of the order
    quantity: Mapped[int]
    unit_price: Mapped[Money]

    product: Mapped[Product | None] = relationship(lazy="raise_on_sql")


class Shipment(Base):
    """One parcel of an order."""

    __tablename__ = "shipment"
    __table_args__ = (
        UniqueConstraint("order_id", "tracking_number"),
        Index("ix_shipment_tracking", "tracking_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id", ondelete="CASCADE"))
    carrier: Mapped[str]  # shown as stored: 顺丰, 中通, EMS …
    tracking_number: Mapped[str]
    shipped_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]

    events: Mapped[list[TrackingEvent]] = relationship(
        lazy="raise_on_sql", order_by="TrackingEvent.at", cascade="all, delete-orphan"
    )


class TrackingEvent(Base):
    __tablename__ = "tracking_event"
    __table_args__ = (UniqueConstraint("shipment_id", "at", "description"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    status: Mapped[TrackingStatus]
    place: Mapped[str] = mapped_column(default="")  # a city in Chinese, "" where the carrier names none
    description: Mapped[str]  # the carrier's own words


class ReturnRequest(Base):
    __tablename__ = "return_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id", ondelete="CASCADE"), index=True)
    kind: Mapped[ReturnKind]
    status: Mapped[ReturnStatus] = mapped_column(default=ReturnStatus.requested)
    reason: Mapped[str]  # the shopper's words
    amount: Mapped[Money] = mapped_column(default=Decimal(0))  # expected refund or compensation
    freight_payer: Mapped[Payer | None]
    photos: Mapped[list[str]] = mapped_column(default=list)  # keys of stored pictures
    created_at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]

    order: Mapped[Order] = relationship(lazy="raise_on_sql", back_populates="returns")
    items: Mapped[list[ReturnItem]] = relationship(lazy="raise_on_sql", cascade="all, delete-orphan")


class ReturnItem(Base):
    __tablename__ = "return_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    return_request_id: Mapped[int] = mapped_column(
        ForeignKey("return_request.id", ondelete="CASCADE"), index=True
    )
    order_item_id: Mapped[int] = mapped_column(ForeignKey("order_item.id", ondelete="CASCADE"))
    quantity: Mapped[int]

    order_item: Mapped[OrderItem] = relationship(lazy="raise_on_sql")


class Refund(Base):
    __tablename__ = "refund"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id", ondelete="CASCADE"), index=True)
    return_request_id: Mapped[int | None] = mapped_column(
        ForeignKey("return_request.id", ondelete="SET NULL")
    )
    amount: Mapped[Money]
    status: Mapped[RefundStatus] = mapped_column(default=RefundStatus.pending)
    created_at: Mapped[CreatedAt]
    paid_at: Mapped[datetime | None]


class Invoice(Base):
    """A wish for an invoice (发票); one an order."""

    __tablename__ = "invoice"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id", ondelete="CASCADE"), unique=True)
    title: Mapped[str]  # a person's or a company's name
    tax_number: Mapped[str | None]  # companies only
    issued_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class Operation(Base):
    """Every write to an order, once: the key of the turn that asked for it, and what came of it.

    The same key again gives the stored result and changes nothing. It is the order's log as well.
    """

    __tablename__ = "operation"
    __table_args__ = (UniqueConstraint("shop_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    key: Mapped[str]
    order_id: Mapped[int] = mapped_column(ForeignKey("order.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]  # the use case: cancel, change_address, open_return …
    result: Mapped[dict[str, Any]]
    at: Mapped[CreatedAt]


class Proof(Base):
    """A contact who has proved to be a customer: may see and change that customer's orders."""

    __tablename__ = "proof"
    __table_args__ = (UniqueConstraint("contact_id", "customer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[uuid.UUID]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    at: Mapped[CreatedAt]


class ProofAttempt(Base):
    """A wrong try to prove an order; counted by contact and, over all contacts, by order number."""

    __tablename__ = "proof_attempt"
    __table_args__ = (
        Index("ix_proof_attempt_contact", "contact_id", "at"),
        Index("ix_proof_attempt_order", "shop_id", "order_number", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    contact_id: Mapped[uuid.UUID]
    order_number: Mapped[str]
    at: Mapped[CreatedAt]
