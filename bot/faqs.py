"""What the API, the console and the command line do with FAQs alike."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from actions.questions import QUESTIONS
from bot.api.tables import fault_told
from bot.engine import Engine, EngineDown
from knowledge.deciding import Decision
from knowledge.entries import Editor, UnknownEntry
from knowledge.importing import Line, Plan, Progress, apply_import, plan_import, read_lines
from knowledge.rehearsal import Ask
from knowledge.search import Found, Match, search
from shop.database import Sessions, transaction

SHOWN = 1_000  # lines of a report; the counts are of all
SURELY = 0.5  # the least confidence that a question is no business of a shop


def shop_of(number: int) -> int:
    """An entry's number as the database may see it. Raises UnknownEntry."""
    if not 0 < number < 2**31:
        raise UnknownEntry("there is no such entry")
    return number


async def import_file(
    sessions: Sessions,
    editor: Editor,
    path: Path,
    *,
    dry_run: bool = False,
    mode: str = "lines",
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """As the API tells it. Raises TableRefused."""
    plan, applied = await plan_file(
        sessions, editor, path, apply=not dry_run, whole=mode == "all", progress=progress
    )
    return report_of(plan, applied=applied, batch=str(editor.batch))


async def plan_file(
    sessions: Sessions,
    editor: Editor,
    path: Path,
    *,
    apply: bool,
    whole: bool,
    progress: Progress = lambda *_: None,
) -> tuple[Plan, bool]:
    """What a file would do, and whether it was done: in one transaction, all of it or nothing.

    `whole`: nothing is done where one line is refused. Raises TableRefused.
    """
    rows, unknown = await asyncio.to_thread(read_lines, path)
    async with transaction(sessions) as session:
        plan = await plan_import(session, editor.shop_id, rows, unknown, progress)
        applied = apply and plan.writes and not (whole and plan.count("refused"))
        if applied:
            await apply_import(session, editor, plan, progress)
    return plan, applied


def report_of(plan: Plan, *, applied: bool, batch: str) -> dict[str, Any]:
    shown = [line for line in plan.lines if line.outcome == "refused"]
    shown += [line for line in plan.lines if line.outcome in ("added", "changed")]
    return {
        "applied": applied,
        "batch": batch,
        **{name: plan.count(name) for name in ("added", "changed", "unchanged", "refused")},
        "unknown_columns": plan.unknown,
        "lines": [_line(line) for line in sorted(shown[:SHOWN], key=lambda one: one.number)],
    }


def _line(line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {"line": line.number, "outcome": line.outcome, "question": line.question}
    if line.fault:
        told["error"] = fault_told(line.fault)
    return told


async def ask(session: AsyncSession, shop_id: int, words: str, engine: Engine, limit: int = 5) -> Found:
    """What the FAQs say to a question, asked as a message asks it: with the intent the engine recognises.

    What is no business of a shop is passed on, however near an entry comes, unless its words alone are sure.
    While the engine is away, only the words count.
    """
    try:
        parse = await engine.parse(words)
    except EngineDown:
        parse = {}
    intent = parse.get("intent")
    found = await search(
        session,
        shop_id=shop_id,
        text=words,
        intent=intent if intent in QUESTIONS else None,
        embed=engine.embed,
        limit=limit,
    )
    foreign = intent == "out_of_scope" and float(parse.get("confidence") or 0) >= SURELY
    if foreign and found.vector is not None:
        return replace(found, decision=Decision.pass_on)
    return found


def asking(engine: Engine) -> Ask:
    """The same for the shop's test questions."""
    return lambda session, shop_id, words: ask(session, shop_id, words, engine)


async def try_out(
    session: AsyncSession, shop_id: int, words: str, engine: Engine, limit: int = 5
) -> dict[str, Any]:
    """What the bot would do with a question, and why."""
    plain = words.replace("\0", "").encode("utf-8", "replace").decode()
    found = await ask(session, shop_id, plain, engine, max(limit, 3))
    asks_back = found.decision is Decision.ask_back
    return {
        "decision": found.decision.value,
        "by_meaning": found.vector is not None,
        "choices": [one.entry.id for one in found.matches] if asks_back else [],
        "results": [_match(one) for one in found.matches[:limit]],
    }


def _match(match: Match) -> dict[str, Any]:
    return {
        "id": match.entry.id,
        "score": round(match.score, 4),
        "question": match.entry.question,
        "answer": match.entry.answer,
        "language": match.language,
        "wording": match.wording,
        "nearness": {
            "words": round(match.words, 4),
            "concepts": round(match.concepts, 4),
            "meaning": None if match.meaning is None else round(match.meaning, 4),
        },
    }
