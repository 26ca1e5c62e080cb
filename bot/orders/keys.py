"""Keys of the seller's programs: made and revoked by owners, told once, kept as hashes."""

import secrets
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.orders.models import ApiKey
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible, NotFound
from bot.staff.models import Role
from bot.vault import hash_of
from shop.database import Sessions, now

BEGINNING = "kw_"  # tells a key from a login's token, and makes one that was published easy to find
MOST = 20  # living keys of one shop

_FIND = text(
    """
    SELECT k.id, k.name, k.shop_id, h.slug, k.used_at FROM api_key k JOIN shop h ON h.id = k.shop_id
    WHERE k.key_hash = :hash AND k.revoked_at IS NULL
    """
)
_USED = text("UPDATE api_key SET used_at = now() WHERE id = :id")
_MARKED_EVERY = timedelta(minutes=1)


class NewKey(NamedTuple):
    key: ApiKey
    word: str  # told once


async def list_keys(session: AsyncSession, who: Who) -> list[ApiKey]:
    """The living ones, the newest first."""
    who.must(Right.manage)
    query = select(ApiKey).where(ApiKey.shop_id == who.shop_id, ApiKey.revoked_at.is_(None))
    return list(await session.scalars(query.order_by(ApiKey.id.desc())))


async def make_key(session: AsyncSession, who: Who, name: str) -> NewKey:
    """By an owner. Raises Impossible."""
    plain = " ".join(name.split())
    if not 1 <= len(plain) <= 60 or not plain.isprintable():
        raise Impossible("bad_name", "a name of 1 to 60 letters is needed", "name", 422)
    if len(await list_keys(session, who)) >= MOST:
        raise Impossible("too_many_keys", f"a shop has {MOST} keys at most; revoke one", "name")
    word = BEGINNING + secrets.token_urlsafe(32)
    key = ApiKey(
        shop_id=who.shop_id, name=plain, beginning=word[:7], key_hash=hash_of(word), staff_id=who.staff_id
    )
    session.add(key)
    await session.flush()
    await note_act(session, who, "make_key", f"key {key.id}")
    return NewKey(key, word)


async def revoke_key(session: AsyncSession, who: Who, key_id: int) -> None:
    """It opens nothing from now on. Raises NotFound."""
    who.must(Right.manage)
    query = select(ApiKey).where(
        ApiKey.id == key_id, ApiKey.shop_id == who.shop_id, ApiKey.revoked_at.is_(None)
    )
    key = await session.scalar(query.with_for_update())
    if key is None:
        raise NotFound("there is no such key")
    key.revoked_at = now()
    await note_act(session, who, "revoke_key", f"key {key.id}")


async def find(sessions: Sessions, word: str, shop: str | None = None) -> Who | None:
    """The program that a key belongs to; None for a key that opens nothing. Raises NotFound."""
    async with sessions() as session:
        row = (await session.execute(_FIND, {"hash": hash_of(word)})).first()
        if row is None:
            return None
        if shop not in (None, row.slug):
            raise NotFound("there is no such shop")
        if row.used_at is None or now() - row.used_at > _MARKED_EVERY:
            await session.execute(_USED, {"id": row.id})
            await session.commit()
    return Who(
        staff_id=0,
        name=row.name,
        email="",
        language="zh",
        shop_id=row.shop_id,
        shop=row.slug,
        role=Role.owner,
        session_id=0,
        csrf="",
        key_id=row.id,
    )
