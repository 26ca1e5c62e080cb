"""Every write happens once: the log of operations, looked up by the key of the turn that asked.

Call these only while holding the order's row lock (`order_of(..., lock=True)`): the lock is what makes
the second of two parallel turns with one key wait, and then find the first one's row.
"""

from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import Operation, Order

T = TypeVar("T")


async def done_before(session: AsyncSession, result: type[T], order: Order, kind: str, key: str) -> T | None:
    """What came of this key the first time, or None if it is new.

    Raises ValueError when the key stands for another order or another kind of write: the caller mixed up
    its keys, and answering with the wrong result would be worse than an error.
    """
    operation = await session.scalar(
        select(Operation).where(Operation.shop_id == order.shop_id, Operation.key == key)
    )
    if operation is None:
        return None
    if (operation.order_id, operation.kind) != (order.id, kind):
        raise ValueError(f"key {key!r} was used for {operation.kind} before, now for {kind}")
    return TypeAdapter(result).validate_python(operation.result)


async def record(session: AsyncSession, order: Order, kind: str, key: str, result: object) -> None:
    """Writes down what came of it; `result` is a dataclass, its Decimals and times kept as strings."""
    dumped = TypeAdapter(type(result)).dump_python(result, mode="json")
    session.add(Operation(shop_id=order.shop_id, key=key, order_id=order.id, kind=kind, result=dumped))
    await session.flush()


async def times_done(session: AsyncSession, order: Order, kind: str) -> int:
    """How often this kind of operation has been done to the order."""
    count = await session.scalar(
        select(func.count()).where(Operation.order_id == order.id, Operation.kind == kind)
    )
    return count or 0
