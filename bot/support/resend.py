"""A reply that was set aside goes into the outbox again."""

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import DEFER_DELIVERY
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import NotFound
from bot.support.moves import moment

# In the outbox's order, which is that of the numbers: a text that is newer does not go before it.
_AGAIN = text(
    f"""
    WITH outgoing AS (
        UPDATE delivery SET status = 'waiting', attempts = 0, next_at = now(), sending_at = NULL, error = NULL
        WHERE conversation_id = :conversation AND seq = :seq AND status = 'failed'
        RETURNING conversation_id::text AS lane, NULL::timestamptz AS due
    )
    SELECT lane, {DEFER_DELIVERY} FROM outgoing
    """  # noqa: S608 - our own names
)


async def send_again(session: AsyncSession, who: Who, conversation: uuid.UUID, seq: int) -> None:
    """By hand, with as many tries as a new one. Raises NotFound where nothing failed."""
    who.must(Right.answer)
    await moment(session, who, conversation)
    again = (await session.execute(_AGAIN, {"conversation": conversation, "seq": seq})).first()
    if again is None:
        raise NotFound("no such message was set aside")
    await note_act(session, who, "send_again", f"conversation {conversation}", seq=seq)
