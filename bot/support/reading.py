"""What the inbox shows: the list of conversations, and one of them with all that belongs to it."""

import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Mode
from bot.staff.access import Right, Who
from bot.staff.errors import Impossible, NotFound
from bot.staff.masking import mask_name, mask_text
from shop.numbers import only_digits, plain_number

MOST = 100  # conversations of a page of the list
SEARCHED = 1_000  # latest conversations whose words a search looks through
MESSAGES = 100  # of a page of a conversation

# `theirs`: what depends on the reader. A list is for one; news of a conversation is read once for all.
_COLUMNS = """
    SELECT c.id, c.mode, c.epoch, c.owner_id, o.name AS owner, c.language, c.emotion, c.intensity, c.last_at,
           c.last_seq, c.queued_at, c.rank_at, c.waiting_since, c.closed_at, c.result, c.created_at,
           a.channel,
           h.reason, h.at AS handed_at, h.reply_due_at, h.resolve_due_at, h.first_reply_at, h.warned,
           h.callback IS NOT NULL AS callback,
           m.seq, m.sender, left(m.text, 200) AS text, m.title, m.attachment_id IS NOT NULL AS picture,
           {theirs}, n.name AS customer,
           EXISTS (SELECT FROM delivery d WHERE d.conversation_id = c.id AND d.status = 'failed') AS failed
    FROM ({page}) c
    JOIN contact_inbox i ON i.id = c.contact_inbox_id JOIN channel_account a ON a.id = i.channel_account_id
    LEFT JOIN staff o ON o.id = c.owner_id
    LEFT JOIN handover h ON h.conversation_id = c.id AND h.closed_at IS NULL
    {joined}
    LEFT JOIN LATERAL (SELECT * FROM message WHERE conversation_id = c.id ORDER BY seq DESC LIMIT 1) m ON true
    LEFT JOIN LATERAL (SELECT k.name FROM proof p JOIN customer k ON k.id = p.customer_id
                       WHERE p.contact_id = c.contact_id ORDER BY p.at DESC LIMIT 1) n ON true
    ORDER BY {order}
"""
_MOST_UNREAD = 100
# Counted in ix_message_heard alone.
_FOR_ONE = {
    "theirs": """u.unread,
           (SELECT max(id) FROM note WHERE conversation_id = c.id AND id > coalesce(r.note, 0)
                AND mentions @> to_jsonb(CAST(:me AS integer))) AS named""",
    "joined": f"""
    LEFT JOIN read_mark r ON r.conversation_id = c.id AND r.staff_id = :me
    LEFT JOIN LATERAL (SELECT count(*) AS unread FROM (
        SELECT seq FROM message
        WHERE conversation_id = c.id AND sender = 'shopper' AND seq > coalesce(r.seq, 0)
        LIMIT {_MOST_UNREAD}) newer) u ON true
    """,  # noqa: S608 - our own number
}
_FOR_ALL = {
    "theirs": f"""
           ARRAY(SELECT seq FROM message WHERE conversation_id = c.id AND sender = 'shopper'
                 ORDER BY seq DESC LIMIT {_MOST_UNREAD}) AS heard,
           ARRAY(SELECT json_build_array(staff_id, seq, note) FROM read_mark
                 WHERE conversation_id = c.id) AS marks,
           ARRAY(SELECT json_build_array(id, mentions) FROM note
                 WHERE conversation_id = c.id AND mentions <> '[]' ORDER BY id DESC LIMIT 20) AS notes
    """,  # noqa: S608
    "joined": "",
}


@dataclass(frozen=True)
class Wanted:
    """Which conversations: every filter that is set must hold."""

    state: Mode | None = None
    mine: bool = False
    named: bool = False  # with `mine`: or a note there names me that I have not seen
    owner: int | None = None
    language: str | None = None
    channel: str | None = None
    emotion: str | None = None
    search: str | None = None


@dataclass(frozen=True)
class Page:
    items: list[dict[str, Any]]
    after: str | None  # give it back for the next page; None at the end


async def list_conversations(
    session: AsyncSession, who: Who, wanted: Wanted, *, after: str | None = None, limit: int = 50
) -> Page:
    """The latest first; those who wait for a person by their rank, the one who has waited longest first."""
    who.must(Right.read)
    queue = wanted.state is Mode.queued
    limit = max(1, min(limit, MOST))
    where, values = _filters(who, wanted)
    if after is not None:
        at, last = _cursor(after)
        values |= {"at": at, "last": last}
        where.append("(rank_at, id) > (:at, :last)" if queue else "(last_at, id) < (:at, :last)")
    order = "rank_at, id" if queue else "last_at DESC, id DESC"
    page = f"SELECT * FROM conversation WHERE {' AND '.join(where)} ORDER BY {order} LIMIT :limit"  # noqa: S608 - our words
    ordered = ", ".join(f"c.{column}" for column in order.split(", "))
    statement = text(_COLUMNS.format(page=page, order=ordered, **_FOR_ONE))
    values |= {"me": who.staff_id, "limit": limit + 1}
    rows = (await session.execute(statement, values)).mappings().all()
    items = [{**_listed(row), "unread": row["unread"], "named": row["named"]} for row in rows[:limit]]
    more = _token(rows[limit - 1], queue) if len(rows) > limit else None
    return Page(items, more)


@dataclass(frozen=True)
class Listed:
    """A conversation as the list shows it, for whoever of the shop looks."""

    item: dict[str, Any]  # without `unread` and `named`
    heard: list[int]  # the shopper's latest messages
    marks: list[tuple[int, int, int]]  # how far who of the staff has read: messages, notes
    notes: list[tuple[int, list[int]]]  # those that name somebody, the latest first

    def by(self, who: Who) -> dict[str, Any]:
        me = who.staff_id
        read, known = next(((seq, note) for staff, seq, note in self.marks if staff == me), (0, 0))
        return {
            **self.item,
            "unread": sum(seq > read for seq in self.heard),
            "named": next((note for note, named in self.notes if note > known and me in named), None),
        }

    def names(self, who: Who) -> bool:
        """Whether a note names the reader, seen or not."""
        return any(who.staff_id in named for _, named in self.notes)


_THESE = text(
    _COLUMNS.format(
        page="SELECT * FROM conversation WHERE shop_id = :shop AND id = ANY(CAST(:ids AS uuid[]))",
        order="c.last_at DESC, c.id DESC",
        **_FOR_ALL,
    )
)


async def for_everyone(session: AsyncSession, who: Who, conversations: Sequence[str]) -> dict[str, Listed]:
    """These conversations by their ids, for all the inboxes of the asker's shop that have news of them."""
    who.must(Right.read)
    rows = (await session.execute(_THESE, {"shop": who.shop_id, "ids": list(conversations)})).mappings()
    return {str(row["id"]): Listed(_listed(row), row["heard"], row["marks"], row["notes"]) for row in rows}


_COUNTS = text(
    """
    SELECT mode, owner_id, count(*) AS number, count(waiting_since) AS waiting FROM conversation
    WHERE shop_id = :shop AND mode IN ('queued', 'human') GROUP BY mode, owner_id
    """
)
# By the index of notes' mentions, for each who works there.
_NAMED = text(
    """
    SELECT m.staff_id, count(DISTINCT n.conversation_id) AS number
    FROM membership m JOIN note n ON n.mentions @> to_jsonb(m.staff_id)
    JOIN conversation c ON c.id = n.conversation_id AND c.shop_id = m.shop_id
    LEFT JOIN read_mark k ON k.conversation_id = c.id AND k.staff_id = m.staff_id
    WHERE m.shop_id = :shop AND n.id > coalesce(k.note, 0)
      AND (c.mode <> 'human' OR c.owner_id IS DISTINCT FROM m.staff_id)
    GROUP BY m.staff_id
    """
)


@dataclass(frozen=True)
class Counted:
    """How many conversations there are with people, for whoever of the shop looks."""

    queued: int
    human: int
    waiting: int  # of those with people: for an answer
    owned: dict[int | None, int]
    named: dict[int, int]  # of others' conversations: where a note names one who has not seen it

    def by(self, who: Who) -> dict[str, int]:
        """The few numbers at the top."""
        return {
            "queued": self.queued,
            "mine": self.owned.get(who.staff_id, 0),
            "named": self.named.get(who.staff_id, 0),
            "human": self.human,
            "waiting": self.waiting,
        }


async def count(session: AsyncSession, who: Who) -> Counted:
    who.must(Right.read)
    rows = (await session.execute(_COUNTS, {"shop": who.shop_id})).mappings().all()
    human = [row for row in rows if row["mode"] == Mode.human]
    named = await session.execute(_NAMED, {"shop": who.shop_id})
    return Counted(
        queued=sum(row["number"] for row in rows if row["mode"] == Mode.queued),
        human=sum(row["number"] for row in human),
        waiting=sum(row["waiting"] for row in human),
        owned={row["owner_id"]: row["number"] for row in human},
        named={row.staff_id: row.number for row in named},
    )


_ONE = text(
    """
    SELECT c.id, c.mode, c.epoch, c.owner_id, o.name AS owner, c.language, c.emotion, c.intensity, c.anger,
           c.last_at, c.last_seq, c.queued_at, c.waiting_since, c.closed_at, c.result, c.created_at,
           c.contact_id, a.channel, coalesce(r.seq, 0) AS read
    FROM conversation c
    JOIN contact_inbox i ON i.id = c.contact_inbox_id JOIN channel_account a ON a.id = i.channel_account_id
    LEFT JOIN staff o ON o.id = c.owner_id
    LEFT JOIN read_mark r ON r.conversation_id = c.id AND r.staff_id = :me
    WHERE c.id = :id AND c.shop_id = :shop
    """
)


async def conversation_row(session: AsyncSession, who: Who, conversation: uuid.UUID) -> RowMapping:
    """THE way to a conversation for staff: of their shop, or NotFound."""
    who.must(Right.read)
    values = {"id": conversation, "shop": who.shop_id, "me": who.staff_id}
    row = (await session.execute(_ONE, values)).mappings().first()
    if row is None:
        raise NotFound("there is no such conversation")
    return row


def _filters(who: Who, wanted: Wanted) -> tuple[list[str], dict[str, Any]]:
    where, values = ["shop_id = :shop"], dict[str, Any](shop=who.shop_id)
    by_name = wanted.mine and wanted.named
    if by_name:
        where.append(_MINE_OR_NAMED)
    for column, value in (
        ("mode", wanted.state.value if wanted.state and not by_name else None),
        ("owner_id", who.staff_id if wanted.mine and not by_name else wanted.owner),
        ("language", wanted.language),
        ("emotion", wanted.emotion),
    ):
        if value is not None:
            where.append(f"{column} = :{column}")
            values[column] = value
    if wanted.channel is not None:
        where.append(
            "contact_inbox_id IN (SELECT b.id FROM contact_inbox b JOIN channel_account t"
            " ON t.id = b.channel_account_id WHERE t.shop_id = :shop AND t.channel = :channel)"
        )
        values["channel"] = wanted.channel
    if wanted.search:
        where.append(_SEARCH)
        values |= _sought(wanted.search)
    return where, values


_MINE_OR_NAMED = """id IN (
    SELECT o.id FROM conversation o WHERE o.shop_id = :shop AND o.owner_id = :me AND o.mode = 'human'
    UNION
    SELECT n.conversation_id FROM note n
    LEFT JOIN read_mark k ON k.conversation_id = n.conversation_id AND k.staff_id = :me
    WHERE n.mentions @> to_jsonb(CAST(:me AS integer)) AND n.id > coalesce(k.note, 0)
)"""
# Names, phones and order numbers of all who have proved them; words of the latest conversations. LIMIT 1
# keeps the planner from reading every message there is.
_SEARCH = f"""id IN (
    SELECT b.id FROM customer k JOIN proof p ON p.customer_id = k.id
                     JOIN conversation b ON b.contact_id = p.contact_id
    WHERE k.shop_id = :shop AND (k.name ILIKE :like OR k.phone LIKE :ending)
    UNION
    SELECT b.id FROM "order" r JOIN proof p ON p.customer_id = r.customer_id
                     JOIN conversation b ON b.contact_id = p.contact_id
    WHERE r.shop_id = :shop AND r.plain_number = :number
    UNION
    SELECT recent.id FROM (SELECT l.id FROM conversation l WHERE l.shop_id = :shop
                           ORDER BY l.last_at DESC, l.id DESC LIMIT {SEARCHED}) recent
    CROSS JOIN LATERAL (SELECT FROM message m WHERE m.conversation_id = recent.id AND m.text ILIKE :like
                        LIMIT 1) AS said
)"""  # noqa: S608 - our own number


def _sought(words: str) -> dict[str, Any]:
    plain = words.replace("\0", "").strip()
    digits = only_digits(plain)
    escaped = plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "like": f"%{escaped}%",
        "ending": f"%{digits}" if len(digits) >= 4 else "",
        "number": plain_number(plain),
    }


def _listed(row: RowMapping) -> dict[str, Any]:
    last = None
    if row["seq"] is not None:
        last = {
            "seq": row["seq"],
            "from": row["sender"],
            "text": mask_text(row["title"] or row["text"]),
            "picture": row["picture"],
        }
    owner = {"id": row["owner_id"], "name": row["owner"]} if row["owner_id"] else None
    return {
        "id": str(row["id"]),
        "state": row["mode"],
        "epoch": row["epoch"],
        "owner": owner,
        "language": row["language"],
        "channel": row["channel"],
        "customer": mask_name(row["customer"]) if row["customer"] else None,
        "mood": {"emotion": row["emotion"], "intensity": row["intensity"]},
        "last": last,
        "last_at": _iso(row["last_at"]),
        "failed": row["failed"],  # something was not delivered
        "queued_at": _iso(row["queued_at"]),
        "rank_at": _iso(row["rank_at"]),
        "waiting_since": _iso(row["waiting_since"]),
        "closed_at": _iso(row["closed_at"]),
        "result": row["result"],
        "handover": _handover(row),
    }


def _handover(row: RowMapping) -> dict[str, Any] | None:
    if row["reason"] is None:
        return None
    return {
        "reason": row["reason"],
        "at": _iso(row["handed_at"]),
        "reply_due_at": _iso(row["reply_due_at"]),
        "resolve_due_at": _iso(row["resolve_due_at"]),
        "first_reply_at": _iso(row["first_reply_at"]),
        "warned": row["warned"],
        "callback": row["callback"],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _token(row: RowMapping, queue: bool) -> str:
    plain = json.dumps([row["rank_at" if queue else "last_at"].isoformat(), str(row["id"])])
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _cursor(token: str) -> tuple[datetime, uuid.UUID]:
    try:
        at, last = json.loads(base64.urlsafe_b64decode(token.encode() + b"=="))
        return datetime.fromisoformat(at), uuid.UUID(last)
    except (ValueError, TypeError, binascii.Error):
        raise Impossible("bad_cursor", "that is no place in the list", "after", 422) from None
