"""A reply is written: its number, its row and, on an external channel, its place in the outbox."""

import json
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import DEFER_DELIVERY
from bot.live import CHANNEL
from bot.models import Sender

# Parts of a statement that has `spoken` (conversation: id, account_id, epoch, hold_until) and `replied`
# (messages: id, seq): the outbox rows, and the job that sends them. Nothing on the web. The statement must
# read `sending`, or PostgreSQL does not run it. Held: when the callback has had its time.
WITH_DELIVERY = f"""
    outgoing AS (
        INSERT INTO delivery (message_id, conversation_id, account_id, seq, sender, notice, epoch, next_at)
        SELECT r.id, s.id, s.account_id, r.seq, :sender, :notice, s.epoch, greatest(now(), s.hold_until)
        FROM replied r CROSS JOIN spoken s WHERE s.account_id IS NOT NULL
        RETURNING conversation_id::text AS lane, CASE WHEN next_at > now() THEN next_at END AS due
    ), sending AS (
        SELECT {DEFER_DELIVERY} FROM (SELECT lane, min(due) AS due FROM outgoing GROUP BY lane) AS lanes
    )
"""  # noqa: S608 - our own names

_POST = text(
    f"""
    WITH spoken AS (
        UPDATE conversation c SET last_seq = last_seq + 1, last_at = now()
        WHERE id = :conversation
          AND (CAST(:external_id AS text) IS NULL OR NOT EXISTS (
               SELECT FROM message m WHERE m.conversation_id = c.id AND m.external_id = :external_id))
        RETURNING id, last_seq, account_id, epoch, hold_until
    ), replied AS (
        INSERT INTO message (conversation_id, seq, sender, text, buttons, language, external_id, in_reply_to,
                             status, attempts)
        SELECT id, last_seq, :sender, :text, CAST(:buttons AS jsonb), :language, :external_id,
               CAST(:in_reply_to AS bigint), 'done', 0
        FROM spoken
        ON CONFLICT (conversation_id, external_id) DO NOTHING
        RETURNING id, seq
    ), {WITH_DELIVERY}
    SELECT id, seq, pg_notify(:channel, :lane), (SELECT count(*) FROM sending) FROM replied
    """  # noqa: S608
)


Button = dict[str, str]

#: SQL for the choices of what goes out as one message, which `{head}` names: a list for each reply in it
BUTTONS_OF = """
    SELECT json_agg(m.buttons ORDER BY m.seq) FROM message m
    WHERE m.id = {head} OR m.id IN (SELECT message_id FROM delivery WHERE merged_into = {head})
"""


def offered(buttons: Iterable[Sequence[Button] | None]) -> list[Button]:
    """The choices of replies that go out as one message, each once. A choice's number is its place here."""
    by_payload = {button["payload"]: button for own in buttons for button in own or ()}
    return list(by_payload.values())


async def post(
    session: AsyncSession,
    conversation: uuid.UUID,
    *,
    sender: Sender,
    words: str,
    language: str,
    buttons: list[dict[str, str]] | None = None,
    external_id: str | None = None,
    in_reply_to: int | None = None,
    notice: bool = False,
) -> tuple[int, int] | None:
    """Say something in a conversation that no turn has worked out: a staff reply, a greeting, a notice. One
    statement. Gives the message's id and number; None where the external id is known or there is no such
    conversation.
    """
    values: dict[str, Any] = {
        "conversation": conversation,
        "lane": str(conversation),
        "sender": sender.value,
        "text": words,
        "language": language,
        "buttons": json.dumps(buttons, ensure_ascii=False) if buttons else None,
        "external_id": external_id,
        "in_reply_to": in_reply_to,
        "notice": notice,
        "channel": CHANNEL,
    }
    row = (await session.execute(_POST, values)).first()
    return (row.id, row.seq) if row else None
