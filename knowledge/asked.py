"""What shoppers asked and what became of it, for the shop to learn from."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_NOTE = text(
    """
    INSERT INTO faq_asked (shop_id, turn, clause, outcome, faq_id, embedding)
    VALUES (:shop, :turn, :clause, :outcome, :entry, CAST(:vector AS halfvec))
    ON CONFLICT (shop_id, turn, clause)
    DO UPDATE SET outcome = excluded.outcome, faq_id = excluded.faq_id, embedding = excluded.embedding
    """
)


async def note_asked(
    session: AsyncSession,
    shop_id: int,
    turn: str,
    outcome: str,
    entry: int | None = None,
    vector: str | None = None,
) -> None:
    """`turn` is the message's id, a colon and the part of it that was answered; noted
    once, however often it runs."""
    message, _, clause = turn.partition(":")
    values = {"shop": shop_id, "turn": message[:50], "clause": int(clause or 1), "outcome": str(outcome)}
    await session.execute(_NOTE, {**values, "entry": entry, "vector": vector})
