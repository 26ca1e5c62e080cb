"""Whose order it is. A shopper proves it with the order number and the last digits of its phone.

Three wrong tries within 15 minutes lock proving for 15 minutes from the third: for the contact, and for
the order number over all contacts, so that new sessions do not help. Numbers that no order has are
counted alike, so neither an answer nor a lock tells which numbers exist.
"""

import hmac
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from shop import database
from shop.errors import NotProven
from shop.models import Order, OrderItem, Proof, ProofAttempt, ReturnRequest, Shipment
from shop.moments import utc
from shop.numbers import only_digits, plain_number

TRIES = 3
WINDOW = timedelta(minutes=15)
LOCKED_FOR = timedelta(minutes=15)

_LONGEST_NUMBER = 64  # what a stranger types is stored: no more of it than any order number needs
_CONTACT_LOCK, _ORDER_LOCK = 0x6B61_7201, 0x6B61_7202  # advisory lock classes, "kar" 1 and 2


class ProofResult(StrEnum):
    proven = "proven"  # the contact may see and change this customer's orders
    wrong = "wrong"  # no such order, or not its digits: never told which
    locked = "locked"  # too many wrong tries, or the order number is under guessing; a person can help


async def prove(
    session: AsyncSession,
    *,
    shop_id: int,
    contact_id: uuid.UUID,
    order_number: str,
    digits: str,
    now: datetime | None = None,
) -> ProofResult:
    """Links the contact to the order's customer if the digits are right.

    `digits` are the last four of the order's phone; more are fine if they fit too. The caller commits
    whatever the answer is: a wrong try that is rolled back is not counted.
    """
    now = database.now() if now is None else utc(now)
    number = plain_number(order_number)[:_LONGEST_NUMBER]
    await _wait_for_parallel_tries(session, shop_id, contact_id, number)
    if await is_locked(session, shop_id=shop_id, contact_id=contact_id, now=now):
        return ProofResult.locked
    if await _too_many(session, _tries_on(shop_id, number), now):
        return ProofResult.locked
    order = await session.scalar(_numbered(shop_id, number))
    if not _fits(order.buyer_phone if order else "", digits) or order is None:
        session.add(ProofAttempt(shop_id=shop_id, contact_id=contact_id, order_number=number, at=now))
        await session.flush()
        return ProofResult.wrong
    link = insert(Proof).values(contact_id=contact_id, customer_id=order.customer_id, at=now)
    await session.execute(link.on_conflict_do_nothing())
    return ProofResult.proven


async def is_locked(
    session: AsyncSession, *, shop_id: int, contact_id: uuid.UUID, now: datetime | None = None
) -> bool:
    """Whether this contact has to wait, or ask a person, before proving anything."""
    now = database.now() if now is None else utc(now)
    mine = (ProofAttempt.shop_id == shop_id) & (ProofAttempt.contact_id == contact_id)
    return await _too_many(session, mine, now)


async def order_of(
    session: AsyncSession, *, shop_id: int, contact_id: uuid.UUID, order_number: str, lock: bool = False
) -> Order:
    """THE way to an order for a shopper: loaded whole, and only if proven. Raises NotProven.

    With `lock` the row is held until the transaction ends and everything is read afresh after the wait.
    """
    query = _loaded(_numbered(shop_id, plain_number(order_number)).where(_proven_by(contact_id)))
    if lock:
        query = query.with_for_update(of=Order).execution_options(populate_existing=True)
    order = await session.scalar(query)
    if order is None:
        raise NotProven
    return order


async def orders_of(
    session: AsyncSession, *, shop_id: int, contact_id: uuid.UUID, limit: int = 10
) -> list[Order]:
    """The proven customers' orders, newest first, each loaded as by `order_of`."""
    query = (
        select(Order)
        .where(Order.shop_id == shop_id, _proven_by(contact_id))
        .order_by(Order.ordered_at.desc(), Order.id.desc())
        .limit(limit)
    )
    return list(await session.scalars(_loaded(query)))


def _numbered(shop_id: int, plain: str) -> Select[Order]:
    found = select(Order).where(Order.shop_id == shop_id, Order.plain_number == plain)
    return found.order_by(Order.id).limit(1)


def _proven_by(contact_id: uuid.UUID) -> ColumnElement[bool]:
    return (
        select(Proof.id)
        .where(Proof.customer_id == Order.customer_id, Proof.contact_id == contact_id)
        .exists()
    )


def _loaded(query: Select[Order]) -> Select[Order]:
    """Everything a shopper may be told, in five statements."""
    return query.options(
        selectinload(Order.items).joinedload(OrderItem.product),
        selectinload(Order.shipments).joinedload(Shipment.events),
        selectinload(Order.returns).joinedload(ReturnRequest.items),
        selectinload(Order.refunds),
    )


def _fits(phone: str, digits: str) -> bool:
    """Compared in constant time, for an unknown order too (its phone is empty and fits nothing)."""
    given = only_digits(digits)
    known = only_digits(phone)[-max(len(given), 4) :]
    equal = hmac.compare_digest(known.encode(), given.encode())
    return equal and len(given) >= 4


async def _wait_for_parallel_tries(
    session: AsyncSession, shop_id: int, contact_id: uuid.UUID, number: str
) -> None:
    """Tries of one contact, and tries on one order number, go one after the other until each commits.

    Always the contact first, then the order, so that two of them cannot wait for each other.
    """
    for kind, name in ((_CONTACT_LOCK, str(contact_id)), (_ORDER_LOCK, f"{shop_id}:{number}")):
        await session.execute(select(func.pg_advisory_xact_lock(kind, func.hashtext(name))))


def _tries_on(shop_id: int, number: str) -> ColumnElement[bool]:
    return (ProofAttempt.shop_id == shop_id) & (ProofAttempt.order_number == number)


async def _too_many(session: AsyncSession, whose: ColumnElement[bool], now: datetime) -> bool:
    recent = ProofAttempt.at > now - WINDOW - LOCKED_FOR
    times = await session.scalars(select(ProofAttempt.at).where(whose, recent).order_by(ProofAttempt.at))
    return _locked_at(times.all(), now)


def _locked_at(tries: Sequence[datetime], now: datetime) -> bool:
    """Whether a third wrong try within the window happened less than the lock's time ago.

    Counting only the last 15 minutes would not do: the first of the three leaves that window early.
    Tries while locked are not stored, so a lock is never prolonged.
    """
    return any(
        third - first < WINDOW and now < third + LOCKED_FOR
        for first, third in zip(tries, tries[TRIES - 1 :], strict=False)
    )
