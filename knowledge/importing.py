"""Importing FAQs from a table: what it would do, line by line, and doing it. Nothing half done remains.

A line is the entry with its `id`, else the one with the same question; else it is new. The same file again
changes nothing.
"""

import asyncio
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.content import LANGUAGES, Content, as_text, content_of, write
from knowledge.entries import Editor
from knowledge.indexing import index_entries
from knowledge.models import FaqChange, FaqEntry
from knowledge.tables import COLUMNS, BadLine, content_from, fault
from shop.tables import Fault, Row, TableRefused, open_table

LIMIT = 20_000  # lines
AT_ONCE = 200  # lines looked at, and entries written, before others have their turn and progress is told

Outcome = Literal["added", "changed", "unchanged", "refused"]
Progress = Callable[[str, int, int], None]  # what is being done, how many of how many


@dataclass(frozen=True)
class Line:
    number: int
    outcome: Outcome
    question: str
    fault: Fault | None = None
    entry: int | None = None
    content: Content | None = None


@dataclass
class Plan:
    """What a file would do to a shop's FAQs."""

    lines: list[Line] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # titles of columns that mean nothing to us

    def count(self, outcome: Outcome) -> int:
        return sum(1 for line in self.lines if line.outcome == outcome)

    @property
    def writes(self) -> bool:
        return any(line.outcome in ("added", "changed") for line in self.lines)


def read_lines(path: Path) -> tuple[list[Row], list[str]]:
    """The file's lines and the titles that mean nothing. Slow: call it in a thread. Raises TableRefused."""
    with open_table(path, COLUMNS, limit=LIMIT) as table:
        if not {"question_zh", "question_ug"} & set(table.places):
            raise TableRefused("missing_column", column="question_zh / question_ug")
        return list(table.rows()), table.unknown


async def plan_import(
    session: AsyncSession,
    shop_id: int,
    rows: Sequence[Row],
    unknown: Sequence[str] = (),
    progress: Progress = lambda *_: None,
) -> Plan:
    known = {entry.id: content_of(entry) for entry in await _entries(session, shop_id)}
    planner, plan = _Planner(known), Plan(unknown=list(unknown))
    for some in _portions(rows):
        plan.lines += [planner.line(row) for row in some]
        progress("read", len(plan.lines), len(rows))
        await asyncio.sleep(0)
    return plan


async def apply_import(
    session: AsyncSession, editor: Editor, plan: Plan, progress: Progress = lambda *_: None
) -> None:
    """Do what the plan says, in the caller's transaction."""
    changed = {line.entry: line.content for line in plan.lines if line.outcome == "changed" and line.content}
    new = [line.content for line in plan.lines if line.outcome == "added" and line.content]
    total, done = len(changed) + len(new), 0
    known = [one for one in await _entries(session, editor.shop_id) if one.id in changed] if changed else []
    for some in _portions(known):
        for entry in some:
            session.add(_change(editor, entry.id, content_of(entry), changed[entry.id]))
            write(entry, changed[entry.id])
        done = await _saved(session, some, done)
        progress("saved", done, total)
    for contents in _portions(new):
        made = [_made(editor, content) for content in contents]
        session.add_all(made)
        await session.flush()
        session.add_all(_change(editor, one.id, None, content_of(one)) for one in made)
        done = await _saved(session, made, done)
        progress("saved", done, total)


def _portions(all_of: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (all_of[at : at + AT_ONCE] for at in range(0, len(all_of), AT_ONCE))


def _made(editor: Editor, content: Content) -> FaqEntry:
    entry = FaqEntry(shop_id=editor.shop_id, question={}, answer={}, tags=[])
    write(entry, content)
    return entry


async def _saved(session: AsyncSession, entries: Sequence[FaqEntry], done: int) -> int:
    await session.flush()
    await index_entries(session, entries)
    await session.flush()
    return done + len(entries)


async def _entries(session: AsyncSession, shop_id: int) -> Sequence[FaqEntry]:
    return (await session.scalars(select(FaqEntry).filter_by(shop_id=shop_id).order_by(FaqEntry.id))).all()


def _change(editor: Editor, number: int, before: Content | None, after: Content) -> FaqChange:
    return FaqChange(
        shop_id=editor.shop_id,
        faq_id=number,
        batch=editor.batch,
        staff_id=editor.staff_id,
        name=editor.name,
        action="import",
        before=before.stored() if before else None,
        after=after.stored(),
    )


class _Planner:
    """Goes through the lines of one file."""

    def __init__(self, known: dict[int, Content]) -> None:
        self._known = known
        self._by_question: dict[tuple[str, str], int] = {}
        for number, content in known.items():
            for place in _questions(content):
                self._by_question.setdefault(place, number)
        self._lines_by_question: dict[tuple[str, str], int] = {}
        self._lines_by_entry: dict[int, int] = {}

    def line(self, row: Row) -> Line:
        shown = (row.values.get("question_zh") or row.values.get("question_ug") or "")[:80]
        if row.fault:
            return Line(row.number, "refused", shown, row.fault)
        try:
            return self._planned(row, shown)
        except BadLine as bad:
            return Line(row.number, "refused", shown, bad.fault)

    def _planned(self, row: Row, shown: str) -> Line:
        number = self._meant(row)
        known = self._known.get(number) if number is not None else None
        content = content_from(row.values, known)
        places = _questions(content)
        for place in places:
            if place in self._lines_by_question:
                raise BadLine(
                    fault("same_question", f"question_{place[0]}", line=self._lines_by_question[place])
                )
        if number is not None and number in self._lines_by_entry:
            raise BadLine(fault("same_entry", "id", line=self._lines_by_entry[number]))
        self._lines_by_question.update(dict.fromkeys(places, row.number))
        if number is not None:
            self._lines_by_entry[number] = row.number
        outcome: Outcome = "added" if known is None else "changed"
        if known is not None and as_text(known) == as_text(content):
            outcome = "unchanged"
        return Line(row.number, outcome, shown, None, number, content)

    def _meant(self, row: Row) -> int | None:
        """The entry a line is about. An id of another shop's file means nothing where the question is new."""
        if cell := row.values.get("id", ""):
            if cell.isdecimal() and int(cell) in self._known:
                return int(cell)
            if not cell.isdecimal():
                raise BadLine(fault("unknown_id", "id", value=cell[:20]))
        found = {
            self._by_question[place]
            for language in LANGUAGES
            if (place := (language, _plain(row.values.get(f"question_{language}", "")))) in self._by_question
        }
        return min(found, default=None)


def _questions(content: Content) -> list[tuple[str, str]]:
    return [(language, _plain(text)) for language, text in content.question.items()]


def _plain(text: str) -> str:
    """As questions are told apart: marks and blanks do not count."""
    return "".join(one for one in unicodedata.normalize("NFKC", text).lower() if one.isalnum())
