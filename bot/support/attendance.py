"""Who is at work: available for conversations, and showing signs of life."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.access import Right, Who
from bot.staff.audit import note_act

_AVAILABLE = text(
    """
    UPDATE membership SET available = :available, seen_at = now() WHERE staff_id = :staff AND shop_id = :shop
    """
)
_ALIVE = text("UPDATE membership SET seen_at = now() WHERE staff_id = :staff AND shop_id = :shop")
# Who goes away leaves what waits on them to the others, with the waiting it has.
_HAND_BACK = text(
    """
    WITH back AS (
        UPDATE conversation SET mode = 'queued', owner_id = NULL, epoch = epoch + 1,
               queued_at = waiting_since, rank_at = waiting_since
        WHERE shop_id = :shop AND owner_id = :staff AND mode = 'human' AND waiting_since IS NOT NULL
        RETURNING id
    )
    UPDATE handover h SET staff_id = NULL FROM back WHERE h.conversation_id = back.id AND h.closed_at IS NULL
    RETURNING h.conversation_id
    """
)


async def set_available(session: AsyncSession, who: Who, available: bool) -> int:
    """Take conversations from now on, or go away: what waits on them returns to the queue. How many did."""
    who.must(Right.answer)
    values = {"staff": who.staff_id, "shop": who.shop_id, "available": available}
    await session.execute(_AVAILABLE, values)
    back = [] if available else (await session.execute(_HAND_BACK, values)).all()
    await note_act(session, who, "available" if available else "away", returned=len(back))
    return len(back)


async def show_life(session: AsyncSession, who: Who) -> None:
    """An open inbox says so now and then; without it the agent counts as gone (bot.support.queue)."""
    await session.execute(_ALIVE, {"staff": who.staff_id, "shop": who.shop_id})
