"""Changing an order before it is shipped: where it goes, or which goods and how many."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop import database
from shop.errors import Alternative, Reason, Refused
from shop.identity import order_of
from shop.models import Order, OrderItem, OrderStatus, Product, Refund, RefundStatus
from shop.numbers import ascii_digits, mobile_number
from shop.operations import done_before, record
from shop.rules import Changeable, may_change
from shop.shops import rules_for
from shop.stock import move_stock, out_of_stock

MOST_OF_ONE_GOODS = 999  # more than that is wholesale: a person's business


@dataclass(frozen=True)
class ChangePlan:
    """What changes, in words to show; `new` or `sku` as the value of `change` means the same again."""

    field: Changeable
    old: str  # of a variant: its name in Chinese
    new: str
    item_id: int | None  # the goods it is about, for a variant or a quantity
    difference: Decimal  # above 0: to pay more; below: comes back
    sku: str | None = None  # of the new variant, whose product has the name in both languages


async def variants_of(session: AsyncSession, order_item: OrderItem) -> list[Product]:
    """The other products of its variant group: those in stock first, then the cheaper ones."""
    product = order_item.product
    if product is None or product.variant_group is None:
        return []
    query = select(Product).where(
        Product.shop_id == product.shop_id,
        Product.variant_group == product.variant_group,
        Product.id != product.id,
    )
    return list(await session.scalars(query.order_by(Product.stock <= 0, Product.price, Product.id)))


async def plan_change(
    session: AsyncSession, order: Order, *, field: Changeable, value: str, item_id: int | None = None
) -> ChangePlan:
    """What would change. `value` is what the shopper wrote or chose; a variant by its SKU or its name.

    `item_id` may be left out where only one of the order's goods can be meant. Raises Refused.
    """
    meant = [item for item in order.items if item_id in (None, item.id)]
    # First: nobody should be asked which goods they mean, only to hear that it is too late for all of them.
    may_change(order, field, items=meant, rules=await rules_for(session, order.shop_id), now=database.now())
    match field:
        case Changeable.quantity:
            return _plan_quantity(_only(meant), value)
        case Changeable.variant:
            item = _only(meant)
            return _plan_variant(item, _chosen(await variants_of(session, item), item, value))
    return _plan_delivery(order, field, value)


async def change(
    session: AsyncSession,
    *,
    shop_id: int,
    contact_id: uuid.UUID,
    order_number: str,
    field: Changeable,
    value: str,
    item_id: int | None = None,
    key: str,
) -> ChangePlan:
    """Changes it; stock follows, a paid order's lower price is refunded. Raises NotProven, Refused.

    What a paid order costs more is noted in `amount_due`, for the shop to collect before it ships.
    """
    order = await order_of(
        session, shop_id=shop_id, contact_id=contact_id, order_number=order_number, lock=True
    )
    kind = f"change_{field}"
    if done := await done_before(session, ChangePlan, order, kind, key):
        return done
    plan = await plan_change(session, order, field=field, value=value, item_id=item_id)
    await _apply(session, order, plan)
    _settle(order, plan.difference)
    await record(session, order, kind, key, plan)
    return plan


async def _apply(session: AsyncSession, order: Order, plan: ChangePlan) -> None:
    match plan.field:
        case Changeable.address:
            order.address = plan.new
        case Changeable.recipient:
            order.buyer_name = plan.new
        case Changeable.phone:
            order.buyer_phone = plan.new
        case Changeable.variant:
            await _swap(session, _planned(order, plan), plan.sku)
        case Changeable.quantity:
            await _recount(session, _planned(order, plan), int(plan.new))


def _planned(order: Order, plan: ChangePlan) -> OrderItem:
    return next(item for item in order.items if item.id == plan.item_id)


def _only(meant: list[OrderItem]) -> OrderItem:
    if not meant:
        raise Refused(Reason.unknown_item)
    if len(meant) > 1:
        raise Refused(Reason.which_item, facts={"items": len(meant)})
    return meant[0]


def _plan_delivery(order: Order, field: Changeable, value: str) -> ChangePlan:
    if field is Changeable.address:
        old, new = order.address, _address(value)
    elif field is Changeable.recipient:
        old, new = order.buyer_name, _name(value)
    else:
        old, new = order.buyer_phone, _phone(value)
    if new == old:
        raise Refused(Reason.same_value)
    return ChangePlan(field=field, old=old, new=new, item_id=None, difference=Decimal(0))


def _address(value: str) -> str:
    """One line with at least three letters: enough to tell an address from a slip, no more is judged here."""
    address = " ".join(value.split())
    if not 5 <= len(address) <= 200 or sum(letter.isalpha() for letter in address) < 3:
        raise Refused(Reason.bad_address)
    return address


def _name(value: str) -> str:
    name = " ".join(value.split())
    if not 1 <= len(name) <= 50 or not any(letter.isalpha() for letter in name):
        raise Refused(Reason.bad_name)
    return name


def _phone(value: str) -> str:
    phone = mobile_number(value)
    if phone is None:
        raise Refused(Reason.bad_phone)
    return phone


def _plan_quantity(item: OrderItem, value: str) -> ChangePlan:
    text = ascii_digits(value).strip()
    quantity = int(text) if text.isdecimal() and len(text) <= 6 else None
    if quantity == 0:
        raise Refused(Reason.bad_quantity, Alternative.cancel_order)
    if quantity is None or quantity > MOST_OF_ONE_GOODS:
        raise Refused(Reason.bad_quantity, Alternative.talk_to_human, {"most": MOST_OF_ONE_GOODS})
    if quantity == item.quantity:
        raise Refused(Reason.same_value)
    more = quantity - item.quantity
    if more > 0 and item.product and item.product.stock < more:
        raise out_of_stock(item.product)
    return ChangePlan(
        field=Changeable.quantity,
        old=str(item.quantity),
        new=str(quantity),
        item_id=item.id,
        difference=more * item.unit_price,
    )


def _chosen(variants: list[Product], item: OrderItem, value: str) -> Product:
    wanted = value.strip().casefold()
    if item.product and wanted in _names(item.product):
        raise Refused(Reason.same_value)
    for variant in variants:
        if wanted in _names(variant):
            return variant
    raise Refused(
        Reason.unknown_variant, Alternative.choose_variant if variants else Alternative.talk_to_human
    )


def _names(product: Product) -> set[str]:
    return {product.sku.casefold(), *(name.strip().casefold() for name in product.variant.values() if name)}


def _plan_variant(item: OrderItem, variant: Product) -> ChangePlan:
    """At today's price of the variant: the old price was only promised for the old goods."""
    if variant.stock < item.quantity:
        raise out_of_stock(variant)
    return ChangePlan(
        field=Changeable.variant,
        old=_variant_name(item.product) if item.product else item.name,
        new=_variant_name(variant),
        item_id=item.id,
        difference=(variant.price - item.unit_price) * item.quantity,
        sku=variant.sku,
    )


def _variant_name(product: Product) -> str:
    return _chinese(product.variant) or product.sku


async def _swap(session: AsyncSession, item: OrderItem, sku: str | None) -> None:
    variant = next(product for product in await variants_of(session, item) if product.sku == sku)
    changes = {variant.id: -item.quantity}
    if item.product_id is not None:
        changes[item.product_id] = item.quantity
    await move_stock(session, changes)
    item.product_id, item.product = variant.id, variant
    item.sku, item.unit_price = variant.sku, variant.price
    item.name = " ".join(filter(None, (_chinese(variant.name), _chinese(variant.variant))))


def _chinese(names: dict[str, str]) -> str:
    """Order lines hold one name; imports write it in Chinese."""
    return names.get("zh") or next(iter(names.values()), "")


async def _recount(session: AsyncSession, item: OrderItem, quantity: int) -> None:
    if item.product_id is not None:
        await move_stock(session, {item.product_id: item.quantity - quantity})
    item.quantity = quantity


def _settle(order: Order, difference: Decimal) -> None:
    """A lower price first lessens what is still due; only what was really paid is refunded."""
    if order.status is OrderStatus.pending_payment:
        return
    due = order.amount_due + difference
    order.amount_due = max(due, Decimal(0))
    if due < 0:
        order.refunds.append(Refund(amount=-due, status=RefundStatus.pending))
