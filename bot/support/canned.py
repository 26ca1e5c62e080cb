"""Answers kept ready, by shortcut, in both languages."""

import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible, NotFound
from bot.support.models import CannedReply
from shop.database import now

#: what may stand in braces; the composer fills it from the open conversation
PLACEHOLDERS = ("name", "order", "agent", "shop")
LONGEST = 2_000  # characters

_BRACES = re.compile(r"\{([^{}]*)\}")
_SHORTCUT = re.compile(r"[^\s/\x00-\x1f]{1,30}")


@dataclass(frozen=True)
class Draft:
    shortcut: str
    text: dict[str, str]  # zh, ug; one may be missing


async def list_canned(session: AsyncSession, who: Who) -> list[CannedReply]:
    who.must(Right.read)
    query = select(CannedReply).filter_by(shop_id=who.shop_id).order_by(CannedReply.shortcut)
    return list(await session.scalars(query))


async def add_canned(session: AsyncSession, who: Who, draft: Draft) -> CannedReply:
    """Raises Impossible: a bad text, or a shortcut that is taken."""
    who.must(Right.answer)
    canned = CannedReply(shop_id=who.shop_id, shortcut=_shortcut(draft), text=_texts(draft))
    session.add(canned)
    await _flush(session)
    await note_act(session, who, "add_canned", f"canned {canned.id}")
    return canned


async def change_canned(session: AsyncSession, who: Who, number: int, draft: Draft) -> CannedReply:
    who.must(Right.answer)
    canned = await _one(session, who, number)
    canned.shortcut, canned.text, canned.updated_at = _shortcut(draft), _texts(draft), now()
    await _flush(session)
    await note_act(session, who, "change_canned", f"canned {number}")
    return canned


async def remove_canned(session: AsyncSession, who: Who, number: int) -> None:
    who.must(Right.answer)
    await session.delete(await _one(session, who, number))
    await note_act(session, who, "remove_canned", f"canned {number}")


def fill_in(text: str, facts: dict[str, str]) -> str:
    """The text with what is known in place of its braces; what is not known stays, for the writer to see."""
    return _BRACES.sub(lambda brace: facts.get(brace[1].strip()) or brace[0], text)


async def _one(session: AsyncSession, who: Who, number: int) -> CannedReply:
    canned = await session.scalar(select(CannedReply).filter_by(id=number, shop_id=who.shop_id))
    if canned is None:
        raise NotFound("there is no such answer")
    return canned


async def _flush(session: AsyncSession) -> None:
    try:
        await session.flush()
    except IntegrityError:
        raise Impossible("shortcut_taken", "that shortcut is taken", "shortcut") from None


def _shortcut(draft: Draft) -> str:
    plain = draft.shortcut.strip().lstrip("/")
    if not _SHORTCUT.fullmatch(plain):
        raise Impossible("bad_shortcut", "a shortcut is a word of 1 to 30 letters", "shortcut", 422)
    return plain


def _texts(draft: Draft) -> dict[str, str]:
    texts = {
        language: words.replace("\0", "").strip()
        for language, words in draft.text.items()
        if language in ("zh", "ug") and words.strip()
    }
    if not texts:
        raise Impossible("empty", "a text is needed in one language at least", "text", 422)
    for words in texts.values():
        unknown = [name for name in _BRACES.findall(words) if name.strip() not in PLACEHOLDERS]
        if unknown or len(words) > LONGEST:
            known = ", ".join(PLACEHOLDERS)
            problem = f"at most {LONGEST} characters; what may stand in braces: {known}"
            raise Impossible("bad_text", problem, "text", 422)
    return texts
