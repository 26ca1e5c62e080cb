"""Replies carried by the answer to the platform's own callback: they cost no send, and are all that an
account without the service API has.

A reply is claimed before it is given away and marked when the answer has been sent, as in the outbox. The
claim names the callback: when the platform sends the same one again, it did not get our answer, and gets the
same replies again. A claim that nobody ends runs out, and the outbox takes over.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from bot import notices
from bot.channels.split import utf8
from bot.channels.weixin.choices import numbered
from bot.jobs import DEFER_DELIVERY
from bot.outgoing import offered
from shop.database import Sessions, transaction

LIMIT = 2048  # bytes of one answer
LEASE = 9.0  # seconds; the platform asks again within five

Split = Callable[[str], list[str]]
Values = dict[str, Any]

# What is not out yet, in order. Those that another callback or the outbox is giving away now come along too:
# nothing may overtake them. Locked, so that outbox and callbacks see one another's claims.
_OPEN = text(
    """
    SELECT d.message_id, d.sender, d.epoch, d.status, d.parts_sent, d.sending_at, d.external_id,
           d.doubts, m.text, m.buttons, m.language, c.epoch AS now_epoch
    FROM delivery d JOIN message m ON m.id = d.message_id JOIN conversation c ON c.id = d.conversation_id
    WHERE d.conversation_id = :conversation AND d.status IN ('waiting', 'held')
    ORDER BY d.seq FOR UPDATE OF d
    """
)
_MERGED = text(
    """
    SELECT d.merged_into, m.text, m.buttons FROM delivery d JOIN message m ON m.id = d.message_id
    WHERE d.conversation_id = :conversation AND d.status = 'merged' ORDER BY d.seq
    """
)
_GIVEN = text(
    """
    SELECT answer, partly, parts, sent FROM callback_answer
    WHERE conversation_id = :conversation AND key = :key
    """
)
_CLAIM = text(
    """
    UPDATE delivery SET sending_at = now(), status = 'waiting', external_id = :key,
           next_at = now() + make_interval(secs => :lease)
    WHERE message_id = ANY(:messages)
    """
)
_KEEP = text(
    """
    WITH old AS (
        DELETE FROM callback_answer WHERE conversation_id = :conversation AND at < now() - interval '1 minute'
    )
    INSERT INTO callback_answer (conversation_id, key, answer, partly, parts)
    VALUES (:conversation, :key, :answer, :partly, :parts)
    """
)
# Whoever answers `success` leaves the replies to the outbox: no answer, and none for a copy that comes late.
_LEAVE = text(
    """
    INSERT INTO callback_answer (conversation_id, key, answer) VALUES (:conversation, :key, '')
    ON CONFLICT DO NOTHING
    """
)
_DROP = text(
    "UPDATE delivery SET status = 'dropped', error = 'overtaken', sending_at = NULL"
    " WHERE message_id = ANY(:messages)"
)
# After the answer has been sent. Whole replies are done; of a long one the parts count, and the rest goes on.
_ENDED = text(
    f"""
    WITH whole AS (
        UPDATE delivery SET status = 'sent', sent_at = now(), sending_at = NULL, error = NULL
        WHERE message_id = ANY(:whole) AND external_id = :key AND sending_at IS NOT NULL
        RETURNING message_id
    ), merged AS (
        UPDATE delivery d SET status = 'sent', sent_at = now() FROM whole
        WHERE d.merged_into = whole.message_id AND d.status = 'merged'
    ), part AS (
        UPDATE delivery SET parts_sent = :parts, sending_at = NULL, next_at = now()
        WHERE message_id = :partly AND external_id = :key AND sending_at IS NOT NULL
        RETURNING conversation_id::text AS lane
    ), remembered AS (
        UPDATE callback_answer SET sent = true WHERE conversation_id = :conversation AND key = :key
    ), rest AS (
        UPDATE delivery SET next_at = now()
        WHERE conversation_id = :conversation AND status = 'waiting' AND sending_at IS NULL
        RETURNING conversation_id::text AS lane
    ), lanes AS (
        SELECT lane, CAST(NULL AS timestamptz) AS due FROM part UNION SELECT lane, NULL FROM rest
    )
    SELECT {DEFER_DELIVERY} FROM lanes
    """  # noqa: S608 - our own names
)


@dataclass(frozen=True)
class Given:
    """An answer, and what to do when it has been sent."""

    words: str
    sent: Callable[[], Awaitable[None]]


class Busy(Exception):
    """An earlier reply is on its way; look again in a moment."""


@dataclass
class _Taken:
    """What is given away: replies whole, of the last one perhaps only some parts."""

    texts: list[str]
    whole: list[int]
    partly: int = 0
    parts: int = 0
    more: bool = False

    @property
    def messages(self) -> list[int]:
        return [*self.whole, *([self.partly] if self.partly else [])]


class InPlace:
    """Of one account. `all_there_is`: it has no other way to send, and what does not fit waits."""

    def __init__(self, sessions: Sessions, split: Split, *, all_there_is: bool) -> None:
        self._sessions, self._split, self._all_there_is = sessions, split, all_there_is

    async def take(self, conversation: uuid.UUID, key: str) -> Given | None:
        """As many replies as one answer carries; None when there is nothing to say. Raises Busy."""
        values = {"conversation": conversation, "key": key}
        async with transaction(self._sessions) as session:
            known = (await session.execute(_GIVEN, values)).first()
            rows = list(await session.execute(_OPEN, values))
            if known is not None:
                return self._again(values, known, rows)
            overtaken = [row.message_id for row in rows if _overtaken(row)]
            if overtaken:
                await session.execute(_DROP, {"messages": overtaken})
            rows = [row for row in rows if not _overtaken(row)]
            if any(row.sending_at is not None for row in rows):
                raise Busy
            taken = self._fill(rows, list(await session.execute(_MERGED, values)))
            if not taken.texts:
                return None
            words = "\n\n".join(taken.texts)
            if taken.more and self._all_there_is:
                words += f"\n\n{notices.MORE[rows[0].language]}"
            await session.execute(_CLAIM, {"key": key, "lease": LEASE, "messages": taken.messages})
            kept = {"answer": words, "partly": taken.partly, "parts": taken.parts}
            await session.execute(_KEEP, {**values, **kept})
        return Given(words, self._end(values, taken))

    async def leave(self, conversation: uuid.UUID, key: str) -> None:
        """The platform has had its answer for this callback: it need not show what a copy is answered."""
        async with transaction(self._sessions) as session:
            await session.execute(_LEAVE, {"conversation": conversation, "key": key})

    def _again(self, values: Values, known: Row[Any], rows: Sequence[Row[Any]]) -> Given | None:
        """The platform did not get that answer, unless the outbox has sent it meanwhile, or was left to."""
        if not known.answer:
            return None
        claimed = [row for row in rows if row.external_id == values["key"] and row.sending_at is not None]
        if not known.sent and (not claimed or any(row.doubts for row in claimed)):
            return None
        whole = [row.message_id for row in claimed if row.message_id != known.partly]
        return Given(known.answer, self._end(values, _Taken([], whole, known.partly, known.parts)))

    def _fill(self, rows: Sequence[Row[Any]], merged: Sequence[Row[Any]]) -> _Taken:
        """Replies in order while they fit; of the first that does not, its first parts if it comes first."""
        taken, used = _Taken([], []), utf8(f"\n\n{notices.MORE['ug']}")
        for row in rows:
            parts, buttons = self._parts(row, merged)
            last = numbered(parts[-1], buttons, row.language, LIMIT - used) if parts else ""
            whole = [*parts[:-1], last] if parts else []
            size = sum(utf8(part) + 2 for part in whole)
            if used + size <= LIMIT:
                taken.texts += whole
                taken.whole.append(row.message_id)
                used += size
                continue
            taken.more = True
            if not taken.whole:
                taken.texts, taken.partly = [parts[0]], row.message_id
                taken.parts = int(row.parts_sent) + 1
            break
        return taken

    def _parts(self, row: Row[Any], merged: Sequence[Row[Any]]) -> tuple[list[str], list[dict[str, str]]]:
        """A reply's parts that are not out yet, with those that were merged into it, and its buttons."""
        joined = [row, *(m for m in merged if m.merged_into == row.message_id)]
        parts = self._split("\n\n".join(one.text for one in joined))[row.parts_sent :]
        return parts, offered(one.buttons for one in joined)

    def _end(self, values: Values, taken: _Taken) -> Callable[[], Awaitable[None]]:
        ended = {**values, "whole": taken.whole, "partly": taken.partly, "parts": taken.parts}

        async def sent() -> None:
            async with transaction(self._sessions) as session:
                await session.execute(_ENDED, ended)

        return sent


def _overtaken(row: Row[Any]) -> bool:
    """A person took over since the bot worked it out."""
    return bool(row.sender == "bot" and row.epoch != row.now_epoch)
