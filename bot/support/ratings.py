"""After closing: how was it? One tap from 1 to 5, and whoever likes adds a word. Neither wakes the bot.

A tap counts only for a question that was really asked, once for each closing; a second tap changes it.
"""

import json
import re
import uuid
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import notices
from bot.live import CHANNEL
from bot.models import Sender
from bot.outgoing import WITH_DELIVERY, post

_TAP = re.compile(r'/rate\{"score": ?([1-5]), ?"closing": ?(\d{1,9})\}')
_WORD = re.compile(r"\s*(?:评价|پىكىر)\s*[:：]\s*(\S.{0,999})", re.DOTALL)

_TAKE = text(
    f"""
    WITH asked AS (
        SELECT c.id, c.shop_id FROM conversation c
        WHERE c.id = :conversation AND EXISTS (
            SELECT FROM message m WHERE m.conversation_id = c.id AND m.sender = 'bot'
              AND m.buttons @> CAST(:button AS jsonb))
          AND NOT EXISTS (SELECT FROM message m
                          WHERE m.conversation_id = c.id AND m.external_id = :external_id)
    ), spoken AS (
        UPDATE conversation c SET last_seq = c.last_seq + 2, last_at = now() FROM asked WHERE c.id = asked.id
        RETURNING c.id, c.shop_id, c.last_seq, c.account_id, c.epoch, c.hold_until, c.language
    ), tapped AS (
        INSERT INTO message (conversation_id, seq, sender, text, title, language, external_id, status,
                             attempts)
        SELECT id, last_seq - 1, 'shopper', :text, :title, language, :external_id, 'done', 0 FROM spoken
        RETURNING id, seq
    ), rated AS (
        INSERT INTO rating (shop_id, conversation_id, epoch, score, words, staff_id)
        SELECT shop_id, id, :closing, :score, CAST(:words AS text),
               (SELECT h.staff_id FROM handover h WHERE h.conversation_id = spoken.id
                ORDER BY h.id DESC LIMIT 1)
        FROM spoken
        ON CONFLICT (conversation_id, epoch) DO UPDATE
        SET score = excluded.score, words = coalesce(excluded.words, rating.words)
    ), replied AS (
        INSERT INTO message (conversation_id, seq, sender, text, language, in_reply_to, status, attempts)
        SELECT s.id, s.last_seq, 'bot', CASE s.language WHEN 'ug' THEN :thanks_ug ELSE :thanks_zh END,
               s.language, tapped.id, 'done', 0
        FROM spoken s, tapped
        RETURNING id, seq
    ), {WITH_DELIVERY}
    SELECT tapped.id, tapped.seq, pg_notify(:channel, :lane), (SELECT count(*) FROM sending) FROM tapped
    """  # noqa: S608 - our own names
)
_LAST = text(
    """
    SELECT r.score, r.epoch FROM rating r JOIN conversation c ON c.id = r.conversation_id
    WHERE r.conversation_id = :conversation AND c.mode = 'closed' AND r.epoch = c.epoch
    """
)


def _payload(score: int, closing: int) -> str:
    return f'/rate{{"score": {score}, "closing": {closing}}}'


async def ask_rating(session: AsyncSession, conversation: uuid.UUID, epoch: int, language: str) -> None:
    """In the transaction that closes the conversation."""
    buttons = [
        {"title": title, "payload": _payload(score, epoch)}
        for score, title in sorted(notices.SCORES[language].items(), reverse=True)
    ]
    await post(
        session,
        conversation,
        sender=Sender.bot,
        words=notices.RATE[language],
        language=language,
        buttons=buttons,
        notice=True,
    )


async def take_rating(
    session: AsyncSession, conversation: uuid.UUID, *, external_id: str, words: str, title: str | None
) -> Row[Any] | None:
    """The stored message (id, seq) if it was a rating or a word on one; None: it is for the bot."""
    if tap := _TAP.fullmatch(words):
        return await _take(
            session, conversation, external_id, words, title or tap[1], int(tap[1]), int(tap[2]), None
        )
    if word := _WORD.fullmatch(words):
        known = (await session.execute(_LAST, {"conversation": conversation})).first()
        if known is not None:
            return await _take(
                session, conversation, external_id, words, None, known.score, known.epoch, word[1].strip()
            )
    return None


async def _take(
    session: AsyncSession,
    conversation: uuid.UUID,
    external_id: str,
    said: str,
    title: str | None,
    score: int,
    closing: int,
    words: str | None,
) -> Row[Any] | None:
    thanks = notices.RATED_WITH_WORD if words else notices.RATED
    values = {
        "conversation": conversation,
        "lane": str(conversation),
        "external_id": external_id,
        "button": json.dumps([{"payload": _payload(score, closing)}]),
        "text": said,
        "title": title,
        "score": score,
        "closing": closing,
        "words": words,
        "thanks_zh": thanks["zh"],
        "thanks_ug": thanks["ug"],
        "sender": "bot",
        "notice": True,
        "channel": CHANNEL,
    }
    return (await session.execute(_TAKE, values)).first()
