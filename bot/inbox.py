"""A message comes in: its row and the job that answers it, in one transaction. The row is the truth."""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import ANSWER_TASK, QUEUE
from bot.live import CHANNEL
from bot.support.ratings import take_rating

# One statement: number the message, store it with its picture unless its id is known, wake a worker in the
# conversation's lane, tell readers. While a person has the conversation the message is left to them, once
# its file (of an external channel) has been fetched.
_STORE = text(
    """
    WITH numbered AS (
        UPDATE conversation SET last_seq = last_seq + 1, last_at = now(),
               waiting_since = CASE WHEN mode IN ('queued', 'human') THEN coalesce(waiting_since, now()) END,
               epoch = CASE WHEN mode = 'closed' THEN epoch + 1 ELSE epoch END,
               mode = CASE WHEN mode = 'closed' THEN 'bot' ELSE mode END
        WHERE id = :conversation
          AND NOT EXISTS (SELECT FROM message m
                          WHERE m.conversation_id = :conversation AND m.external_id = :external_id)
        RETURNING last_seq, CASE WHEN mode = 'human' AND NOT :fetch THEN 'done' ELSE 'pending' END
                            AS status
    ), stored AS (
        INSERT INTO message (conversation_id, seq, sender, text, title, attachment_id, language, external_id,
                             origin, status, attempts)
        SELECT :conversation, last_seq, 'shopper', :text, CAST(:title AS text), CAST(:attachment AS uuid), '',
               :external_id, CAST(:origin AS jsonb), status, 0
        FROM numbered
        ON CONFLICT (conversation_id, external_id) DO NOTHING
        RETURNING id, seq, status
    ), pictured AS (
        INSERT INTO attachment (id, conversation_id, content_type, content)
        SELECT CAST(:attachment AS uuid), :conversation, 'image/jpeg', CAST(:picture AS bytea)
        FROM stored WHERE CAST(:attachment AS uuid) IS NOT NULL
    ), woken AS (
        SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
            :queue, :task, 0, CAST(:lane AS text), NULL,
            jsonb_build_object('conversation', CAST(:lane AS text)), NULL
        )::procrastinate_job_to_defer_v1])
        FROM stored WHERE status = 'pending'
    )
    SELECT id, seq, pg_notify(:channel, :lane), (SELECT count(*) FROM woken) FROM stored
    """
)
_KNOWN = text(
    "SELECT id, seq FROM message WHERE conversation_id = :conversation AND external_id = :external_id"
)


class ConversationGone(Exception):
    """The conversation was deleted."""


@dataclass(frozen=True)
class Stored:
    id: int
    seq: int
    new: bool


async def store_message(
    session: AsyncSession,
    conversation: uuid.UUID,
    *,
    external_id: str,
    words: str,
    title: str | None = None,
    picture: bytes | None = None,
    origin: dict[str, Any] | None = None,
) -> Stored:
    """Store a shopper's message once; the same external id again gives the row that is there.

    One statement, so it may be its own transaction. Two at once with one id: the conversation's row lock and
    the unique index let one through. `origin` as in bot/channels/seam.py. Raises ConversationGone.
    """
    values = {
        "conversation": conversation,
        "lane": str(conversation),
        "external_id": external_id,
        "text": words,
        "title": title,
        "attachment": uuid.uuid4() if picture is not None else None,
        "picture": picture,
        "origin": json.dumps(origin, ensure_ascii=False) if origin else None,
        "fetch": bool(origin and origin.get("file")),
        "queue": QUEUE,
        "task": ANSWER_TASK,
        "channel": CHANNEL,
    }
    rated = await take_rating(session, conversation, external_id=external_id, words=words, title=title)
    if rated is not None:
        return Stored(rated.id, rated.seq, new=True)
    row = new = (await session.execute(_STORE, values)).first()
    if row is None:
        row = (
            await session.execute(_KNOWN, {"conversation": conversation, "external_id": external_id})
        ).first()
    if row is None:
        raise ConversationGone
    return Stored(row.id, row.seq, new is not None)
