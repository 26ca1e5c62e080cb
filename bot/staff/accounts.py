"""Staff of a shop: made, listed, changed, sent away; passwords changed by their person or by an owner."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff import passwords
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible, NotFound
from bot.staff.models import LoginFailure, Membership, Role, Staff
from bot.staff.sessions import end_sessions
from bot.vault import hash_of
from shop.database import now
from shop.models import Shop

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,120}")


@dataclass(frozen=True)
class Member:
    """A member of a shop's staff, as colleagues see them."""

    id: int
    name: str
    email: str
    role: Role
    languages: list[str]
    capacity: int
    available: bool
    seen_at: datetime | None
    totp: bool
    disabled: bool


async def create_staff(
    session: AsyncSession, *, shop: Shop, email: str, name: str, password: str, role: Role = Role.agent
) -> Staff:
    """A new account that works for the shop, or a known one that now works for it too (its password stays).

    No rights are asked here: the command line's way. Raises Impossible.
    """
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address):
        raise Impossible("bad_email", "that is no e-mail address", "email", 422)
    staff = await session.scalar(select(Staff).where(Staff.email == address))
    if staff is None:
        passwords.check_strength(password, address)
        hashed = await passwords.hash_of(password)
        staff = Staff(email=address, name=_name(name), password_hash=hashed)
        session.add(staff)
        await session.flush()
    elif await _membership(session, staff.id, shop.id) is not None:
        raise Impossible("known", "that person works for the shop already", "email")
    session.add(Membership(staff_id=staff.id, shop_id=shop.id, role=role))
    await session.flush()
    return staff


async def add_member(
    session: AsyncSession, who: Who, *, email: str, name: str, password: str, role: Role = Role.agent
) -> Member:
    """By an owner. The new one must change the password at the first login.

    An address that has an account at another shop is refused as if it were taken: joining is not something
    a second shop may do to a person.
    """
    who.must(Right.manage)
    if await session.scalar(select(Staff.id).where(Staff.email == email.strip().lower())) is not None:
        raise Impossible("known", "that address cannot be used", "email")
    shop = await session.get_one(Shop, who.shop_id)
    staff = await create_staff(session, shop=shop, email=email, name=name, password=password, role=role)
    staff.must_change_password = True
    await note_act(session, who, "add_staff", f"staff {staff.id}", role=role)
    return await member(session, who, staff.id)


async def members(session: AsyncSession, who: Who) -> list[Member]:
    """All who work for the shop, by name."""
    who.must(Right.read)
    query = (
        select(Staff, Membership)
        .join(Membership, Membership.staff_id == Staff.id)
        .where(Membership.shop_id == who.shop_id)
        .order_by(Staff.name, Staff.id)
    )
    return [_member(*row) for row in (await session.execute(query)).all()]


async def member(session: AsyncSession, who: Who, staff_id: int) -> Member:
    """One of them. Raises NotFound."""
    who.must(Right.read)
    return _member(*await _colleague(session, who, staff_id))


async def change_member(
    session: AsyncSession,
    who: Who,
    staff_id: int,
    *,
    role: Role | None = None,
    languages: list[str] | None = None,
    capacity: int | None = None,
    name: str | None = None,
) -> Member:
    """By an owner. A shop keeps an owner. Raises NotFound, Impossible."""
    who.must(Right.manage)
    staff, works = await _colleague(session, who, staff_id)
    if role is Role.agent and works.role is Role.owner:
        await _must_not_be_last_owner(session, who, staff_id)
    works.role = role or works.role
    works.languages = languages if languages is not None else works.languages
    works.capacity = capacity if capacity is not None else works.capacity
    if name is not None:
        await _must_be_ours_alone(session, who, staff_id)
        staff.name = _name(name)
    await note_act(session, who, "change_staff", f"staff {staff_id}", role=works.role)
    await session.flush()
    return _member(staff, works)


async def remove_member(session: AsyncSession, who: Who, staff_id: int) -> None:
    """They work here no longer. Whoever works nowhere any more cannot log in either."""
    who.must(Right.manage)
    staff, works = await _colleague(session, who, staff_id)
    if works.role is Role.owner:
        await _must_not_be_last_owner(session, who, staff_id)
    await session.delete(works)
    await session.flush()
    if not await session.scalar(select(func.count()).where(Membership.staff_id == staff_id)):
        staff.disabled_at = now()
    await end_sessions(session, staff_id)
    await note_act(session, who, "remove_staff", f"staff {staff_id}")


async def reset_password(session: AsyncSession, who: Who, staff_id: int) -> str:
    """By an owner, for staff of their own shop alone: a password to tell them, good until the next login.

    It also lifts the second factor, for whoever has lost the phone. Someone who works for another shop too
    is not this owner's to reset: it would open that shop's doors.
    """
    who.must(Right.manage)
    staff, _ = await _colleague(session, who, staff_id)
    await _must_be_ours_alone(session, who, staff_id)
    password = passwords.generate()
    staff.password_hash = await passwords.hash_of(password)
    staff.must_change_password = True
    staff.totp_secret = staff.totp_since = None
    await end_sessions(session, staff_id)
    await session.execute(delete(LoginFailure).where(LoginFailure.email_hash == hash_of(staff.email)))
    await note_act(session, who, "reset_password", f"staff {staff_id}")
    return password


async def change_password(session: AsyncSession, who: Who, old: str, new: str) -> None:
    """One's own; ends every other session. Raises WeakPassword where it is the old one: what an owner has
    told somebody is known to two."""
    staff = await session.get_one(Staff, who.staff_id)
    if not await passwords.fits(old, staff.password_hash):
        raise Impossible("wrong_password", "the password is wrong", "old", 422)
    passwords.check_strength(new, staff.email, old)
    staff.password_hash = await passwords.hash_of(new)
    staff.must_change_password = False
    await end_sessions(session, who.staff_id, keep=who.session_id)
    await note_act(session, who, "change_password", f"staff {who.staff_id}")


async def _membership(session: AsyncSession, staff_id: int, shop_id: int) -> Membership | None:
    return await session.scalar(select(Membership).filter_by(staff_id=staff_id, shop_id=shop_id))


async def _colleague(session: AsyncSession, who: Who, staff_id: int) -> tuple[Staff, Membership]:
    works = await _membership(session, staff_id, who.shop_id)
    if works is None:
        raise NotFound("nobody of that number works here")
    return await session.get_one(Staff, staff_id), works


async def _must_not_be_last_owner(session: AsyncSession, who: Who, staff_id: int) -> None:
    # The shop's row is locked: of two owners who send each other away at once, one stays.
    await session.execute(select(Shop.id).where(Shop.id == who.shop_id).with_for_update())
    others = select(func.count()).where(
        Membership.shop_id == who.shop_id, Membership.role == Role.owner, Membership.staff_id != staff_id
    )
    if not await session.scalar(others):
        raise Impossible("last_owner", "a shop keeps at least one owner")


async def _must_be_ours_alone(session: AsyncSession, who: Who, staff_id: int) -> None:
    elsewhere = select(func.count()).where(Membership.staff_id == staff_id, Membership.shop_id != who.shop_id)
    if staff_id != who.staff_id and await session.scalar(elsewhere):
        raise Impossible("works_elsewhere", "they change it themselves: they work for another shop too")


def _name(name: str) -> str:
    plain = " ".join(name.replace("\0", "").split())[:80]
    if not plain:
        raise Impossible("bad_name", "a name is needed", "name", 422)
    return plain


def _member(staff: Staff, works: Membership) -> Member:
    return Member(
        staff.id,
        staff.name,
        staff.email,
        works.role,
        works.languages,
        works.capacity,
        works.available,
        works.seen_at,
        staff.totp_since is not None,
        staff.disabled_at is not None,
    )
