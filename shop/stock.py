"""Goods on the shelf, counted under row locks."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.errors import Alternative, Reason, Refused
from shop.models import OrderItem, Product


async def move_stock(session: AsyncSession, changes: Mapping[int, int]) -> None:
    """Adds to (or, below zero, takes from) the stock of products by id. Raises Refused if too few are left.

    The rows are locked by rising id, so that two orders with the same goods never wait for each other; take
    the order's lock first.
    """
    query = select(Product).where(Product.id.in_(changes)).order_by(Product.id).with_for_update()
    for product in await session.scalars(query.execution_options(populate_existing=True)):
        change = changes[product.id]
        if change < 0 and product.stock + change < 0:
            raise out_of_stock(product)
        product.stock += change


def put_back(items: Iterable[OrderItem]) -> dict[int, int]:
    """The stock changes that put an order's goods back on the shelf."""
    changes: dict[int, int] = {}
    for item in items:
        if item.product_id is not None:
            changes[item.product_id] = changes.get(item.product_id, 0) + item.quantity
    return changes


def out_of_stock(product: Product) -> Refused:
    return Refused(Reason.out_of_stock, Alternative.choose_variant, {"left": max(product.stock, 0)})
