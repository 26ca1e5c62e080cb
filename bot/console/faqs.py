"""The pages of FAQs: the list with its bulk edits, the trial panel, the editor."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from bot.api.asking import Desk
from bot.api.faqs import Many, edit_many, editor_of
from bot.console.asking import signed_in
from bot.console.faq_forms import content_of_form, shown, title_of, typed
from bot.console.faults import of_content
from bot.console.forms import Field
from bot.console.page import page
from bot.console.people import SPOKEN
from bot.console.told import Told
from bot.console.words import words
from bot.faqs import asking, shop_of, try_out
from bot.learning import deal_with
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import NotFound
from bot.support.desk import Support
from knowledge.content import content_of
from knowledge.entries import (
    Kept,
    UnknownEntry,
    Wanted,
    change_entry,
    create_entry,
    drop_draft,
    find_entry,
    keep_draft,
    list_entries,
    publish,
    remove_entries,
)
from knowledge.models import FaqEntry
from knowledge.rehearsal import rehearse
from shop.database import transaction

routes = APIRouter(include_in_schema=False, route_class=Told)

Reader = Annotated[Who, Depends(signed_in(Right.read))]
Keeper = Annotated[Who, Depends(signed_in(Right.edit_faqs))]
Do = Literal["publish", "draft", "delete", "drop"]
PAGE = 50
EMPTY: dict[str, Any] = {}


@routes.get("/faqs")
async def faqs_page(
    request: Request,
    who: Reader,
    desk: Desk,
    text: Annotated[str, Query(max_length=200)] = "",
    tag: Annotated[str, Query(max_length=40)] = "",
    kept: Annotated[str, Query(max_length=20)] = "",
    missing: Literal["", "zh", "ug"] = "",
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> Response:
    state: Kept | None = kept if kept in ("published", "off", "draft") else None  # type: ignore[assignment]
    plain = text.replace("\0", "").strip()
    wanted = Wanted(plain, tag.replace("\0", "").strip(), "", state, missing, after, PAGE)
    async with desk.single() as session:
        found, total = await list_entries(session, who.shop_id, wanted)
    filters = {"text": plain, "tag": wanted.tag, "kept": kept, "missing": missing}
    return page(
        request,
        "faqs/list.html",
        who,
        entries=[(entry, title_of(entry, who.language)) for entry in found],
        total=total,
        filters=filters,
        filtered=any(filters.values()) or after > 0,
        next=found[-1].id if len(found) == PAGE else 0,
        may_edit=who.may(Right.edit_faqs),
        here="/faqs",
    )


@routes.post("/faqs/try")
async def try_panel(request: Request, who: Reader, desk: Desk, text: Field = "") -> Response:
    """What the bot would do with a question, and why."""
    async with desk.sessions() as session:
        tried = await try_out(session, who.shop_id, text, request.app.state.engine, 3)
    return page(request, "faqs/tried.html", who, tried=tried, asked=text.strip())


@routes.post("/faqs/bulk")
async def bulk(
    request: Request,
    who: Keeper,
    desk: Desk,
    do: Annotated[Literal["publish", "switch_off", "delete", "tag", "untag"], Form()],
    ids: Annotated[list[int], Form()] = [],  # noqa: B006 - FastAPI copies it
    tag: Field = "",
) -> Response:
    if ids:
        editor = editor_of(who)
        async with transaction(desk.sessions) as session:
            changed = await edit_many(session, editor, Many(ids=ids, do=do, tag=tag[:40]))
            await note_act(session, who, "bulk_faqs", str(editor.batch), do=do, changed=changed)
        return RedirectResponse(f"/faqs/history?done={editor.batch}&changed={changed}", 303)
    return RedirectResponse("/faqs", 303)


@routes.get("/faqs/new")
async def new_page(
    request: Request,
    who: Keeper,
    question: Annotated[str, Query(max_length=4000)] = "",
    answer: Annotated[str, Query(max_length=4000)] = "",
    variants: Annotated[str, Query(max_length=4000)] = "",
    asked: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Empty, or begun with what the learning page knows."""
    fields = shown({})
    for name, value in (("question", question), ("answer", answer), ("variants", variants)):
        if value:
            letters = sum("\u0600" <= letter <= "\u06ff" for letter in value)
            fields[f"{name}_{'ug' if letters * 2 > len(value) else 'zh'}"] = value
    return _editor(request, who, None, fields, asked=asked)


@routes.post("/faqs/new")
async def add(
    request: Request, who: Keeper, desk: Desk, do: Field = "publish", asked: Field = ""
) -> Response:
    fields = await typed(request)
    try:
        content = content_of_form(fields, enabled=do == "publish")
    except ValidationError as error:
        return _editor(request, who, None, fields, of_content(error, words(who.language)), asked=asked)
    async with transaction(desk.sessions) as session:
        entry = await create_entry(session, editor_of(who), content)
        await note_act(session, who, "add_faq", f"faq {entry.id}")
        if ids := [int(one) for one in asked.split(",") if one.isdecimal() and len(one) < 18]:
            await deal_with(session, who.shop_id, ids)
    return RedirectResponse(f"/faqs/{entry.id}?saved=1", 303)


@routes.get("/faqs/{number}")
async def entry_page(request: Request, who: Reader, desk: Desk, number: int, saved: str = "") -> Response:
    entry = await _entry(desk, who, number)
    fields = shown(entry.draft or content_of(entry).stored())
    said = (
        words(who.language).gettext("Saved. The bot answers from it now.")
        if saved and not entry.draft
        else ""
    )
    tried = None
    if entry.draft and who.may(Right.edit_faqs):
        engine = request.app.state.engine
        tried = await rehearse(desk.sessions, who.shop_id, number, asking(engine), engine.embed)
    return _editor(request, who, entry, fields, said=said, tried=tried)


@routes.post("/faqs/{number}")
async def change(
    request: Request, who: Keeper, desk: Desk, number: int, do: Annotated[Do, Form()]
) -> Response:
    entry = await _entry(desk, who, number)
    fields = await typed(request)
    if do in ("delete", "drop"):
        async with transaction(desk.sessions) as session:
            if do == "drop":
                await drop_draft(session, editor_of(who), number)
                return RedirectResponse(f"/faqs/{number}", 303)
            editor = editor_of(who)
            await remove_entries(session, editor, [number])
            await note_act(session, who, "remove_faq", f"faq {number}")
        return RedirectResponse(f"/faqs/history?done={editor.batch}&changed=1", 303)
    try:
        content = content_of_form(fields, enabled=True if do == "publish" else entry.enabled)
    except ValidationError as error:
        return _editor(request, who, entry, fields, of_content(error, words(who.language)))
    async with transaction(desk.sessions) as session:
        if do == "publish":
            await change_entry(session, editor_of(who), number, content)
        else:
            await keep_draft(session, editor_of(who), number, content)
        await note_act(session, who, "change_faq", f"faq {number}", kept=do)
    return RedirectResponse(f"/faqs/{number}?saved=1", 303)


@routes.post("/faqs/{number}/publish")
async def publish_draft(who: Keeper, desk: Desk, number: int) -> Response:
    await _entry(desk, who, number)
    async with transaction(desk.sessions) as session:
        await publish(session, editor_of(who), number)
        await note_act(session, who, "publish_faq", f"faq {number}")
    return RedirectResponse(f"/faqs/{number}?saved=1", 303)


async def _entry(desk: Support, who: Who, number: int) -> FaqEntry:
    try:
        async with desk.single() as session:
            return await find_entry(session, who.shop_id, shop_of(number))
    except UnknownEntry:
        raise NotFound("there is no such entry") from None


def _editor(
    request: Request,
    who: Who,
    entry: FaqEntry | None,
    fields: dict[str, str],
    errors: dict[str, str] = EMPTY,
    **more: Any,
) -> Response:
    values = {"tried": None, "said": "", "asked": "", **more}
    return page(
        request,
        "faqs/edit.html",
        who,
        status=422 if errors else 200,
        entry=entry,
        fields=fields,
        errors=errors,
        spoken=SPOKEN,
        may_edit=who.may(Right.edit_faqs),
        title_of=lambda one: title_of(one, who.language),
        **{**values, "here": "/faqs"},
    )
