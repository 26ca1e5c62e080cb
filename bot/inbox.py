"""A message comes in: its row and the job that answers it, in one transaction. The row is the truth."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import ANSWER_TASK, QUEUE

# One statement: number the message, store it unless its id is known, wake a worker in the conversation's lane.
_STORE = text(
    """
    WITH numbered AS (
        UPDATE conversation SET last_seq = last_seq + 1,
               mode = CASE WHEN mode = 'closed' THEN 'bot' ELSE mode END
        WHERE id = :conversation
          AND NOT EXISTS (SELECT FROM message WHERE conversation_id = :conversation AND external_id = :external_id)
        RETURNING last_seq
    ), stored AS (
        INSERT INTO message (conversation_id, seq, sender, text, title, attachment_id, language, external_id, status,
                             attempts)
        SELECT :conversation, last_seq, 'shopper', :text, CAST(:title AS text), CAST(:attachment AS uuid), '', :external_id,
               'pending', 0
        FROM numbered
        ON CONFLICT (conversation_id, external_id) DO NOTHING
        RETURNING id, seq
    ), woken AS (
        SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
            :queue, :task, 0, CAST(:lane AS text), NULL, jsonb_build_object('conversation', CAST(:lane AS text)), NULL
        )::procrastinate_job_to_defer_v1])
        FROM stored
    )
    SELECT id, seq FROM stored, woken
    """
)
_KNOWN = text("SELECT id, seq FROM message WHERE conversation_id = :conversation AND external_id = :external_id")


@dataclass(frozen=True)
class Stored:
    id: int
    seq: int
    is_new: bool


async def store_message(
    session: AsyncSession,
    conversation: uuid.UUID,
    *,
    external_id: str,
    words: str,
    title: str | None = None,
    attachment: uuid.UUID | None = None,
) -> Stored:
    """Store a shopper's message once; the same external id again gives the row that is there.

    The caller commits, and only then the job is seen. Two at once with one id: the conversation's row lock
    and the unique index let one through.
    """
    row = (
        await session.execute(
            _STORE,
            {
                "conversation": conversation,
                "lane": str(conversation),
                "external_id": external_id,
                "text": words,
                "title": title,
                "attachment": attachment,
                "queue": QUEUE,
                "task": ANSWER_TASK,
            },
        )
    ).first()
    if row is not None:
        return Stored(row.id, row.seq, True)
    known = (await session.execute(_KNOWN, {"conversation": conversation, "external_id": external_id})).one()
    return Stored(known.id, known.seq, False)
