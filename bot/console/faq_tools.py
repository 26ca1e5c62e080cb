"""More pages of FAQs: history and undo, import, test questions, what talk teaches."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.api.asking import Desk
from bot.api.faqs import editor_of
from bot.api.tables import uploaded
from bot.console.asking import signed_in
from bot.console.faq_forms import title_of
from bot.console.faults import of_fault
from bot.console.forms import Field
from bot.console.page import page
from bot.console.told import Told
from bot.console.words import words
from bot.errors import Problem
from bot.faqs import asking, plan_file
from bot.learning import against, deal_with, open_questions, unused
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import NotFound
from knowledge.entries import ChangedSince, UnknownEntry, Wanted, history, list_entries, undo
from knowledge.importing import Progress
from knowledge.rehearsal import add_test, remove_test, run_tests
from shop.database import transaction
from shop.tables import TableRefused

routes = APIRouter(include_in_schema=False, route_class=Told)

Reader = Annotated[Who, Depends(signed_in(Right.read))]
Keeper = Annotated[Who, Depends(signed_in(Right.edit_faqs))]
SHOWN = 200  # lines of an import
# By who began them. The web is one process; what is lost with it is an import that is rolled back.
_imports: dict[int, dict[str, Any]] = {}
NOTHING: dict[str, Any] = {
    "plan": None,
    "lines": [],
    "more": 0,
    "applied": False,
    "batch": "",
    "whole": False,
}


@routes.get("/faqs/history")
async def history_page(
    request: Request,
    who: Reader,
    desk: Desk,
    entry: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    done: Annotated[str, Query(max_length=40)] = "",
    changed: Annotated[int, Query(ge=0, le=2**31)] = 0,
    again: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> Response:
    async with desk.single() as session:
        changes = await history(session, who.shop_id, entry=entry, before=before)
    ours = words(who.language)
    said = ours.ngettext("%d entry changed.", "%d entries changed.", changed) % changed if done else ""
    return page(
        request,
        "faqs/history.html",
        who,
        changes=[(one, _asked(one.after or one.before or {}, who.language)) for one in changes],
        words_of=_actions(ours.gettext),
        entry=entry,
        done=done,
        said=said,
        problem=_not_undone(ours.ngettext, again) if again else "",
        next=changes[-1].id if len(changes) == 50 else 0,
        may_edit=who.may(Right.edit_faqs),
        here="/faqs/history",
    )


def _not_undone(ngettext: Any, again: int) -> str:
    told = ngettext(
        "Nothing was undone: %d of these entries was changed again since. Undo the later change first.",
        "Nothing was undone: %d of these entries were changed again since. Undo the later change first.",
        again,
    )
    return str(told % again)


def _asked(stored: dict[str, Any], language: str) -> str:
    question = stored.get("question") or {}
    return str(question.get("ug" if language == "ug" else "zh") or next(iter(question.values()), ""))


def _actions(word: Any) -> dict[str, str]:
    return {
        "create": word("Added"),
        "change": word("Changed"),
        "publish": word("Published"),
        "delete": word("Deleted"),
        "import": word("Imported"),
        "bulk": word("Changed in bulk"),
        "undo": word("Undone"),
    }


@routes.post("/faqs/undo")
async def undo_page(who: Keeper, desk: Desk, batch: Annotated[uuid.UUID, Form()]) -> Response:
    editor = editor_of(who)
    try:
        async with transaction(desk.sessions) as session:
            changed = await undo(session, editor, batch)
            await note_act(session, who, "undo_faqs", str(batch), changed=changed)
    except UnknownEntry:
        raise NotFound("there is no such change") from None
    except ChangedSince as since:
        return RedirectResponse(f"/faqs/history?again={len(since.entries)}", 303)
    return RedirectResponse(f"/faqs/history?done={editor.batch}&changed={changed}", 303)


# --- import -----------------------------------------------------------------------------------------------


@routes.get("/faqs/import")
async def import_page(request: Request, who: Keeper) -> Response:
    return page(request, "faqs/import.html", who, here="/faqs/import")


@contextmanager
def _progress_of(who: Who) -> Iterator[Progress]:
    def told(what: str, done: int, total: int) -> None:
        _imports[who.staff_id] = {"what": what, "done": done, "total": total}

    try:
        yield told
    finally:
        _imports.pop(who.staff_id, None)


@routes.get("/faqs/import/progress")
async def import_progress(who: Keeper) -> dict[str, Any]:
    """How far the import is that this colleague has begun; nothing where there is none."""
    return _imports.get(who.staff_id, {})


@routes.post("/faqs/import")
async def import_now(request: Request, who: Keeper, desk: Desk) -> Response:
    """A part of the page: what the file would do, or has done; the file stays chosen in the form."""
    ours = words(who.language)
    form = await request.form()
    apply, whole = form.get("do") == "apply", form.get("whole") == "on"
    editor = editor_of(who)
    try:
        async with uploaded(request, refused=False) as path:
            with _progress_of(who) as progress:
                plan, applied = await plan_file(
                    desk.sessions, editor, path, apply=apply, whole=whole, progress=progress
                )
    except TableRefused as refused:
        problem = of_fault(refused.fault, ours)
        return page(request, "faqs/report.html", who, **NOTHING, problem=problem)
    except Problem:
        problem = ours.gettext("Choose a file, or paste a table.")
        return page(request, "faqs/report.html", who, **NOTHING, problem=problem)
    if applied:
        async with transaction(desk.sessions) as session:
            counts = {name: plan.count(name) for name in ("added", "changed", "refused")}
            await note_act(session, who, "import_faqs", str(editor.batch), **counts)
    lines = [one for one in plan.lines if one.outcome != "unchanged"]
    lines.sort(key=lambda one: (one.outcome != "refused", one.number))
    told = [(one, of_fault(one.fault, ours) if one.fault else "") for one in lines[:SHOWN]]
    return page(
        request,
        "faqs/report.html",
        who,
        plan=plan,
        lines=told,
        more=len(lines) - len(told),
        applied=applied,
        batch=editor.batch,
        whole=whole,
    )


# --- test questions ---------------------------------------------------------------------------------------


@routes.get("/faqs/tests")
async def questions_page(request: Request, who: Reader, desk: Desk, problem: str = "") -> Response:
    async with desk.sessions() as session:
        tried = await run_tests(session, who.shop_id, asking(request.app.state.engine))
        entries, _ = await list_entries(session, who.shop_id, Wanted(limit=1_000))
    return page(
        request,
        "faqs/tests.html",
        who,
        tried=tried,
        choices=[(entry.id, title_of(entry, who.language)[:80]) for entry in entries],
        title_of=lambda one: title_of(one, who.language),
        problem=words(who.language).gettext("There are as many test questions as there may be.")
        if problem
        else "",
        may_edit=who.may(Right.edit_faqs),
        here="/faqs/tests",
    )


@routes.post("/faqs/tests")
async def change_tests(
    who: Keeper,
    desk: Desk,
    text: Field = "",
    entry: Field = "",
    remove: Annotated[int, Form(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    plain = text.replace("\0", "").strip()[:500]
    kept = True
    async with transaction(desk.sessions) as session:
        if remove:
            await remove_test(session, who.shop_id, remove)
        elif plain:
            number = int(entry) if entry.isdecimal() and len(entry) < 10 else None
            try:
                kept = await add_test(session, who.shop_id, plain, number)
            except UnknownEntry:
                raise NotFound("there is no such entry") from None
    return RedirectResponse("/faqs/tests" if kept else "/faqs/tests?problem=full", 303)


# --- learning ---------------------------------------------------------------------------------------------


@routes.get("/faqs/learning")
async def learning_page(request: Request, who: Reader, desk: Desk) -> Response:
    async with desk.sessions() as session:
        groups = await open_questions(session, who.shop_id)
        idle = await unused(session, who.shop_id)
        pairs = await against(session, who.shop_id)
    return page(
        request,
        "faqs/learning.html",
        who,
        groups=groups[:50],
        idle=idle,
        pairs=pairs,
        title_of=lambda one: title_of(one, who.language),
        may_edit=who.may(Right.edit_faqs),
        here="/faqs/learning",
    )


@routes.post("/faqs/learning")
async def dealt_with(who: Keeper, desk: Desk, asked: Field) -> Response:
    ids = [int(one) for one in asked.split(",") if one.isdecimal() and len(one) < 18]
    async with transaction(desk.sessions) as session:
        await deal_with(session, who.shop_id, ids)
    return RedirectResponse("/faqs/learning", 303)
