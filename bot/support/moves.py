"""Who has a conversation: THE state machine. Every change of hands is one statement under the row's lock; it
checks state, epoch and owner, and raises the epoch. What was computed under another epoch is not written
(bot.turn), nor sent (bot.outbox).

        ask                claim, reply               release
  bot ───────► queued ───────────────► human ───────────────────► bot
   └──────────────────────────────────► ▲ │ └─ requeue ─► queued
                                transfer └─┘
  bot, queued, human ── close ──► closed ── the shopper's next message (bot.inbox) ──► bot
                                  closed ── claim, reply ──► human

`ask` happens in the transaction that writes the bot's replies (bot.turn).
"""

import json
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.live import CHANNEL
from bot.models import Mode
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import NotFound
from bot.staff.models import Membership
from bot.support.errors import Moved, Taken
from bot.support.ratings import ask_rating


class Result(StrEnum):
    """How a conversation was closed."""

    solved = "solved"
    unsolved = "unsolved"  # nothing could be done
    no_answer = "no_answer"  # the shopper did not come back
    spam = "spam"


@dataclass(frozen=True)
class Move:
    """One way of changing hands: from which states, to which; whether a colleague's may be moved."""

    name: str
    start: tuple[Mode, ...]
    end: Mode
    mine_only: bool = False  # of a conversation that someone has: only by that one …
    or_assign: bool = True  # … or by who may decide for colleagues


CLAIM = Move("claim", (Mode.bot, Mode.queued, Mode.human, Mode.closed), Mode.human, True, or_assign=False)
ASSIGN = Move("assign", (Mode.queued,), Mode.human)
RELEASE = Move("release", (Mode.human, Mode.queued), Mode.bot, mine_only=True)
TRANSFER = Move("transfer", (Mode.human, Mode.queued, Mode.bot), Mode.human, mine_only=True)
REQUEUE = Move("requeue", (Mode.human,), Mode.queued, mine_only=True)
CLOSE = Move("close", (Mode.bot, Mode.queued, Mode.human), Mode.closed, mine_only=True)


@dataclass(frozen=True)
class Moment:
    """A conversation's hands as they are now."""

    conversation: uuid.UUID
    mode: Mode
    epoch: int
    owner_id: int | None


# What the new state means for every column, and for the handover. `only` is who must have it, if anyone has.
_MOVE = text(
    """
    WITH moved AS (
        UPDATE conversation c SET
            mode = CAST(:to AS text), epoch = c.epoch + 1, owner_id = CAST(:owner AS integer),
            queued_at = CASE WHEN :to = 'queued' THEN coalesce(c.queued_at, now()) END,
            rank_at = CASE WHEN :to = 'queued' THEN coalesce(c.queued_at, now()) END,
            waiting_since = CASE WHEN :to IN ('queued', 'human') THEN c.waiting_since END,
            closed_at = CASE WHEN :to = 'closed' THEN now() END,
            result = CASE WHEN :to = 'closed' THEN CAST(:result AS text) END,
            brief = CASE WHEN :to = 'bot' THEN CAST(:brief AS jsonb) END,
            anger = CASE WHEN :to = 'bot' THEN 0 ELSE c.anger END,
            emotion = CASE WHEN :to = 'bot' THEN NULL ELSE c.emotion END,
            intensity = CASE WHEN :to = 'bot' THEN NULL ELSE c.intensity END
        WHERE c.id = :id AND c.shop_id = :shop AND c.mode = ANY(:start)
          AND (CAST(:epoch AS integer) IS NULL OR c.epoch = :epoch)
          AND (CAST(:only AS integer) IS NULL OR c.mode <> 'human' OR c.owner_id IS NULL
               OR c.owner_id = :only)
        RETURNING c.id, c.mode, c.epoch, c.owner_id
    ), left_alone AS (
        UPDATE message SET status = 'done' FROM moved
        WHERE :to = 'closed' AND conversation_id = moved.id AND status = 'pending'
    ), ended AS (
        UPDATE handover h
        SET closed_at = now(), outcome = CASE :to WHEN 'bot' THEN 'released' ELSE 'closed' END
        FROM moved WHERE h.conversation_id = moved.id AND h.closed_at IS NULL AND :to IN ('bot', 'closed')
    ), taken AS (
        UPDATE handover h SET staff_id = moved.owner_id, claimed_at = coalesce(h.claimed_at, now())
        FROM moved WHERE h.conversation_id = moved.id AND h.closed_at IS NULL AND :to = 'human'
        RETURNING h.id
    ), begun AS (
        INSERT INTO handover (conversation_id, reason, staff_id, claimed_at)
        SELECT id, 'staff', owner_id, now() FROM moved WHERE :to = 'human' AND NOT EXISTS (SELECT FROM taken)
    )
    SELECT id, mode, epoch, owner_id, pg_notify(:channel, id::text) FROM moved
    """
)
# First, in the same transaction: whoever changes the conversation now ends first; the move then sees it all.
_HOLD = text("SELECT FROM conversation WHERE id = :id AND shop_id = :shop FOR UPDATE")
_NOW = text(
    """
    SELECT c.id, c.mode, c.epoch, c.owner_id, c.account_id, s.name
    FROM conversation c LEFT JOIN staff s ON s.id = c.owner_id
    WHERE c.id = :id AND c.shop_id = :shop
    """
)


_LANGUAGE = text("SELECT language FROM conversation WHERE id = :id")


async def claim(
    session: AsyncSession, who: Who, conversation: uuid.UUID, *, epoch: int | None = None
) -> Moment:
    """Take it. Of two at once one gets it and the other Taken; one's own again changes nothing."""
    who.must(Right.answer)
    now = await moment(session, who, conversation)
    if now.mode is Mode.human and now.owner_id == who.staff_id:
        return now
    return await _move(session, who, CLAIM, conversation, owner=who.staff_id, epoch=epoch)


async def release(
    session: AsyncSession, who: Who, conversation: uuid.UUID, *, note: str = "", epoch: int | None = None
) -> Moment:
    """Back to the bot, with a note for it. What made it call a person is forgotten: it begins afresh."""
    who.must(Right.answer)
    brief = {"released": True, "note": note.replace("\0", "")[:500]}
    return await _move(session, who, RELEASE, conversation, brief=brief, epoch=epoch)


async def transfer(
    session: AsyncSession, who: Who, conversation: uuid.UUID, to: int, *, epoch: int | None = None
) -> Moment:
    """To a colleague of the same shop. Raises NotFound when there is none of that number."""
    who.must(Right.answer)
    works = select(Membership.id).filter_by(staff_id=to, shop_id=who.shop_id)
    if await session.scalar(works) is None:
        raise NotFound("nobody of that number works here")
    return await _move(session, who, TRANSFER, conversation, owner=to, epoch=epoch)


async def requeue(
    session: AsyncSession, who: Who, conversation: uuid.UUID, *, epoch: int | None = None
) -> Moment:
    """Back to those who wait for anyone."""
    who.must(Right.answer)
    return await _move(session, who, REQUEUE, conversation, epoch=epoch)


async def close(
    session: AsyncSession,
    who: Who,
    conversation: uuid.UUID,
    *,
    result: Result = Result.solved,
    epoch: int | None = None,
) -> Moment:
    """Done; the shopper is asked how it was (bot.support.ratings)."""
    who.must(Right.answer)
    now = await _move(session, who, CLOSE, conversation, result=result, epoch=epoch)
    if result in (Result.solved, Result.unsolved):
        language: str = await session.scalar(_LANGUAGE, {"id": conversation})
        await ask_rating(session, conversation, now.epoch, language)
    return now


async def moment(session: AsyncSession, who: Who, conversation: uuid.UUID) -> Moment:
    """Who has it now. Raises NotFound for another shop's as for none."""
    row = await now_of(session, who, conversation)
    return Moment(row.id, Mode(row.mode), row.epoch, row.owner_id)


async def hold(session: AsyncSession, who: Who, conversation: uuid.UUID) -> None:
    """Keep everybody else from changing it until the transaction ends."""
    await session.execute(_HOLD, {"id": conversation, "shop": who.shop_id})


async def now_of(session: AsyncSession, who: Who, conversation: uuid.UUID) -> Row[Any]:
    row = (await session.execute(_NOW, {"id": conversation, "shop": who.shop_id})).first()
    if row is None:
        raise NotFound("there is no such conversation")
    return row


async def _move(
    session: AsyncSession,
    who: Who,
    move: Move,
    conversation: uuid.UUID,
    *,
    owner: int | None = None,
    epoch: int | None = None,
    brief: dict[str, Any] | None = None,
    result: str | None = None,
) -> Moment:
    """Raises NotFound, Taken or Moved, and then nothing was changed."""
    values = {
        "id": conversation,
        "shop": who.shop_id,
        "start": [mode.value for mode in move.start],
        "to": move.end.value,
        "owner": owner,
        "only": who.staff_id if move.mine_only and not (move.or_assign and who.may(Right.assign)) else None,
        "epoch": epoch,
        "brief": json.dumps(brief, ensure_ascii=False) if brief else None,
        "result": result,
        "channel": CHANNEL,
    }
    await hold(session, who, conversation)
    row = (await session.execute(_MOVE, values)).first()
    if row is None:
        now = await now_of(session, who, conversation)
        if now.mode == Mode.human and now.owner_id != who.staff_id:
            raise Taken(now.name)
        raise Moved(now.mode)
    await note_act(session, who, move.name, f"conversation {conversation}", epoch=row.epoch, owner=owner)
    return Moment(row.id, Mode(row.mode), row.epoch, row.owner_id)
