"""A turn: take the conversation's next message, have it answered, write the answer, all or nothing."""

import asyncio
import json
import logging
import uuid
from typing import Any

from sqlalchemy import Row, text

from bot import notices
from bot.engine import Answer, Engine, TurnFailed
from bot.files import Files, answer_without_engine
from bot.live import CHANNEL
from bot.models import Mode
from bot.outgoing import WITH_DELIVERY
from bot.support.queue import admit
from nlu.text.language import reply_language
from shop.database import Sessions

logger = logging.getLogger(__name__)

TRIES = 5  # of a turn that fails; an engine that is down does not count
LONGEST_PAUSE = 2.0  # seconds between two of them

_NEXT = text(
    """
    SELECT m.id, m.text, m.attachment_id, m.attempts, m.origin, c.id AS conversation, c.shop_id, c.contact_id,
           c.mode, c.language, c.state, c.epoch, c.account_id, c.anger, c.brief,
           s.catalogue_version,
           (SELECT count(*) FROM conversation q WHERE q.shop_id = c.shop_id AND q.mode = 'queued'
                AND q.id <> c.id AND (c.rank_at IS NULL OR q.rank_at < c.rank_at)) AS ahead
    FROM message m JOIN conversation c ON c.id = m.conversation_id JOIN shop s ON s.id = c.shop_id
    WHERE m.conversation_id = :conversation AND m.status = 'pending'
    ORDER BY m.seq LIMIT 1
    """
)
# One statement: the new state, numbered replies, the message handled, a person asked for, readers told, and
# on an external channel the outbox. Nothing is written when the message was handled or edited meanwhile, or
# a person took over and gave back; when a person has the conversation, only that the message is handled.
_WRITE = text(
    f"""
    WITH handled AS (
        UPDATE message SET status = :status, language = :language, intent = CAST(:intent AS text),
               emotion = CAST(:emotion AS text), intensity = CAST(:intensity AS double precision)
        WHERE id = :message AND status = 'pending' AND text = :words
          AND EXISTS (SELECT FROM conversation
                      WHERE id = :conversation AND (epoch = :epoch OR mode = 'human'))
        RETURNING id
    ), spoken AS (
        UPDATE conversation SET state = coalesce(CAST(:state AS jsonb), state), language = :language,
               mode = CASE WHEN CAST(:handover AS text) IS NULL THEN mode ELSE 'queued' END,
               queued_at = CASE WHEN CAST(:handover AS text) IS NULL THEN queued_at
                                ELSE coalesce(queued_at, now()) END,
               rank_at = CASE WHEN CAST(:handover AS text) IS NULL THEN rank_at
                              ELSE coalesce(rank_at, now()) END,
               waiting_since = CASE WHEN CAST(:handover AS text) IS NULL THEN waiting_since
                                    ELSE coalesce(waiting_since, now()) END,
               brief = NULL, emotion = coalesce(CAST(:emotion AS text), emotion),
               intensity = CASE WHEN CAST(:emotion AS text) IS NULL THEN intensity
                                ELSE CAST(:intensity AS double precision) END,
               anger = CASE CAST(:emotion AS text) WHEN 'angry' THEN anger + 1 ELSE
                       CASE WHEN CAST(:emotion AS text) IS NULL THEN anger ELSE 0 END END,
               last_seq = last_seq + :count, last_at = now()
        WHERE id = :conversation AND mode <> 'human' AND epoch = :epoch AND EXISTS (SELECT FROM handled)
        RETURNING id, last_seq - :count AS base, account_id, epoch, hold_until
    ), replied AS (
        INSERT INTO message (conversation_id, seq, sender, text, buttons, language, in_reply_to, status,
                             attempts)
        SELECT :conversation, spoken.base + r.n, 'bot', r.text, r.buttons, CAST(:language AS text), :message,
               'done', 0
        FROM spoken, jsonb_to_recordset(CAST(:replies AS jsonb)) AS r(n int, text text, buttons jsonb)
        RETURNING id, seq
    ), called AS (
        INSERT INTO handover (conversation_id, reason, summary, callback)
        SELECT :conversation, CAST(:handover AS text), CAST(:summary AS jsonb), CAST(:callback AS jsonb)
        FROM spoken WHERE CAST(:handover AS text) IS NOT NULL
        ON CONFLICT (conversation_id) WHERE closed_at IS NULL
        DO UPDATE SET callback = excluded.callback WHERE excluded.callback IS NOT NULL
    ), {WITH_DELIVERY}
    SELECT pg_notify(:channel, :lane), (SELECT count(*) FROM sending) FROM handled
    """  # noqa: S608 - our own names
)
_TRIED = text("UPDATE message SET attempts = attempts + 1 WHERE id = :message")


async def answer_all(sessions: Sessions, engine: Engine, files: Files, conversation: uuid.UUID) -> None:
    """Answer every waiting message of a conversation, in order. The caller holds the conversation's lane.

    In `sessions` each statement is its own transaction. Raises EngineDown when there is no engine, NotYet
    when a file cannot be fetched now; what waits stays pending.
    """
    while (message := await _next(sessions, conversation)) is not None:
        if message.origin and await files.fetch(message):
            continue
        if message.mode == Mode.human:
            await _write(sessions, message, [], status="done")
            continue
        if said := answer_without_engine(message):
            reply = {"text": said.words[message.language], "buttons": []}
            wish = {"reason": said.handover} if said.handover else None
            await _write(sessions, message, [reply], status="done", wish=wish)
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
        "catalogue": message.catalogue_version,
        "contact": str(message.contact_id),
        "language": message.language,
        "photos": [str(message.attachment_id)] if message.attachment_id else [],
        "mode": message.mode,
        "ahead": message.ahead,  # of this shopper, or of whoever should ask for a person now
        "anger": message.anger,  # angry messages in a row before this one
        "brief": message.brief,  # from a person who gave the conversation back just now
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
        parse=answer.parse,
        wish=_joined(wishes),
    )


def _joined(wishes: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Of several wishes for a person in one message: the first one's reason, and what any of them says."""
    return {name: said for wish in reversed(wishes) for name, said in wish.items()} if wishes else None


async def _failed(sessions: Sessions, message: Row[Any]) -> None:
    """Try again a little later; the last time say so, and open a handover."""
    if message.attempts + 1 < TRIES:
        async with sessions() as session:
            await session.execute(_TRIED, {"message": message.id})
        await asyncio.sleep(min(LONGEST_PAUSE, 0.3 * 3**message.attempts))
        return
    logger.error("message %s failed %d times", message.id, TRIES)
    language = reply_language(message.text, message.language)
    sorry = {"text": notices.FAILED[language], "buttons": []}
    await _write(sessions, message, [sorry], status="failed", language=language, wish={"reason": "failed"})


async def _write(
    sessions: Sessions,
    message: Row[Any],
    replies: list[dict[str, Any]],
    *,
    status: str,
    state: dict[str, Any] | None = None,
    language: str | None = None,
    parse: dict[str, Any] | None = None,
    wish: dict[str, Any] | None = None,
) -> None:
    numbered = [
        {"n": n, "text": reply["text"], "buttons": reply.get("buttons") or None}
        for n, reply in enumerate(replies, start=1)
    ]
    understood = parse or {}
    values = {
        "message": message.id,
        "words": message.text,
        "epoch": message.epoch,
        "sender": "bot",
        "notice": False,
        "conversation": message.conversation,
        "lane": str(message.conversation),
        "status": status,
        "state": _json(state),
        "language": language or message.language,
        "handover": wish["reason"] if wish else None,
        "summary": _json(wish.get("summary") if wish else None),
        "callback": _json(wish.get("callback") if wish else None),
        "intent": understood.get("intent"),
        "emotion": understood.get("emotion"),
        "intensity": understood.get("intensity"),
        "count": len(numbered),
        "replies": json.dumps(numbered, ensure_ascii=False),
        "channel": CHANNEL,
    }
    async with sessions() as session:
        await session.execute(_WRITE, values)
    if wish:
        await admit(sessions, message.conversation)


def _json(value: Any) -> str | None:
    return json.dumps(value, ensure_ascii=False) if value is not None else None
