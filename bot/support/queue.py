"""Who waits for a person, in which order, and who gets them.

The longest waiting come first. Anger and a valuable order count as minutes of waiting (shop.service), so they
come earlier and nobody starves. Warnings come before a target breaks; targets run on the people's clock.
"""

import json
import logging
import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.live import CHANNEL
from bot.models import Reason
from bot.staff.sessions import forget_tries
from bot.support.feed import forget_old_changes
from bot.support.summary import summarize
from shop import database
from shop.database import Sessions, transaction
from shop.service import Service
from shop.shops import rules_for

logger = logging.getLogger(__name__)

_UNREADY = text(
    """
    SELECT h.id, h.conversation_id, h.reason, h.summary, h.at, c.shop_id, c.contact_id, c.mode, c.queued_at,
           c.emotion
    FROM handover h JOIN conversation c ON c.id = h.conversation_id
    WHERE NOT h.ready AND h.closed_at IS NULL
      AND (CAST(:conversation AS uuid) IS NULL OR h.conversation_id = :conversation)
    ORDER BY h.id LIMIT 200
    """
)
_READY = text(
    """
    WITH ready AS (
        UPDATE handover SET ready = true, summary = CAST(:summary AS jsonb),
               reply_due_at = CAST(:reply_due AS timestamptz),
               resolve_due_at = CAST(:resolve_due AS timestamptz)
        WHERE id = :handover AND NOT ready AND closed_at IS NULL RETURNING conversation_id
    )
    UPDATE conversation c SET rank_at = c.queued_at - make_interval(secs => :ahead) FROM ready
    WHERE c.id = ready.conversation_id AND c.mode = 'queued'
    """
)
_WORTH = text(
    """
    SELECT max(worth) FROM (
        SELECT o.freight + coalesce((SELECT sum(i.unit_price * i.quantity) FROM order_item i
                                     WHERE i.order_id = o.id), 0) AS worth
        FROM "order" o
        WHERE o.shop_id = :shop AND o.status <> 'cancelled'
          AND (o.order_number = :order OR (CAST(:order AS text) IS NULL AND o.customer_id IN
               (SELECT customer_id FROM proof WHERE contact_id = :contact)))
        ORDER BY o.ordered_at DESC LIMIT 20) AS orders
    """
)


async def admit(sessions: Sessions, conversation: uuid.UUID | None = None) -> int:
    """Make new handovers ready: summary, targets, place in the queue; then give to agents where the shop
    wants that. Of one conversation, or (the sweep) all that were left behind. How many there were."""
    async with sessions() as session:
        rows = (await session.execute(_UNREADY, {"conversation": conversation})).all()
    for row in rows:
        async with transaction(sessions) as session:
            await _admit(session, row)
    for shop in {row.shop_id for row in rows}:
        await assign(sessions, shop)
    return len(rows)


async def _admit(session: AsyncSession, row: Row[Any]) -> None:
    service = (await rules_for(session, row.shop_id)).service
    summary = await summarize(
        session, shop_id=row.shop_id, conversation=row.conversation_id, hint=row.summary
    )
    asked = row.reason != Reason.staff
    values = {
        "handover": row.id,
        "summary": json.dumps(summary, ensure_ascii=False),
        "reply_due": _due(service, row.at, service.first_reply_minutes) if asked else None,
        "resolve_due": _due(service, row.at, service.resolve_minutes),
        "ahead": (await _credit(session, service, row, summary)).total_seconds(),
    }
    await session.execute(_READY, values)


async def _credit(
    session: AsyncSession, service: Service, row: Row[Any], summary: dict[str, Any]
) -> timedelta:
    """By how much mood and value make someone's waiting longer."""
    minutes = 0
    if row.reason == Reason.anger or row.emotion == "angry":
        minutes += service.angry_minutes
    values = {"shop": row.shop_id, "contact": row.contact_id, "order": summary["order"]}
    worth: Decimal | None = await session.scalar(_WORTH, values)
    if worth is not None and worth >= service.value_from:
        minutes += service.value_minutes
    return timedelta(minutes=minutes)


def _due(service: Service, since: datetime, minutes: int | None) -> datetime | None:
    return service.hours.after(since, minutes) if minutes else None


# An agent with the language, at work, with room; the one with the least to do, then who has waited longest.
_CANDIDATES = text(
    """
    SELECT m.staff_id, m.capacity, m.languages, m.last_given,
           (SELECT count(*) FROM conversation c WHERE c.owner_id = m.staff_id AND c.shop_id = m.shop_id
                AND c.mode = 'human') AS busy
    FROM membership m JOIN staff s ON s.id = m.staff_id
    WHERE m.shop_id = :shop AND m.available AND s.disabled_at IS NULL
      AND m.seen_at > now() - make_interval(secs => :away)
    """
)
_WAITING = text(
    """
    SELECT c.id, c.language, c.epoch,
           (SELECT staff_id FROM handover WHERE conversation_id = c.id AND closed_at IS NULL) AS had
    FROM conversation c WHERE c.shop_id = :shop AND c.mode = 'queued'
    ORDER BY c.rank_at, c.id LIMIT 100
    """
)
_GIVE = text(
    """
    WITH given AS (
        UPDATE conversation SET mode = 'human', owner_id = :staff, epoch = epoch + 1,
               queued_at = NULL, rank_at = NULL
        WHERE id = :id AND mode = 'queued' AND epoch = :epoch RETURNING id, shop_id
    ), taken AS (
        UPDATE handover SET staff_id = :staff, claimed_at = coalesce(claimed_at, now())
        FROM given WHERE conversation_id = given.id AND closed_at IS NULL
    ), noted AS (
        INSERT INTO audit_entry (shop_id, staff_id, action, subject, details)
        SELECT shop_id, :staff, 'assigned', 'conversation ' || id, '{}' FROM given
    )
    SELECT id, pg_notify(:channel, id::text) FROM given
    """
)
_GIVEN = text("UPDATE membership SET last_given = now() WHERE staff_id = :staff AND shop_id = :shop")
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('karwan assign ' || :shop, 0))")


async def assign(sessions: Sessions, shop_id: int) -> int:
    """Give those who wait to agents with room, where the shop wants that. One round of a shop at a time."""
    async with transaction(sessions) as session:
        service = (await rules_for(session, shop_id)).service
        if service.assign != "auto" or not service.hours.is_open(database.now()):
            return 0
        await session.execute(_ONE_AT_A_TIME, {"shop": str(shop_id)})
        away = {"shop": shop_id, "away": service.away_after_seconds}
        agents = [dict(row) for row in (await session.execute(_CANDIDATES, away)).mappings()]
        waiting = (await session.execute(_WAITING, {"shop": shop_id})).all()
        return sum([await _give(session, shop_id, one, agents) for one in waiting])


async def _give(session: AsyncSession, shop_id: int, one: Row[Any], agents: list[dict[str, Any]]) -> bool:
    """Never back to whoever had it and put it into the queue."""
    able = [
        agent
        for agent in agents
        if one.language in agent["languages"]
        and agent["busy"] < agent["capacity"]
        and agent["staff_id"] != one.had
    ]
    if not able:
        return False
    agent = min(able, key=_turn)
    values = {"id": one.id, "epoch": one.epoch, "staff": agent["staff_id"], "channel": CHANNEL}
    if (await session.execute(_GIVE, values)).first() is None:
        return False
    await session.execute(_GIVEN, {"staff": agent["staff_id"], "shop": shop_id})
    agent["busy"] += 1
    agent["last_given"] = database.now()
    return True


def _turn(agent: dict[str, Any]) -> tuple[float, float]:
    """Whose turn it is: the smallest part of their room taken, then the longest without a new one."""
    last = agent["last_given"]
    return agent["busy"] / agent["capacity"], last.timestamp() if last else 0.0


# Of agents whose inbox shows no sign of life: what waits on them goes back to the queue, with the waiting it
# has. What they have answered, and the shopper has not, stays theirs.
_GIVE_BACK = text(
    """
    WITH gone AS (
        SELECT c.id FROM conversation c JOIN membership m ON m.staff_id = c.owner_id AND m.shop_id = c.shop_id
        JOIN staff s ON s.id = m.staff_id
        WHERE c.shop_id = :shop AND c.mode = 'human'
          AND c.waiting_since < now() - make_interval(secs => :away)
          AND (s.disabled_at IS NOT NULL
               OR coalesce(m.seen_at, '-infinity') < now() - make_interval(secs => :away))
        FOR UPDATE OF c
    ), back AS (
        UPDATE conversation c SET mode = 'queued', owner_id = NULL, epoch = epoch + 1,
               queued_at = c.waiting_since, rank_at = c.waiting_since
        FROM gone WHERE c.id = gone.id RETURNING c.id, c.shop_id
    ), open_again AS (
        UPDATE handover h SET staff_id = NULL FROM back
        WHERE h.conversation_id = back.id AND h.closed_at IS NULL
    ), noted AS (
        INSERT INTO audit_entry (shop_id, action, subject, details)
        SELECT shop_id, 'returned to queue', 'conversation ' || id, '{}' FROM back
    )
    SELECT id, pg_notify(:channel, id::text) FROM back
    """
)


async def take_from_away(sessions: Sessions, shop_id: int) -> int:
    """What waits on agents who have gone goes back to the queue. How many there were."""
    async with transaction(sessions) as session:
        service = (await rules_for(session, shop_id)).service
        values = {"shop": shop_id, "away": service.away_after_seconds, "channel": CHANNEL}
        return len((await session.execute(_GIVE_BACK, values)).all())


_OPEN = text(
    """
    SELECT h.id, h.at, h.reply_due_at, h.resolve_due_at, h.first_reply_at, h.warned, c.shop_id
    FROM handover h JOIN conversation c ON c.id = h.conversation_id
    WHERE h.closed_at IS NULL AND h.ready
      AND least(h.reply_due_at, h.resolve_due_at) < now() + interval '2 days'
      AND coalesce(h.warned, '') <> 'resolve_late'
    ORDER BY h.reply_due_at LIMIT 2000
    """
)
_WARN = text("UPDATE handover SET warned = :warning WHERE id = :id AND warned IS DISTINCT FROM :warning")


async def warn(sessions: Sessions, now: datetime | None = None) -> int:
    """Mark the handovers whose target is near or broken; the change reaches every inbox. How many."""
    now = now or database.now()
    warned, services = 0, dict[int, Service]()
    async with transaction(sessions) as session:
        for row in (await session.execute(_OPEN)).all():
            if row.shop_id not in services:
                services[row.shop_id] = (await rules_for(session, row.shop_id)).service
            warning = warning_of(row, services[row.shop_id], now)
            if warning and warning != row.warned:
                await session.execute(_WARN, {"id": row.id, "warning": warning})
                warned += 1
    return warned


def warning_of(row: Row[Any], service: Service, now: datetime) -> str | None:
    """The worst that can be said of a handover's targets now."""
    if row.resolve_due_at and now >= row.resolve_due_at:
        return "resolve_late"
    if row.reply_due_at and row.first_reply_at is None:
        if now >= row.reply_due_at:
            return "reply_late"
        if _near(service, row.at, now, service.first_reply_minutes):
            return "reply_soon"
    if row.resolve_due_at and _near(service, row.at, now, service.resolve_minutes):
        return "resolve_soon"
    return None


def _near(service: Service, since: datetime, now: datetime, minutes: int | None) -> bool:
    return bool(minutes) and service.hours.minutes_between(since, now) >= (minutes or 0) * service.warn_at


_BUSY_SHOPS = text(
    """
    SELECT DISTINCT c.shop_id FROM handover h JOIN conversation c ON c.id = h.conversation_id
    WHERE h.closed_at IS NULL
    """
)


async def look_after_queues(sessions: Sessions) -> None:
    """What the sweep does for the queue, every round."""
    await admit(sessions)
    async with sessions() as session:
        shops = list(await session.scalars(_BUSY_SHOPS))
    for shop in shops:
        await take_from_away(sessions, shop)
        await assign(sessions, shop)
    await warn(sessions)
    async with transaction(sessions) as session:
        await forget_old_changes(session)
        await forget_tries(session)
