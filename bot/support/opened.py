"""One conversation as staff see it: messages, notes, handovers, the mood, the shopper with orders."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import NotFound
from bot.staff.masking import mask_phone, mask_text
from bot.support.reading import MESSAGES, conversation_row
from bot.support.shoppers import shopper_of

_MESSAGES = text(
    """
    SELECT m.id, m.seq, m.sender, m.text, m.title, m.buttons, m.language, m.at, m.status, m.attachment_id,
           m.emotion, m.intensity, m.intent, m.staff_id, s.name AS staff, d.status AS delivery, d.error
    FROM message m LEFT JOIN staff s ON s.id = m.staff_id LEFT JOIN delivery d ON d.message_id = m.id
    WHERE m.conversation_id = :id AND m.seq < :before ORDER BY m.seq DESC LIMIT :limit
    """
)
# What happened beside the messages. Few rows each; in one statement, as there is one reader for all of them.
_AROUND = text(
    """
    SELECT
      (SELECT json_agg(n ORDER BY n.id) FROM (
          SELECT n.id, n.text, n.mentions, n.at, n.staff_id, s.name AS staff
          FROM note n LEFT JOIN staff s ON s.id = n.staff_id
          WHERE n.conversation_id = :id ORDER BY n.id DESC LIMIT 200) n) AS notes,
      (SELECT json_agg(h ORDER BY h.id DESC) FROM (
          SELECT h.id, h.reason, h.summary, h.callback, h.at, h.staff_id, s.name AS staff, h.claimed_at,
                 h.first_reply_at, h.reply_due_at, h.resolve_due_at, h.warned, h.closed_at, h.outcome
          FROM handover h LEFT JOIN staff s ON s.id = h.staff_id
          WHERE h.conversation_id = :id ORDER BY h.id DESC LIMIT 20) h) AS handovers,
      (SELECT json_agg(json_build_array(f.seq, f.emotion, f.intensity) ORDER BY f.seq) FROM (
          SELECT seq, emotion, intensity FROM message
          WHERE conversation_id = :id AND emotion IS NOT NULL ORDER BY seq DESC LIMIT 100) f) AS mood,
      (SELECT json_build_object('score', r.score, 'words', r.words, 'at', r.at) FROM rating r
          WHERE r.conversation_id = :id ORDER BY r.id DESC LIMIT 1) AS rating,
      (SELECT json_agg(json_build_object('seq', r.seq, 'staff', s.name)) FROM read_mark r
          JOIN staff s ON s.id = r.staff_id WHERE r.conversation_id = :id) AS readers
    """
)
_AHEAD = text(
    """
    SELECT count(*) FROM conversation q JOIN conversation c ON c.id = :id
    WHERE q.shop_id = c.shop_id AND q.mode = 'queued' AND q.rank_at < c.rank_at
    """
)


async def open_conversation(
    session: AsyncSession,
    who: Who,
    conversation: uuid.UUID,
    *,
    before: int | None = None,
    masked: bool = True,
) -> dict[str, Any]:
    """Everything; with `before` only the messages older than that seq. Raises NotFound.

    `masked=False` is for `unmask`, which logs it.
    """
    row = await conversation_row(session, who, conversation)
    messages, older = await _messages(session, conversation, before, masked)
    shown = {"id": str(conversation), "messages": messages, "before": older}
    if before is not None:
        return shown
    around = (await session.execute(_AROUND, {"id": conversation})).mappings().one()
    ahead = await session.scalar(_AHEAD, {"id": conversation}) if row["mode"] == "queued" else None
    handovers = [_handover(one, masked) for one in around["handovers"] or ()]
    return {
        **_head(row),
        **shown,
        "ahead": ahead,
        "notes": around["notes"] or [],
        "handover": next((one for one in handovers if one["closed_at"] is None), None),
        "handovers": handovers,
        "mood": {
            "emotion": row["emotion"],
            "intensity": row["intensity"],
            "line": [
                {"seq": seq, "emotion": emotion, "intensity": intensity}
                for seq, emotion, intensity in around["mood"] or ()
            ],
        },
        "rating": around["rating"],
        "readers": around["readers"] or [],
        **await shopper_of(session, who, row["contact_id"], masked=masked),
        "masked": masked,
    }


async def unmask(session: AsyncSession, who: Who, conversation: uuid.UUID) -> dict[str, Any]:
    """The same with personal data whole. Who saw it is written into the log. The caller commits."""
    who.must(Right.unmask)
    shown = await open_conversation(session, who, conversation, masked=False)
    await note_act(session, who, "unmask", f"conversation {conversation}")
    return shown


def _head(row: RowMapping) -> dict[str, Any]:
    owner = {"id": row["owner_id"], "name": row["owner"]} if row["owner_id"] else None
    return {
        "state": row["mode"],
        "epoch": row["epoch"],
        "owner": owner,
        "language": row["language"],
        "channel": row["channel"],
        "read": row["read"],
        "last_seq": row["last_seq"],
        "last_at": _iso(row["last_at"]),
        "created_at": _iso(row["created_at"]),
        "queued_at": _iso(row["queued_at"]),
        "waiting_since": _iso(row["waiting_since"]),
        "closed_at": _iso(row["closed_at"]),
        "result": row["result"],
    }


async def _messages(
    session: AsyncSession, conversation: uuid.UUID, before: int | None, masked: bool
) -> tuple[list[dict[str, Any]], int | None]:
    values = {"id": conversation, "before": before or 2**31 - 1, "limit": MESSAGES + 1}
    rows = (await session.execute(_MESSAGES, values)).mappings().all()
    older = rows[MESSAGES - 1]["seq"] if len(rows) > MESSAGES else None
    return [_message(row, conversation, masked) for row in reversed(rows[:MESSAGES])], older


def _message(row: RowMapping, conversation: uuid.UUID, masked: bool) -> dict[str, Any]:
    picture = row["attachment_id"]
    by_shopper = row["sender"] == "shopper"
    hidden = mask_text if masked else str
    return {
        "seq": row["seq"],
        "from": row["sender"],
        "text": hidden(row["text"]),
        "title": hidden(row["title"]) if row["title"] else None,
        "buttons": row["buttons"] or [],
        "language": row["language"] or None,
        "image": f"/api/v1/conversations/{conversation}/images/{picture}" if picture else None,
        "at": _iso(row["at"]),
        "staff": {"id": row["staff_id"], "name": row["staff"]} if row["staff_id"] else None,
        "status": row["status"] if by_shopper else None,
        "delivery": {"status": row["delivery"], "error": row["error"]} if row["delivery"] else None,
        "intent": row["intent"],
        "emotion": row["emotion"],
        "intensity": row["intensity"],
    }


def _handover(one: dict[str, Any], masked: bool) -> dict[str, Any]:
    callback = one["callback"]
    if callback and masked:
        callback = {"phone": mask_phone(callback["phone"]), "when": mask_text(callback["when"])}
    return {**one, "callback": callback}


_READ = text(
    """
    INSERT INTO read_mark (conversation_id, staff_id, seq, note)
    SELECT :id, :me, :seq, coalesce(max(id), 0) FROM note WHERE conversation_id = :id
    ON CONFLICT (conversation_id, staff_id) DO UPDATE
    SET seq = greatest(read_mark.seq, excluded.seq), note = greatest(read_mark.note, excluded.note)
    RETURNING seq, (
        SELECT EXISTS (SELECT FROM note n WHERE n.conversation_id = :id
                       AND n.mentions @> to_jsonb(CAST(:me AS integer)) AND n.id > coalesce(
                           (SELECT note FROM read_mark WHERE conversation_id = :id AND staff_id = :me), 0))
    ) AS named
    """
)
_SEEN = text(
    "SELECT karwan_change(:shop, :id, 'seen', NULL, jsonb_build_object('staff', CAST(:me AS integer)))"
)
_PICTURE = text(
    """
    SELECT p.content, p.content_type FROM attachment p JOIN conversation c ON c.id = p.conversation_id
    WHERE p.id = :picture AND c.id = :id AND c.shop_id = :shop
    """
)


async def mark_read(session: AsyncSession, who: Who, conversation: uuid.UUID, seq: int) -> int:
    """How far the asker has read; it never goes back, nor past the end. Notes are read with it;
    the feed tells when one of them named the reader. Raises NotFound."""
    who.must(Right.read)
    row = await conversation_row(session, who, conversation)
    values = {"id": conversation, "me": who.staff_id, "seq": min(seq, row["last_seq"])}
    read = (await session.execute(_READ, values)).one()
    if read.named:  # until now: the statement saw the mark as it was
        await session.execute(_SEEN, {"id": conversation, "me": who.staff_id, "shop": who.shop_id})
    return int(read.seq)


async def picture_of(
    session: AsyncSession, who: Who, conversation: uuid.UUID, picture: uuid.UUID
) -> tuple[bytes, str]:
    """A shopper's picture and its content type. Raises NotFound."""
    who.must(Right.read)
    values = {"picture": picture, "id": conversation, "shop": who.shop_id}
    row = (await session.execute(_PICTURE, values)).first()
    if row is None:
        raise NotFound("there is no such picture")
    return bytes(row.content), row.content_type


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
