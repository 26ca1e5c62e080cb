"""The outbox: replies go to their platform, in order per conversation, each once.

A row is claimed before a try and marked after it. Between the two a crash leaves a claim whose end nobody
knows; such a reply is sent again, because silence is worse than a repetition, and the row counts it in
`doubts`. Everything else that can fail ends in a row that says so. Whoever calls `deliver` holds the
conversation's lane.
"""

import asyncio
import dataclasses
import logging
import random
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import sqlalchemy.exc
from sqlalchemy import CursorResult, Row, text

from bot import notices
from bot.accounts import Accounts, Open
from bot.channels.seam import (
    Blocked,
    BudgetSpent,
    Gone,
    MovedTo,
    Outgoing,
    Permanent,
    Result,
    RetryAt,
    Sent,
    WindowClosed,
)
from bot.health import Health
from bot.jobs import DEFER_DELIVERY
from bot.models import Sender
from bot.outgoing import offered, post
from shop.database import Sessions, now

TRIES = 5  # of a message that fails by itself; then it is set aside
PAUSES = (1.0, 3.0, 9.0, 27.0)  # seconds between them
GIVE_UP = timedelta(hours=24)  # on a platform that stays away
TROUBLE = ("no_answer", "unavailable", "unexpected")  # results after which a platform may be away
REMEMBER = 30.0  # seconds to keep trying to write down a result while the database is away
GROUP = 8  # replies that may become one send when the budget is short
SHORT = 3  # sends left, from which on what waits goes out as one
DROPPED = ("overtaken", "spared", "answered")  # what nobody misses
PATIENT = timedelta(minutes=2)  # the last send waits so long for answers still being worked out

logger = logging.getLogger(__name__)

# The first reply of the conversation that is not out yet; it is claimed when its time has come, and what must
# be known to send it comes along. A held one keeps those behind it. `in_doubt`: an earlier claim has no end.
_CLAIM = text(
    """
    WITH first AS (
        SELECT message_id, status, next_at, sending_at FROM delivery
        WHERE conversation_id = :conversation AND status IN ('waiting', 'held') ORDER BY seq LIMIT 1
    ), claimed AS (
        UPDATE delivery d SET sending_at = now(),
               doubts = d.doubts + CASE WHEN first.sending_at IS NULL THEN 0 ELSE 1 END
        FROM first
        WHERE d.message_id = first.message_id AND first.status = 'waiting' AND first.next_at <= now()
        RETURNING d.*
    )
    SELECT d.message_id, d.conversation_id, d.account_id, d.seq, d.sender, d.notice, d.epoch, d.parts_sent,
           d.attempts, d.doubts, d.created_at, m.text, m.buttons, m.language, c.epoch AS now_epoch,
           c.hold_until, i.external_id AS receiver, i.blocked_at, coalesce(b.spent, 0) AS spent,
           EXISTS (SELECT FROM message p
                   WHERE p.conversation_id = c.id AND p.status = 'pending') AS more_to_say,
           d.notice AND EXISTS (SELECT FROM message a WHERE a.in_reply_to = m.in_reply_to
                                AND a.conversation_id = c.id AND a.seq > m.seq) AS answered,
           (SELECT json_agg(json_build_array(mm.text, mm.buttons) ORDER BY dd.seq)
            FROM delivery dd JOIN message mm ON mm.id = dd.message_id
            WHERE dd.merged_into = d.message_id) AS more
    FROM claimed d JOIN message m ON m.id = d.message_id JOIN conversation c ON c.id = d.conversation_id
    JOIN contact_inbox i ON i.id = c.contact_inbox_id
    LEFT JOIN send_budget b ON b.conversation_id = c.id
    """
)
# Replies that wait behind a claimed one and go out with it.
_MERGE = text(
    """
    WITH behind AS (
        SELECT message_id FROM delivery
        WHERE conversation_id = :conversation AND status = 'waiting' AND seq > :seq AND sender = :sender
          AND epoch = :epoch AND NOT notice ORDER BY seq LIMIT :most
    ), merged AS (
        UPDATE delivery d SET status = 'merged', merged_into = :message FROM behind
        WHERE d.message_id = behind.message_id RETURNING d.message_id, d.seq
    )
    SELECT m.text, m.buttons FROM merged JOIN message m ON m.id = merged.message_id ORDER BY merged.seq
    """
)
_PART_SENT = text(
    """
    WITH part AS (
        UPDATE delivery SET parts_sent = parts_sent + 1, sending_at = NULL, attempts = 0, error = NULL,
               external_id = coalesce(:external_id, external_id),
               status = CASE WHEN :last THEN 'sent' ELSE status END,
               sent_at = CASE WHEN :last THEN now() ELSE sent_at END
        WHERE message_id = :message AND parts_sent = :parts RETURNING conversation_id
    ), merged AS (
        UPDATE delivery SET status = 'sent', sent_at = now() FROM part
        WHERE :last AND merged_into = :message AND status = 'merged'
    )
    UPDATE send_budget b SET spent = spent + 1 FROM part WHERE b.conversation_id = part.conversation_id
    """
)
# An end without a send: `status` is final, or held until the shopper writes.
_ENDED = text(
    """
    UPDATE delivery SET status = :status, error = :error, sending_at = NULL, attempts = :attempts
    WHERE message_id = :message OR (merged_into = :message AND :status <> 'held')
    """
)
_AGAIN = text(
    f"""
    WITH later AS (
        UPDATE delivery SET next_at = now() + make_interval(secs => :seconds), error = :error,
               attempts = :attempts, sending_at = CASE WHEN :doubt THEN sending_at END
        WHERE message_id = :message RETURNING conversation_id::text AS lane, next_at AS due
    )
    SELECT {DEFER_DELIVERY} FROM later
    """  # noqa: S608 - our own names
)
_BLOCKED = text(
    """
    WITH blocked AS (
        UPDATE contact_inbox i SET blocked_at = now() FROM conversation c
        WHERE c.id = :conversation AND i.id = c.contact_inbox_id AND i.blocked_at IS NULL
    )
    UPDATE delivery SET status = 'failed', error = :error, sending_at = NULL
    WHERE conversation_id = :conversation AND status IN ('waiting', 'held', 'merged')
    """
)
_MOVED = text(
    """
    WITH moved AS (
        UPDATE contact_inbox i SET external_id = :new FROM conversation c
        WHERE c.id = :conversation AND i.id = c.contact_inbox_id AND NOT EXISTS (
              SELECT FROM contact_inbox o
              WHERE o.channel_account_id = i.channel_account_id AND o.external_id = :new)
        RETURNING i.id
    )
    SELECT id FROM moved
    """
)
# The last send is an answer's: a notice gives way. One who is told of a failure is passed to a person.
_CALL_PERSON = text(
    """
    WITH queued AS (
        UPDATE conversation SET mode = 'queued', queued_at = now(), rank_at = now(),
               waiting_since = now(), closed_at = NULL, result = NULL
        WHERE id = :conversation AND mode IN ('bot', 'closed') RETURNING id
    )
    INSERT INTO handover (conversation_id, reason) SELECT id, 'undelivered' FROM queued
    ON CONFLICT (conversation_id) WHERE closed_at IS NULL DO NOTHING
    """
)


@dataclass(frozen=True)
class Send:
    """A claimed reply, and what has to be known to send it."""

    row: Row[Any]
    parts: list[str]
    buttons: list[dict[str, str]]

    @property
    def number(self) -> int:
        return int(self.row.parts_sent)

    @property
    def is_last(self) -> bool:
        return self.number + 1 >= len(self.parts)


class Outbox:
    def __init__(self, single: Sessions, accounts: Accounts) -> None:
        """In `single` sessions each statement is its own transaction."""
        self._single = single
        self._accounts = accounts
        self._health: defaultdict[int, Health] = defaultdict(Health)
        self._lanes: defaultdict[uuid.UUID, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def deliver(self, conversation: uuid.UUID) -> None:
        """Send what is due in the conversation, in order, until something must wait. While the database is
        away a lane's job may be given out twice: here they still go one after the other."""
        lock = self._lanes[conversation]
        try:
            async with lock:
                while await self._next(conversation):
                    pass
        finally:
            if not lock.locked():
                self._lanes.pop(conversation, None)

    async def _next(self, conversation: uuid.UUID) -> bool:
        """Deal with the first reply; False when there is nothing to do now."""
        rows = await self._run(_CLAIM, conversation=conversation)
        if not rows:
            return False
        row = rows[0]
        opened = await self._accounts.by_id(row.account_id)
        ended = _not_to_send(row, opened)
        if ended or opened is None:
            await self._end(row, "dropped" if ended in DROPPED else "failed", ended or "gone")
            return True
        if _left(row, opened) == 1 and row.more_to_say and now() - row.created_at < PATIENT:
            await self._again(row, RetryAt(1, "budget"))
            return False
        send = await self._compose(row, opened)
        result = await self._attempt(send, opened)
        await self._remember(send, result)
        return True

    async def _compose(self, row: Row[Any], opened: Open) -> Send:
        """The text in its parts; when the budget is short, replies behind it join it."""
        said = [(row.text, row.buttons), *(tuple(more) for more in row.more or ())]
        left = _left(row, opened)
        if left is not None and left <= SHORT and not (row.parts_sent or row.doubts or row.notice):
            said += [tuple(more) for more in await self._merge(row)]
        parts = opened.channel.split("\n\n".join(words for words, _ in said))
        buttons = offered(own for _, own in said)
        return Send(row, parts, buttons)

    async def _merge(self, row: Row[Any]) -> list[Row[Any]]:
        return await self._run(
            _MERGE,
            conversation=row.conversation_id,
            message=row.message_id,
            seq=row.seq,
            sender=row.sender,
            epoch=row.epoch,
            most=GROUP,
        )

    async def _attempt(self, send: Send, opened: Open) -> Result:
        row = send.row
        if send.number >= len(send.parts):  # an empty text; or the crash came after the last part
            return Sent()
        out = Outgoing(
            message=row.message_id,
            text=send.parts[send.number],
            language=row.language,
            buttons=send.buttons if send.is_last else [],
            key=f"{row.message_id}-{send.number}",
        )
        if _left(row, opened) == 0:
            return BudgetSpent()
        health = self._health[row.account_id]
        if wait := health.wait():
            return RetryAt(wait * random.uniform(1, 1.5), "no_answer" if health.away else "busy")  # noqa: S311
        return await self._try(send.row, out, opened, health)

    async def _try(self, row: Row[Any], out: Outgoing, opened: Open, health: Health) -> Result:
        """One send. A failure counts against the message where it is its own: others go through."""
        result: Result = RetryAt(0, "unexpected", fault=True, doubt=True)
        was_well = health.is_well
        health.begun()
        try:
            result = await opened.channel.send(row.receiver, out)
        except Exception as error:  # an adapter's own mistake: no reply is lost for it
            logger.error("sending failed", exc_info=error)
        finally:
            failed = isinstance(result, RetryAt) and result.error.partition(":")[0] in TROUBLE
            health.ended(row.conversation_id, answered=not failed)
        if failed and isinstance(result, RetryAt):
            fault = not health.away and (result.fault or was_well)
            return dataclasses.replace(result, fault=fault, seconds=_pause(row))
        return result

    async def _remember(self, send: Send, result: Result) -> None:
        """Write down what became of it. What is known must not be lost while the database restarts: else a
        reply that arrived would be sent again."""
        deadline = asyncio.get_running_loop().time() + REMEMBER
        while True:
            try:
                return await self._record(send, result)
            except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, OSError):
                if asyncio.get_running_loop().time() > deadline:
                    raise
                await asyncio.sleep(0.2)

    async def _record(self, send: Send, result: Result) -> None:
        row = send.row
        match result:
            case Sent(external_id):
                await self._run(
                    _PART_SENT,
                    message=row.message_id,
                    parts=send.number,
                    last=send.is_last,
                    external_id=external_id,
                )
            case RetryAt():
                await self._again(row, result)
            case WindowClosed():
                await self._end(row, "held", "window")
            case BudgetSpent():
                await self._end(row, "held", "budget")
            case Blocked() | Gone():
                error = "blocked" if isinstance(result, Blocked) else "gone"
                await self._run(_BLOCKED, conversation=row.conversation_id, error=error)
            case Permanent(error):
                await self._set_aside(row, error)
            case MovedTo(new):
                moved = await self._run(_MOVED, conversation=row.conversation_id, new=new)
                if moved:
                    await self._again(row, RetryAt(0, "moved"))
                else:
                    await self._end(row, "failed", "gone")

    async def _again(self, row: Row[Any], wish: RetryAt) -> None:
        attempts = row.attempts + wish.fault
        if attempts >= TRIES or now() - row.created_at > GIVE_UP:
            return await self._set_aside(row, wish.error)
        seconds = wish.seconds
        if wish.fault:
            seconds = max(seconds, PAUSES[min(attempts, len(PAUSES)) - 1])
        await self._run(
            _AGAIN,
            message=row.message_id,
            seconds=seconds,
            error=wish.error,
            attempts=attempts,
            doubt=wish.doubt,
        )

    async def _set_aside(self, row: Row[Any], error: str) -> None:
        """It will not be delivered: staff see it, the shopper is told and passed to a person. A notice that
        fails is not followed by another."""
        logger.warning("message %s set aside: %s", row.message_id, error)
        await self._end(row, "failed", error, attempts=row.attempts + 1)
        if row.notice or row.sender != Sender.bot:
            return
        await self._run(_CALL_PERSON, conversation=row.conversation_id)
        async with self._single() as session:
            await post(
                session,
                row.conversation_id,
                sender=Sender.bot,
                words=notices.UNDELIVERED[row.language if row.language in notices.UNDELIVERED else "zh"],
                language=row.language,
                external_id=f"undelivered {row.message_id}",
                notice=True,
            )

    async def _end(self, row: Row[Any], status: str, error: str, attempts: int | None = None) -> None:
        attempts = row.attempts if attempts is None else attempts
        await self._run(_ENDED, message=row.message_id, status=status, error=error, attempts=attempts)

    async def _run(self, statement: Any, **values: Any) -> list[Row[Any]]:
        async with self._single() as session:
            result = cast(CursorResult[Any], await session.execute(statement, values))
            return list(result.all()) if result.returns_rows else []


def _not_to_send(row: Row[Any], opened: Open | None) -> str | None:
    """Why a claimed reply is not sent at all."""
    if row.sender == Sender.bot and row.epoch != row.now_epoch:
        return "overtaken"
    if opened is None:
        return "account"
    if row.blocked_at is not None:
        return "blocked"
    if row.answered and not row.doubts:  # told to wait, right before the answer
        return "answered"
    if row.notice and _left(row, opened) in (0, 1):
        return "spared"
    return None


def _pause(row: Row[Any]) -> float:
    """Seconds until the next try after no answer: the longer it lasts, the longer; not all at one moment."""
    age: float = (now() - row.created_at).total_seconds()
    return min(30.0, max(1.0, age / 4)) * random.uniform(0.8, 1.2)  # noqa: S311


def _left(row: Row[Any], opened: Open) -> int | None:
    """Sends the platform still takes; None where it does not count them."""
    budget = opened.channel.budget
    return None if budget is None else max(0, budget - row.spent)
