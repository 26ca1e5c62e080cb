"""The open conversation as its page shows it: whose it is, why a person is needed, what the reader may do."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import lines, moods, names, times
from bot.console.lines import REASONS, Line, Reader
from bot.console.rows import name_of
from bot.console.words import LANGUAGES, Words
from bot.models import Mode
from bot.staff.access import Right, Who
from bot.staff.masking import mask_name, mask_text
from bot.support.reading import conversation_row

_MORE = text(
    """
    SELECT h.reason, h.summary, h.callback, h.at, h.reply_due_at, h.first_reply_at,
           coalesce((SELECT max(seq) FROM message WHERE conversation_id = :id AND sender = 'shopper'), 0)
               AS heard,
           (SELECT k.name FROM proof p JOIN customer k ON k.id = p.customer_id
            WHERE p.contact_id = :contact ORDER BY p.at DESC LIMIT 1) AS customer
    FROM (SELECT 1) one LEFT JOIN handover h ON h.conversation_id = :id AND h.closed_at IS NULL
    """
)


@dataclass(frozen=True)
class Handover:
    reason: str
    order: str  # that it is about, if it is known
    due: str
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class Opened:
    id: str
    contact: uuid.UUID
    name: str
    channel: str
    language: str
    epoch: int
    mode: str
    owner: str
    seat: str  # bot, queued, mine, other, closed: who may write what
    state_word: str
    state_icon: str
    state_look: str
    waiting_since: datetime | None
    due: str
    handover: Handover | None
    mine: bool
    may_claim: bool
    may_requeue: bool
    may_transfer: bool
    may_close: bool
    hint: str
    last_seq: int
    heard: int  # the shopper's last message
    created_at: datetime
    lines: list[Line] = field(default_factory=list)
    older: int | None = None


async def read_opened(
    session: AsyncSession, who: Who, conversation: uuid.UUID, ours: Words, *, translator: bool = False
) -> Opened:
    """With its last page of lines. Raises NotFound."""
    opened = await read_head(session, who, conversation, ours)
    reader = Reader(ours, opened.name, translator)
    shown, older = await lines.page_of(session, conversation, reader)
    return Opened(**{**vars(opened), "lines": shown, "older": older})


async def read_head(session: AsyncSession, who: Who, conversation: uuid.UUID, ours: Words) -> Opened:
    """Without lines: what changes when it changes hands. Raises NotFound."""
    row = await conversation_row(session, who, conversation)
    more = (await session.execute(_MORE, {"id": conversation, "contact": row["contact_id"]})).mappings().one()
    seat = _seat(row, who)
    word, icon, look = _state(row, seat, ours)
    free = seat in ("mine", "queued", "bot") or who.may(Right.assign)
    return Opened(
        id=str(row["id"]),
        contact=row["contact_id"],
        name=name_of(
            {"id": str(row["id"]), "customer": mask_name(more["customer"]) if more["customer"] else None},
            ours,
        ),
        channel=row["channel"],
        language=row["language"],
        epoch=row["epoch"],
        mode=row["mode"],
        owner=row["owner"] or "",
        seat=seat,
        state_word=word,
        state_icon=icon,
        state_look=look,
        waiting_since=row["queued_at"] if row["mode"] == Mode.queued else row["waiting_since"],
        due=_due_look(more),
        handover=_handover(more, ours),
        mine=seat == "mine",
        may_claim=seat in ("bot", "queued", "closed") and who.may(Right.answer),
        may_requeue=row["mode"] == Mode.human and free,
        may_transfer=free and row["mode"] != Mode.closed,
        may_close=free and row["mode"] != Mode.closed,
        hint=_hint(row, seat, ours),
        last_seq=row["last_seq"],
        heard=more["heard"],
        created_at=row["created_at"],
    )


def _seat(row: RowMapping, who: Who) -> str:
    if row["mode"] != Mode.human:
        return str(row["mode"])
    return "mine" if row["owner_id"] in (None, who.staff_id) else "other"


def _state(row: RowMapping, seat: str, ours: Words) -> tuple[str, str, str]:
    match seat:
        case "mine":
            return ours.gettext("With you"), "person", "accent"
        case "other":
            return ours.gettext("With {name}").format(name=row["owner"]), "person", "info"
        case "queued":
            return ours.gettext("Waiting"), "clock", "warning"
        case "closed":
            return ours.gettext("Closed"), "done", ""
    return ours.gettext("The bot is answering"), "bot", ""


def _hint(row: RowMapping, seat: str, ours: Words) -> str:
    match seat:
        case "mine":
            language = LANGUAGES[row["language"]]
            return ours.gettext("Answer in {language}").format(language=language)
        case "other":
            return ours.gettext("{name} has this conversation. You can write a note.").format(
                name=row["owner"]
            )
    return ours.gettext("Your answer takes the conversation")


def _due_look(more: RowMapping) -> str:
    if more["reply_due_at"] is None or more["first_reply_at"]:
        return ""
    return "late" if more["reply_due_at"] < datetime.now(more["reply_due_at"].tzinfo) else ""


def _handover(more: RowMapping, ours: Words) -> Handover | None:
    if more["reason"] is None or more["reason"] == "staff":
        return None
    due = ""
    if more["reply_due_at"] and not more["first_reply_at"]:
        due = ours.gettext("Answer due: {time}").format(time=times.moment(more["reply_due_at"], ours))
    why = ours.gettext(REASONS.get(more["reason"], more["reason"]))
    order = str((more["summary"] or {}).get("order") or "")
    return Handover(
        why[:1].upper() + why[1:], order, due, _facts(more["summary"] or {}, more["callback"], ours)
    )


def _facts(summary: dict[str, Any], callback: dict[str, str] | None, ours: Words) -> list[tuple[str, str]]:
    """What the summary (bot.support.summary) has of the things worth a line."""
    word = ours.gettext
    mood = summary.get("mood") or {}
    tried = [f"{names.done(one['what'], ours)} {one['order']}" for one in summary.get("tried") or ()]
    facts = [
        (word("Wants:"), names.wish(summary["wants"], ours) if summary.get("wants") else ""),
        (word("Order:"), summary.get("order") or ""),
        (word("Done:"), ", ".join(tried)),
        (word("Mood:"), moods.word_of(mood.get("emotion"), ours)),
        (word("Said:"), summary.get("said") or ""),
    ]
    if callback:
        when, phone = callback.get("when") or "", callback.get("phone") or ""
        facts.append((word("Wants to be called back:"), when if phone in when else f"{when} {phone}"))
    return [(label, mask_text(told)) for label, told in facts if told]
