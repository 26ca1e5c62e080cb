"""One conversation's lines to show: messages, notes and what happened, in their order."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import moods, times
from bot.console.words import Words
from bot.staff.masking import mask_text
from shop.moments import CHINA

PAGE = 60  # messages shown at once

_MESSAGES = """
    SELECT m.seq, m.sender, m.text, m.title, m.buttons, m.attachment_id, m.language, m.external_id, m.status,
           m.at, m.emotion, m.intensity, m.original, s.name AS staff, d.status AS sending, d.error,
           t.text AS machine,
           (SELECT max(seq) FROM message
            WHERE conversation_id = :conversation AND sender = 'shopper') AS heard
    FROM message m LEFT JOIN staff s ON s.id = m.staff_id LEFT JOIN delivery d ON d.message_id = m.id
    LEFT JOIN translation t ON t.message_id = m.id AND t.language = :language
    WHERE m.conversation_id = :conversation AND {which}
"""
_BEFORE = _MESSAGES.format(which="m.seq < :before")
_LATEST = text(_BEFORE + " ORDER BY m.seq DESC LIMIT :limit")
_THESE = text(_MESSAGES.format(which="m.seq = ANY(:seqs)"))
_NOTES = """
    SELECT n.id, n.text, n.at, s.name AS staff FROM note n LEFT JOIN staff s ON s.id = n.staff_id
    WHERE n.conversation_id = :conversation AND {which}
"""
_NOTES_BETWEEN = text(_NOTES.format(which="n.at >= :since AND n.at < :until"))
_THESE_NOTES = text(_NOTES.format(which="n.id = ANY(:ids)"))
_HANDOVERS = text(
    """
    SELECT h.id, h.reason, h.at, h.claimed_at, h.closed_at, h.outcome, s.name AS staff
    FROM handover h LEFT JOIN staff s ON s.id = h.staff_id
    WHERE h.conversation_id = :conversation
      AND (h.at BETWEEN :since AND :until OR coalesce(h.closed_at, h.claimed_at) BETWEEN :since AND :until)
    """
)


def _(word: str) -> str:
    return word


REASONS = {
    "asked": _("asked for a person"),
    "anger": _("is angry"),
    "misses": _("was not understood twice"),
    "amount": _("it is about much money"),
    "failed": _("something failed"),
    "undelivered": _("a reply could not be sent"),
    "voice": _("sent a voice message"),
    "after_hours": _("asked for a person outside business hours"),
    "staff": _("taken without being asked"),
}


SENDING = {
    "waiting": "waiting",
    "merged": "sent",
    "sent": "sent",
    "held": "held",
    "failed": "failed",
    "dropped": "dropped",
}
#: why a reply is not out (bot.channels.seam.ERRORS), as staff are told it
FAILURES = {
    "blocked": _("the shopper has blocked this account"),
    "gone": _("this chat does not exist any more"),
    "window": _("the shopper has not written for 48 hours; it is sent when they write again"),
    "budget": _("the platform takes no more until the shopper writes again"),
    "limited": _("the platform asks to wait"),
    "no_answer": _("the platform does not answer"),
    "unavailable": _("the platform has trouble"),
    "refused": _("the platform refuses this message"),
    "account": _("the platform does not accept this account’s credentials"),
    "unexpected": _("something unexpected happened while sending"),
    "overtaken": _("a person took over before it was sent"),
    "stale": _("it was out of date when the shopper wrote again"),
    "spared": _("the last send was kept for an answer"),
    "answered": _("the answer was there before it went out"),
}


@dataclass(frozen=True)
class Line:
    """What one line shows. `key` is its element's id, `order` sorts lines as text."""

    kind: str  # message, note, event
    key: str
    at: datetime
    order: str
    day: str
    day_word: str
    conversation: str = ""
    text: str = ""
    author: str = ""
    icon: str = ""
    seq: int = 0
    sender: str = ""
    client_id: str = ""
    language: str = ""
    picture: str = ""
    options: list[str] = field(default_factory=list)
    mood: int = 0
    mood_word: str = ""
    sending: str = ""  # of what staff and bot say: waiting, sent, held, read or failed
    reason: str = ""
    retry: bool = False
    unanswered: bool = False
    translatable: bool = False
    translated: bool = False  # what was sent is a machine's translation
    machine: str = ""  # a machine's translation of what was written
    machine_language: str = ""


@dataclass(frozen=True)
class Reader:
    """Who reads, which decides on words, names and what can be translated for them."""

    ours: Words
    name: str  # of the shopper
    translator: bool = False


async def page_of(
    session: AsyncSession, conversation: uuid.UUID, reader: Reader, *, before: int | None = None
) -> tuple[list[Line], int | None]:
    """The lines before that message (None: the latest), oldest first, and where the page before them ends."""
    values = {
        "conversation": conversation,
        "before": before or 2**31 - 1,
        "limit": PAGE + 1,
        "language": reader.ours.language,
    }
    rows = list((await session.execute(_LATEST, values)).mappings())
    older = rows[PAGE - 1]["seq"] if len(rows) > PAGE else None
    until = await _at(session, conversation, before) if before else _END
    shown = rows[:PAGE]
    since = shown[-1]["at"] if older is not None else _BEGIN
    span = {"conversation": conversation, "since": since, "until": until}
    notes = (await session.execute(_NOTES_BETWEEN, span)).mappings()
    handovers = (await session.execute(_HANDOVERS, span)).mappings()
    lines = in_order([message_line(row, conversation, reader) for row in reversed(shown)])
    lines += [note_line(row, conversation, reader) for row in notes]
    for row in handovers:
        lines += [one for one in event_lines(row, conversation, reader) if since <= one.at < until]
    return sorted(lines, key=lambda line: line.order), older


def in_order(messages: list[Line]) -> list[Line]:
    """Numbers are given under a lock, times are those of a transaction's beginning: the numbers count."""
    latest = ""
    ordered = []
    for line in messages:
        latest = max(latest, line.order)
        ordered.append(replace(line, order=latest) if latest != line.order else line)
    return ordered


_ANSWERED = text(
    """
    SELECT seq FROM message WHERE conversation_id = :conversation AND sender <> 'shopper' AND seq < :seq
    ORDER BY seq DESC LIMIT 10
    """
)


async def answered_by(session: AsyncSession, conversation: uuid.UUID, seq: int) -> list[int]:
    """The replies that a shopper's message shows to have been read."""
    return list(await session.scalars(_ANSWERED, {"conversation": conversation, "seq": seq}))


async def these(
    session: AsyncSession,
    conversation: uuid.UUID,
    reader: Reader,
    *,
    seqs: Sequence[int] = (),
    notes: Sequence[int] = (),
    handovers: bool = False,
) -> list[Line]:
    """Lines that are new or not as they were."""
    lines: list[Line] = []
    if seqs:
        values = {"conversation": conversation, "seqs": list(seqs), "language": reader.ours.language}
        found = await session.execute(_THESE, values)
        lines += [message_line(row, conversation, reader) for row in found.mappings()]
    if notes:
        found = await session.execute(_THESE_NOTES, {"conversation": conversation, "ids": list(notes)})
        lines += [note_line(row, conversation, reader) for row in found.mappings()]
    if handovers:
        span = {"conversation": conversation, "since": _BEGIN, "until": _END}
        for row in list((await session.execute(_HANDOVERS, span)).mappings())[-2:]:
            lines += event_lines(row, conversation, reader)
    return sorted(lines, key=lambda line: line.order)


def message_line(row: RowMapping, conversation: uuid.UUID, reader: Reader) -> Line:
    ours, sender = reader.ours, row["sender"]
    picture = row["attachment_id"]
    own = sender != "shopper"
    return Line(
        kind="message",
        key=f"m-{row['seq']}",
        **_when(row["at"], f"{row['seq']:010d}", ours),
        conversation=str(conversation),
        text=_said(row),
        author=_author(row, reader),
        seq=row["seq"],
        sender=sender,
        client_id=_client(row["external_id"]) if sender == "staff" else "",
        language=row["language"] or "",
        picture=f"/inbox/{conversation}/pictures/{picture}" if picture else "",
        options=[button["title"] for button in row["buttons"] or ()],
        mood=_mood(row),
        mood_word=moods.word_of(row["emotion"], ours),
        **_sending(row, ours),
        unanswered=not own and row["status"] == "failed",
        translatable=_translatable(row, reader),
        translated=row["original"] is not None,
        machine=row["original"] or row["machine"] or "",
        machine_language=ours.language if row["machine"] else "",
    )


def note_line(row: RowMapping, conversation: uuid.UUID, reader: Reader) -> Line:
    return Line(
        kind="note",
        key=f"n-{row['id']}",
        **_when(row["at"], f"n{row['id']:010d}", reader.ours),
        conversation=str(conversation),
        text=row["text"],
        author=row["staff"] or "–",
    )


def event_lines(row: RowMapping, conversation: uuid.UUID, reader: Reader) -> list[Line]:
    """A handover is up to three events: a person was needed, came, and was done."""
    word = reader.ours.gettext
    told: list[tuple[str, datetime | None, str, str]] = []
    if row["reason"] != "staff":
        why = word(REASONS.get(row["reason"], row["reason"]))
        told.append(("h", row["at"], "alert", word("A person is needed: {why}").format(why=why)))
    if row["staff"]:  # nobody's again when it went back to the queue
        took = word("{name} took the conversation").format(name=row["staff"])
        told.append(("c", row["claimed_at"], "hand", took))
    if row["outcome"] == "released":
        told.append(("r", row["closed_at"], "bot", word("Given back to the bot")))
    elif row["outcome"] == "closed":
        told.append(("x", row["closed_at"], "done", word("The conversation was ended")))
    return [
        Line(
            kind="event",
            key=f"{mark}-{row['id']}",
            **_when(at, f"{mark}{row['id']:010d}", reader.ours),
            conversation=str(conversation),
            icon=icon,
            text=words,
        )
        for mark, at, icon, words in told
        if at is not None
    ]


_BEGIN = datetime(1970, 1, 1, tzinfo=CHINA)
_END = datetime(9999, 1, 1, tzinfo=CHINA)


def _when(at: datetime, tie: str, ours: Words) -> dict[str, Any]:
    return {
        "at": at,
        "order": f"{int(at.timestamp() * 1_000_000):017d} {tie}",
        "day": f"{at.astimezone(CHINA):%Y-%m-%d}",
        "day_word": times.day(at, ours),
    }


async def _at(session: AsyncSession, conversation: uuid.UUID, seq: int) -> datetime:
    found = text("SELECT at FROM message WHERE conversation_id = :conversation AND seq = :seq")
    at = await session.scalar(found, {"conversation": conversation, "seq": seq})
    return at or _END


def _said(row: RowMapping) -> str:
    """What the shopper saw themselves write: of a button its title."""
    words = row["title"] or row["text"] or ""
    return mask_text("" if words.startswith("/") and row["title"] is None else words)


def _author(row: RowMapping, reader: Reader) -> str:
    match row["sender"]:
        case "shopper":
            return reader.name
        case "bot":
            return reader.ours.gettext("Bot")
    return row["staff"] or reader.ours.gettext("Staff")


def _sending(row: RowMapping, ours: Words) -> dict[str, Any]:
    """How far a reply has come; on the web it is there with its row. `read`: the shopper has written since,
    the one sign of it that every channel gives."""
    if row["sender"] == "shopper":
        return {}
    state = SENDING.get(row["sending"] or "sent", "sent")
    if state == "sent" and row["seq"] < (row["heard"] or 0):
        state = "read"
    kind, _, detail = (row["error"] or "").partition(":")
    reason = ours.gettext(FAILURES.get(kind, FAILURES["unexpected"]))
    told = f"{reason} ({detail})" if detail else reason
    return {
        "sending": state,
        "reason": told if state in ("failed", "held", "dropped") and kind else "",
        "retry": state == "failed",
    }


def _translatable(row: RowMapping, reader: Reader) -> bool:
    foreign = row["language"] != reader.ours.language and row["sender"] == "shopper"
    return reader.translator and foreign and bool(row["text"]) and not row["machine"]


def _client(external_id: str | None) -> str:
    """A staff answer's own id, as the page that sent it knows it."""
    return (external_id or "").rpartition(" ")[2]


def _mood(row: RowMapping) -> int:
    return moods.step_of(row["emotion"], row["intensity"]) if row["emotion"] != "neutral" else 0
