"""Counters of the edge beyond those of HTTP itself (bot/edge.py)."""

from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CALLBACKS = Counter(
    "karwan_callbacks_total", "Platform callbacks by what became of them", ["channel", "result"]
)
INCOMING = Counter("karwan_incoming_total", "What callbacks brought", ["channel", "kind"])
OUTBOX = Gauge("karwan_outbox_messages", "Messages in the outbox by state", ["channel", "status"])

# What waits, is held back or was set aside; what is out is a long table and nobody's worry.
_OUTBOX = text(
    """
    SELECT a.channel, d.status, count(*) AS messages
    FROM delivery d JOIN channel_account a ON a.id = d.account_id
    WHERE d.status IN ('waiting', 'held', 'failed') GROUP BY 1, 2
    """
)


async def count_outbox(session: AsyncSession) -> None:
    OUTBOX.clear()
    for row in await session.execute(_OUTBOX):
        OUTBOX.labels(row.channel, row.status).set(row.messages)
