"""A turn: take the conversation's next message, have it answered, write the answer, all or nothing."""

import asyncio
import json
import logging
import uuid
from typing import Any

from sqlalchemy import Row, text

from bot import notices
from bot.engine import Answer, Engine, TurnFailed
from bot.live import CHANNEL
from bot.models import Mode
from nlu.text.language import reply_language
from shop.database import Sessions

logger = logging.getLogger(__name__)

TRIES = 3  # of a turn that fails; an engine that is down does not count

_NEXT = text(
    """
    SELECT m.id, m.text, m.attachment_id, m.attempts, c.id AS conversation, c.shop_id, c.contact_id,
           c.mode, c.language, c.state
    FROM message m JOIN conversation c ON c.id = m.conversation_id
    WHERE m.conversation_id = :conversation AND m.status = 'pending'
    ORDER BY m.seq LIMIT 1
    """
)
# One statement: the new state, numbered replies, the message handled, a person asked for, readers told.
# Nothing is written when the message was handled meanwhile; when a person has taken over, only that it is.
_WRITE = text(
    """
    WITH handled AS (
        UPDATE message SET status = :status, language = :language
        WHERE id = :message AND status = 'pending' RETURNING id
    ), spoken AS (
        UPDATE conversation SET state = coalesce(CAST(:state AS jsonb), state), language = :language,
               mode = CASE WHEN CAST(:handover AS text) IS NULL THEN mode ELSE 'queued' END,
               last_seq = last_seq + :count
        WHERE id = :conversation AND mode <> 'human' AND EXISTS (SELECT FROM handled)
        RETURNING last_seq - :count AS base
    ), replied AS (
        INSERT INTO message (conversation_id, seq, sender, text, buttons, language, in_reply_to, status,
                             attempts)
        SELECT :conversation, spoken.base + r.n, 'bot', r.text, r.buttons, CAST(:language AS text), :message,
               'done', 0
        FROM spoken, jsonb_to_recordset(CAST(:replies AS jsonb)) AS r(n int, text text, buttons jsonb)
    ), called AS (
        INSERT INTO handover (conversation_id, reason)
        SELECT :conversation, CAST(:handover AS text) FROM spoken WHERE CAST(:handover AS text) IS NOT NULL
    )
    SELECT pg_notify(:channel, :lane) FROM handled
    """
)
_TRIED = text("UPDATE message SET attempts = attempts + 1 WHERE id = :message")


async def answer_all(sessions: Sessions, engine: Engine, conversation: uuid.UUID) -> None:
    """Answer every waiting message of a conversation, in order. The caller holds the conversation's lane.

    In `sessions` each statement is its own transaction. Raises EngineDown when there is no engine; what waits
    stays pending.
    """
    while (message := await _next(sessions, conversation)) is not None:
        if message.mode == Mode.human:
            await _write(sessions, message, [], status="done")
            continue
        try:
            answer = await engine.turn(message.state, *_spoken(message))
        except TurnFailed:
            await _failed(sessions, message)
        else:
            await _answered(sessions, message, answer)


async def _next(sessions: Sessions, conversation: uuid.UUID) -> Row[Any] | None:
    async with sessions() as session:
        return (await session.execute(_NEXT, {"conversation": conversation})).first()


def _spoken(message: Row[Any]) -> tuple[str, dict[str, Any]]:
    """What the engine is given: the words (of a picture: that it came) and whose they are."""
    metadata = {
        "turn": str(message.id),
        "conversation": str(message.conversation),
        "shop": message.shop_id,
        "contact": str(message.contact_id),
        "language": message.language,
        "photos": [str(message.attachment_id)] if message.attachment_id else [],
    }
    return message.text or '/inform{"photo": "sent"}', metadata


async def _answered(sessions: Sessions, message: Row[Any], answer: Answer) -> None:
    replies = [reply for reply in answer.replies if reply.get("text")]
    wishes = [
        reply["custom"]["handover"] for reply in answer.replies if "handover" in (reply.get("custom") or {})
    ]
    await _write(
        sessions,
        message,
        replies,
        status="done",
        state=answer.state,
        language=answer.language,
        handover=wishes[0]["reason"] if wishes else None,
    )


async def _failed(sessions: Sessions, message: Row[Any]) -> None:
    """Try again a little later; the last time say so, and open a handover."""
    if message.attempts + 1 < TRIES:
        async with sessions() as session:
            await session.execute(_TRIED, {"message": message.id})
        await asyncio.sleep(0.3 * 3**message.attempts)
        return
    logger.error("message %s failed %d times", message.id, TRIES)
    language = reply_language(message.text, message.language)
    sorry = {"text": notices.FAILED[language], "buttons": []}
    await _write(sessions, message, [sorry], status="failed", language=language, handover="failed")


async def _write(
    sessions: Sessions,
    message: Row[Any],
    replies: list[dict[str, Any]],
    *,
    status: str,
    state: dict[str, Any] | None = None,
    language: str | None = None,
    handover: str | None = None,
) -> None:
    numbered = [
        {"n": n, "text": reply["text"], "buttons": reply.get("buttons") or None}
        for n, reply in enumerate(replies, start=1)
    ]
    values = {
        "message": message.id,
        "conversation": message.conversation,
        "lane": str(message.conversation),
        "status": status,
        "state": json.dumps(state, ensure_ascii=False) if state is not None else None,
        "language": language or message.language,
        "handover": handover,
        "count": len(numbered),
        "replies": json.dumps(numbered, ensure_ascii=False),
        "channel": CHANNEL,
    }
    async with sessions() as session:
        await session.execute(_WRITE, values)
