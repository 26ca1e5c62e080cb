"""The log of who saw and did what. One row an act, in the act's own transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.access import Right, Who
from bot.staff.models import AuditEntry, Staff


@dataclass(frozen=True)
class Sought:
    """Which acts: every one that is set must hold. `conversation` is an id or its beginning."""

    staff: int | None = None
    action: str = ""
    conversation: str = ""
    since: datetime | None = None
    until: datetime | None = None  # and not at that moment


class Entry(NamedTuple):
    id: int
    name: str
    action: str
    subject: str
    details: dict[str, Any]
    at: datetime


async def note_act(session: AsyncSession, who: Who, action: str, subject: str = "", **details: Any) -> None:
    """Write down an act. `details` hold ids, counts and words of ours: nothing a shopper wrote."""
    if who.key_id is not None:
        details["key"] = who.key_id
    session.add(
        AuditEntry(
            shop_id=who.shop_id,
            staff_id=who.staff_id or None,
            action=action,
            subject=subject,
            details=details,
        )
    )
    await session.flush()


_LOOK = text(
    """
    INSERT INTO audit_entry (shop_id, staff_id, action, subject, details)
    SELECT :shop, :staff, 'open', CAST(:subject AS text), '{}' WHERE NOT EXISTS (
        SELECT FROM audit_entry
        WHERE subject = CAST(:subject AS text) AND staff_id = :staff AND action = 'open'
          AND at > now() - interval '1 hour')
    """
)


async def note_look(session: AsyncSession, who: Who, subject: str) -> None:
    """Write down who opened something, once an hour."""
    await session.execute(_LOOK, {"shop": who.shop_id, "staff": who.staff_id, "subject": subject})


async def read_log(
    session: AsyncSession,
    who: Who,
    sought: Sought | None = None,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Newest first; `before` is the last id of the page before."""
    who.must(Right.manage)
    query = (
        select(
            AuditEntry.id,
            Staff.name,
            AuditEntry.action,
            AuditEntry.subject,
            AuditEntry.details,
            AuditEntry.at,
        )
        .outerjoin(Staff, Staff.id == AuditEntry.staff_id)
        .where(AuditEntry.shop_id == who.shop_id, *_held(sought or Sought()))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return [
        Entry(row.id, row.name or "", row.action, row.subject, row.details, row.at)
        for row in await session.execute(query)
    ]


def _held(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.staff is not None:
        yield AuditEntry.staff_id == sought.staff
    if sought.action:
        yield AuditEntry.action == sought.action
    if sought.conversation:
        there = AuditEntry.details["conversation"].astext  # of an act on an order
        yield or_(
            AuditEntry.subject.startswith(f"conversation {sought.conversation}", autoescape=True),
            there.startswith(sought.conversation, autoescape=True),
        )
    if sought.since is not None:
        yield AuditEntry.at >= sought.since
    if sought.until is not None:
        yield AuditEntry.at < sought.until
