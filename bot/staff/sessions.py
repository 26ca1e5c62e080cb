"""Logging in, who a token belongs to, and logging out.

A page keeps its token in a cookie (which is changed every ten minutes), a program in `Authorization: Bearer`.
Only hashes are stored, so the rows open nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from sqlalchemy import Row, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff import passwords, totp
from bot.staff.access import Who
from bot.staff.errors import CodeNeeded, LoginLocked, LoginRefused, NotFound
from bot.staff.models import AuditEntry, LoginFailure, LoginPlace, Membership, Role, Staff, StaffSession
from bot.vault import Vault, hash_of
from shop.database import Sessions, now, transaction
from shop.models import Shop

IDLE = timedelta(hours=2)  # without a request, after which a session is over
LONGEST = timedelta(days=7)
ROTATE_AFTER = timedelta(minutes=10)  # of a page's token
TOUCH_AFTER = timedelta(seconds=20)  # between two marks that a session is in use
FORMER_FOR = timedelta(seconds=60)  # requests already under way still come with the token before
_LOCK = 0x6B61_7203  # advisory lock class, "kar" 3
TRIES, WINDOW = 5, timedelta(minutes=15)  # wrong ones from a network, after which it waits for this address
TRIES_OF_ALL = 50  # wrong ones from everywhere, after which only networks it has been used from go on
KNOWN_FOR = timedelta(days=90)  # since the last login from there

_FIND = text(
    """
    SELECT s.id, s.staff_id, s.csrf, s.rotated_at, s.seen_at, s.token_hash = :hash AS current,
           p.name, p.email, p.language, p.must_change_password, m.role, h.id AS shop_id, h.slug
    FROM staff_session s JOIN staff p ON p.id = s.staff_id
    LEFT JOIN LATERAL (
        SELECT m.role, m.shop_id FROM membership m JOIN shop h ON h.id = m.shop_id
        WHERE m.staff_id = p.id AND (CAST(:shop AS text) IS NULL OR h.slug = :shop)
        ORDER BY m.id LIMIT 1
    ) m ON true LEFT JOIN shop h ON h.id = m.shop_id
    WHERE (s.token_hash = :hash OR (s.former_hash = :hash AND s.rotated_at > now() - :former))
      AND s.expires_at > now() AND s.seen_at > now() - :idle AND p.disabled_at IS NULL
    """
)
# The agent is at work in that shop, too.
_SEEN = text(
    """
    WITH at_work AS (UPDATE membership SET seen_at = now() WHERE staff_id = :staff AND shop_id = :shop)
    UPDATE staff_session SET seen_at = now() WHERE id = :id
    """
)
_ROTATE = text(
    """
    UPDATE staff_session
    SET former_hash = token_hash, token_hash = :fresh, rotated_at = now(), seen_at = now()
    WHERE id = :id AND token_hash = :hash RETURNING id
    """
)


@dataclass(frozen=True)
class Login:
    """A session begun: its token (told once) and the shops it opens."""

    token: str
    csrf: str
    staff_id: int
    name: str
    language: str
    must_change_password: bool
    shops: list[dict[str, Any]]  # {"slug", "name", "role"}


@dataclass(frozen=True)
class Found:
    """Who a token belongs to; `fresh` is the token that takes its place, to be set as the cookie."""

    who: Who
    fresh: str | None = None


@dataclass(frozen=True)
class Credentials:
    """What someone brings to the door, and from where they come (`host`, a network address)."""

    email: str
    password: str
    code: str | None = None
    host: str = ""

    @property
    def address(self) -> str:
        return self.email.strip().lower()[:200]

    @property
    def place(self) -> str:
        return hash_of(f"{self.address} {_network_of(self.host)}")


async def log_in(sessions: Sessions, vault: Vault, given: Credentials) -> Login:
    """Raises LoginRefused, CodeNeeded or LoginLocked."""
    password, code = given.password, given.code
    staff = await _count_try(sessions, given)
    if not await passwords.fits(password[: passwords.LONGEST], staff.password_hash if staff else None):
        await _log_failure(sessions, staff)
        raise LoginRefused
    assert staff is not None  # nothing fits nobody
    if staff.totp_since is not None and not code:
        raise CodeNeeded
    async with transaction(sessions) as session:
        if staff.totp_since is None or await totp.use_code(session, vault, staff, code or ""):
            return await _begin(session, staff, given)
    await _log_failure(sessions, staff)
    raise LoginRefused


async def log_out(session: AsyncSession, who: Who) -> None:
    await session.execute(delete(StaffSession).where(StaffSession.id == who.session_id))


async def end_sessions(session: AsyncSession, staff_id: int, *, keep: int | None = None) -> None:
    """End all of a person's sessions, but for one."""
    ended = delete(StaffSession).where(StaffSession.staff_id == staff_id)
    await session.execute(ended if keep is None else ended.where(StaffSession.id != keep))


async def find(
    sessions: Sessions, token: str, shop: str | None = None, *, rotate: bool = False, touch: bool = True
) -> Found | None:
    """Who a token belongs to, at work in that shop (or in the first of theirs); None for no living session.

    Raises NotFound for a shop they do not work for, which looks as if there were none.
    `touch`: the session is in use, so its idle time begins anew.
    """
    given = hash_of(token)
    values = {"hash": given, "shop": shop, "former": FORMER_FOR, "idle": IDLE}
    async with sessions() as session:
        row = (await session.execute(_FIND, values)).first()
        if row is None:
            return None
        if row.shop_id is None:
            raise NotFound("there is no such shop")
        fresh = None
        if rotate and row.current and now() - row.rotated_at > ROTATE_AFTER:
            fresh = secrets.token_urlsafe(32)
            rotation = {"id": row.id, "hash": given, "fresh": hash_of(fresh)}
            changed = (await session.execute(_ROTATE, rotation)).first()
            await session.commit()
            fresh = fresh if changed else None  # of two requests at once one brings the new token
        elif touch and now() - row.seen_at > TOUCH_AFTER:
            await session.execute(_SEEN, {"id": row.id, "staff": row.staff_id, "shop": row.shop_id})
            await session.commit()
    return Found(_who(row), fresh)


def _who(row: Row[Any]) -> Who:
    return Who(
        staff_id=row.staff_id,
        name=row.name,
        email=row.email,
        language=row.language,
        shop_id=row.shop_id,
        shop=row.slug,
        role=Role(row.role),
        session_id=row.id,
        csrf=row.csrf,
        must_change_password=row.must_change_password,
    )


async def _begin(session: AsyncSession, staff: Staff, given: Credentials) -> Login:
    works_for = (
        select(Shop.slug, Shop.name, Membership.role, Shop.id)
        .join(Membership, Membership.shop_id == Shop.id)
        .where(Membership.staff_id == staff.id)
        .order_by(Membership.id)
    )
    shops = (await session.execute(works_for)).all()
    if not shops:
        raise LoginRefused
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        StaffSession(staff_id=staff.id, token_hash=hash_of(token), csrf=csrf, expires_at=now() + LONGEST)
    )
    session.add_all(AuditEntry(shop_id=shop.id, staff_id=staff.id, action="login") for shop in shops)
    await _know_place(session, given.place)
    return Login(
        token,
        csrf,
        staff.id,
        staff.name,
        staff.language,
        staff.must_change_password,
        [{"slug": shop.slug, "name": shop.name, "role": shop.role} for shop in shops],
    )


async def _know_place(session: AsyncSession, place: str) -> None:
    """They are in: the tries from there are forgotten, the network is known."""
    await session.execute(delete(LoginFailure).where(LoginFailure.place_hash == place))
    known = insert(LoginPlace).values(place_hash=place, at=now())
    again = known.on_conflict_do_update(index_elements=["place_hash"], set_={"at": known.excluded.at})
    await session.execute(again)


async def _count_try(sessions: Sessions, given: Credentials) -> Staff | None:
    """The account of an address. The try counts before the password is looked at, one after the other, so
    that many at once are not more than many in a row; a login that succeeds clears its network's count.

    Tries are counted by address and network, so that a stranger elsewhere locks nobody out. Many networks
    together are stopped, too, but for those from which the account has been used.
    """
    hashed, there = hash_of(given.address), LoginFailure.place_hash == given.place
    async with transaction(sessions) as session:
        await session.execute(select(func.pg_advisory_xact_lock(_LOCK, func.hashtext(hashed))))
        counts = func.count().filter(there), func.max(LoginFailure.at).filter(there)
        recent = select(*counts, func.count(), func.max(LoginFailure.at)).where(
            LoginFailure.email_hash == hashed, LoginFailure.at > now() - WINDOW
        )
        here, last, everywhere, latest = (await session.execute(recent)).one()
        if here >= TRIES:
            raise LoginLocked(_seconds_until(last + WINDOW))
        if everywhere >= TRIES_OF_ALL and not await _is_known(session, given.place):
            raise LoginLocked(_seconds_until(latest + WINDOW))
        session.add(LoginFailure(email_hash=hashed, place_hash=given.place))
        account = select(Staff).where(Staff.email == given.address, Staff.disabled_at.is_(None))
        return await session.scalar(account)


async def _is_known(session: AsyncSession, place: str) -> bool:
    since = await session.scalar(select(LoginPlace.at).where(LoginPlace.place_hash == place))
    return since is not None and since > now() - KNOWN_FOR


def _seconds_until(moment: datetime) -> int:
    return max(1, int((moment - now()).total_seconds()))


def _network_of(host: str) -> str:
    """What a provider gives out as one: a /24, of IPv6 a /64."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:100]
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))


async def forget_tries(session: AsyncSession) -> None:
    """The sweep's: what counts no more."""
    await session.execute(delete(LoginFailure).where(LoginFailure.at < now() - WINDOW))
    await session.execute(delete(LoginPlace).where(LoginPlace.at < now() - KNOWN_FOR))


async def _log_failure(sessions: Sessions, staff: Staff | None) -> None:
    """In the log of each shop they work for."""
    if staff is None:
        return
    async with transaction(sessions) as session:
        shops = await session.scalars(select(Membership.shop_id).where(Membership.staff_id == staff.id))
        session.add_all(
            AuditEntry(shop_id=shop, staff_id=staff.id, action="login_failed", details={}) for shop in shops
        )
