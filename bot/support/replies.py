"""What staff write: answers to the shopper, and notes to each other."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.live import CHANNEL
from bot.models import Mode
from bot.outgoing import WITH_DELIVERY
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible
from bot.staff.models import Membership
from bot.support.errors import Moved, Outdated, Taken
from bot.support.models import Note
from bot.support.moves import hold, moment, now_of

LONGEST = 4_000  # characters

# One statement: the answer numbered and stored once, the conversation taken with it, readers told. Nothing is
# written when a colleague has it, when it went on (`epoch`), or when the shopper has written since (`seen`).
_REPLY = text(
    f"""
    WITH spoken AS (
        UPDATE conversation c SET
            last_seq = c.last_seq + 1, last_at = now(), waiting_since = NULL,
            epoch = c.epoch + CASE WHEN c.mode = 'human' AND c.owner_id = :staff THEN 0 ELSE 1 END,
            mode = 'human', owner_id = :staff,
            queued_at = NULL, rank_at = NULL, closed_at = NULL, result = NULL
        WHERE c.id = :id AND c.shop_id = :shop
          AND (c.mode <> 'human' OR c.owner_id IS NULL OR c.owner_id = :staff)
          AND (CAST(:epoch AS integer) IS NULL OR c.epoch = :epoch)
          AND NOT EXISTS (SELECT FROM message m WHERE m.conversation_id = c.id AND m.sender = 'shopper'
                          AND m.seq > CAST(:seen AS integer))
          AND NOT EXISTS (SELECT FROM message m
                          WHERE m.conversation_id = c.id AND m.external_id = :external_id)
        RETURNING c.id, c.last_seq, c.epoch, c.language, c.account_id, c.hold_until
    ), replied AS (
        INSERT INTO message (conversation_id, seq, sender, text, language, external_id, status, attempts,
                             staff_id, attachment_id, original)
        SELECT id, last_seq, 'staff', :text, language, :external_id, 'done', 0, :staff,
               CAST(:attachment AS uuid), CAST(:original AS text)
        FROM spoken
        RETURNING id, seq
    ), pictured AS (
        INSERT INTO attachment (id, conversation_id, content_type, content)
        SELECT CAST(:attachment AS uuid), id, 'image/jpeg', CAST(:picture AS bytea)
        FROM spoken WHERE CAST(:attachment AS uuid) IS NOT NULL
    ), taken AS (
        UPDATE handover h SET staff_id = :staff, claimed_at = coalesce(h.claimed_at, now()),
                              first_reply_at = coalesce(h.first_reply_at, now())
        FROM spoken WHERE h.conversation_id = spoken.id AND h.closed_at IS NULL
        RETURNING h.id
    ), begun AS (
        INSERT INTO handover (conversation_id, reason, staff_id, claimed_at, first_reply_at)
        SELECT id, 'staff', :staff, now(), now() FROM spoken WHERE NOT EXISTS (SELECT FROM taken)
    ), {WITH_DELIVERY}
    SELECT replied.id, replied.seq, spoken.epoch, pg_notify(:channel, spoken.id::text),
           (SELECT count(*) FROM sending)
    FROM replied, spoken
    """  # noqa: S608 - our own names
)
_KNOWN = text(
    """
    SELECT m.id, m.seq, c.epoch FROM message m JOIN conversation c ON c.id = m.conversation_id
    WHERE c.id = :id AND c.shop_id = :shop AND m.external_id = :external_id
    """
)
_MISSED = text(
    """
    SELECT count(*) FROM message m
    WHERE m.conversation_id = :id AND m.sender = 'shopper' AND m.seq > CAST(:seen AS integer)
    """
)


@dataclass(frozen=True)
class Said:
    """A stored answer."""

    id: int
    seq: int
    epoch: int


async def reply(
    session: AsyncSession,
    who: Who,
    conversation: uuid.UUID,
    *,
    words: str,
    client_id: str,
    epoch: int | None = None,
    seen: int | None = None,
    picture: bytes | None = None,
    original: str | None = None,
) -> Said:
    """Answer the shopper; whoever does so has the conversation. The same client id again is the same answer.

    `seen`: the last seq the writer has on the screen. `picture`: a JPEG instead of words. `original`: what
    `words` are a machine's translation of. Raises NotFound, Taken, Moved, Outdated, Impossible.
    """
    who.must(Right.answer)
    if picture is not None:
        await _must_take_pictures(session, who, conversation)
    values = {
        "id": conversation,
        "shop": who.shop_id,
        "staff": who.staff_id,
        "text": "" if picture is not None else _readable(words),
        "picture": picture,
        "attachment": uuid.uuid4() if picture is not None else None,
        "original": _readable(original) if original else None,
        "external_id": f"\x1fstaff {who.staff_id} {client_id}",  # no shopper's id begins so
        "epoch": epoch,
        "seen": seen,
        "sender": "staff",
        "notice": False,
        "channel": CHANNEL,
    }
    await hold(session, who, conversation)
    row = (await session.execute(_REPLY, values)).first() or (await session.execute(_KNOWN, values)).first()
    if row is None:
        await _explain(session, who, conversation, values)
        raise AssertionError  # _explain always raises
    await note_act(session, who, "reply", f"conversation {conversation}", seq=row.seq)
    return Said(row.id, row.seq, row.epoch)


async def add_note(
    session: AsyncSession, who: Who, conversation: uuid.UUID, *, words: str, mentions: list[int] | None = None
) -> Note:
    """For colleagues alone. Those mentioned must work for the shop."""
    who.must(Right.answer)
    await moment(session, who, conversation)
    named = set(mentions or ())
    known = select(Membership.staff_id).where(
        Membership.shop_id == who.shop_id, Membership.staff_id.in_(named)
    )
    if set(await session.scalars(known)) != named:
        raise Impossible("unknown_mention", "nobody of that number works here", "mentions", 422)
    note = Note(
        conversation_id=conversation, staff_id=who.staff_id, text=_readable(words), mentions=sorted(named)
    )
    session.add(note)
    await session.flush()
    await session.refresh(note)
    return note


async def _must_take_pictures(session: AsyncSession, who: Who, conversation: uuid.UUID) -> None:
    """The outbox sends words; pictures go to the web, where readers read rows."""
    if (await now_of(session, who, conversation)).account_id is not None:
        raise Impossible("no_pictures", "pictures cannot be sent on this channel", "file")


async def _explain(session: AsyncSession, who: Who, conversation: uuid.UUID, values: dict[str, Any]) -> None:
    now: Row[Any] = await now_of(session, who, conversation)
    if now.mode == Mode.human and now.owner_id not in (None, who.staff_id):
        raise Taken(now.name)
    missed = await session.scalar(_MISSED, values)
    if missed:
        raise Outdated(missed)
    raise Moved(now.mode)


def _readable(words: str) -> str:
    plain = words.replace("\0", "").strip()
    if not plain:
        raise Impossible("empty", "the text is empty", "text", 422)
    if len(plain) > LONGEST:
        raise Impossible("too_long", f"a text has at most {LONGEST} characters", "text", 413)
    return plain
