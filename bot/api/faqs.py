"""The shop's FAQs: owners edit, agents read. A change is answered from at once."""

import asyncio
import io
import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from bot.api.asking import Desk, may
from bot.api.tables import uploaded
from bot.errors import Problem
from bot.faqs import import_file, shop_of, try_out
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from knowledge import entries
from knowledge.content import Content, content_of
from knowledge.entries import Editor, Kept, Wanted
from knowledge.models import FaqChange, FaqEntry
from knowledge.tables import NAMES, line_of
from shop.database import transaction
from shop.tables import csv_lines, write_xlsx

routes = APIRouter(prefix="/faqs", tags=["faqs"])

Reader = Annotated[Who, Depends(may(Right.read))]
Keeper = Annotated[Who, Depends(may(Right.edit_faqs))]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def editor_of(who: Who, batch: uuid.UUID | None = None) -> Editor:
    return Editor(who.shop_id, who.staff_id, who.name, batch or uuid.uuid4())


def told(entry: FaqEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        **content_of(entry).stored(),
        "draft": entry.draft,
        "created_at": entry.created_at.isoformat(),
        "updated_at": entry.updated_at.isoformat(),
    }


@routes.get("")
async def list_faqs(
    desk: Desk,
    who: Reader,
    text: Annotated[str, Query(max_length=200)] = "",
    tag: Annotated[str, Query(max_length=40)] = "",
    product: Annotated[str, Query(max_length=100)] = "",
    kept: Kept | None = None,
    missing: Literal["", "zh", "ug"] = "",
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """`after` is the last id of the page before; `total` counts all that fit."""
    plain = text.replace("\0", "")
    wanted = Wanted(plain, tag.replace("\0", ""), product.replace("\0", ""), kept, missing, after, limit)
    async with desk.single() as session:
        found, total = await entries.list_entries(session, who.shop_id, wanted)
    return {"items": [told(entry) for entry in found], "total": total}


@routes.post("", status_code=201)
async def add_faq(desk: Desk, who: Keeper, given: Content) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        entry = await entries.create_entry(session, editor_of(who), given)
        await note_act(session, who, "add_faq", f"faq {entry.id}")
        return told(entry)


class Question(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: Annotated[str, Field(max_length=4_000)]
    limit: Annotated[int, Field(ge=1, le=20)] = 5


@routes.post("/search")
async def search_faqs(desk: Desk, request: Request, who: Reader, given: Question) -> dict[str, Any]:
    """What the bot would do: `answer`, `ask` back among `choices`, or `pass` on; and the ranked entries."""
    async with desk.sessions() as session:
        return await try_out(session, who.shop_id, given.text, request.app.state.engine, given.limit)


@routes.post("/import")
async def import_faqs(
    desk: Desk,
    who: Keeper,
    request: Request,
    dry_run: bool = False,
    mode: Literal["lines", "all"] = "lines",
) -> dict[str, Any]:
    """A CSV or XLSX file, as the body or a form's `file`. `dry_run`: only what it would do.

    `mode` `all`: nothing is taken where one line is refused.
    """
    async with uploaded(request) as path:
        report = await import_file(desk.sessions, editor_of(who), path, dry_run=dry_run, mode=mode)
    if report["applied"]:
        async with transaction(desk.sessions) as session:
            counts = {name: report[name] for name in ("added", "changed", "refused")}
            await note_act(session, who, "import_faqs", report["batch"], **counts)
    return report


@routes.get("/export")
async def export_faqs(desk: Desk, who: Reader, format: Literal["csv", "xlsx"] = "csv") -> Response:
    async with desk.sessions() as session:
        found, _ = await entries.list_entries(session, who.shop_id, Wanted(limit=1_000_000))
        lines = [line_of(entry) for entry in found]
    name = f'attachment; filename="faqs.{format}"'
    if format == "csv":
        return StreamingResponse(
            csv_lines(NAMES, lines),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": name},
        )
    file = io.BytesIO()
    await asyncio.to_thread(write_xlsx, file, NAMES, lines)
    return Response(file.getvalue(), media_type=EXCEL, headers={"Content-Disposition": name})


class Many(BaseModel):
    model_config = ConfigDict(extra="ignore")
    ids: Annotated[list[int], Field(min_length=1, max_length=10_000)]
    do: Literal["publish", "switch_off", "delete", "tag", "untag"]
    tag: Annotated[str, Field(max_length=40)] = ""


@routes.post("/bulk")
async def edit_faqs(desk: Desk, who: Keeper, given: Many) -> dict[str, Any]:
    """`changed` entries; the `batch` undoes it."""
    editor = editor_of(who)
    async with transaction(desk.sessions) as session:
        changed = await edit_many(session, editor, given)
        await note_act(session, who, "bulk_faqs", str(editor.batch), do=given.do, changed=changed)
    return {"changed": changed, "batch": str(editor.batch)}


async def edit_many(session: Any, editor: Editor, given: Many) -> int:
    tag = given.tag.replace("\0", "").strip()
    if given.do in ("tag", "untag") and not tag:
        raise Problem(422, "empty", "which tag?", "tag")
    if given.do == "delete":
        return await entries.remove_entries(session, editor, given.ids)
    if given.do in ("tag", "untag"):
        names = {"add_tag" if given.do == "tag" else "remove_tag": tag}
        return await entries.edit_many(session, editor, given.ids, **names)  # type: ignore[arg-type]
    return await entries.edit_many(session, editor, given.ids, enabled=given.do == "publish")


@routes.get("/history")
async def read_history(
    desk: Desk,
    who: Reader,
    entry: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    async with desk.single() as session:
        found = await entries.history(session, who.shop_id, entry=entry, before=before, limit=limit)
    return {"items": [_change(one) for one in found]}


def _change(change: FaqChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "entry": change.faq_id,
        "batch": str(change.batch),
        "by": change.name,
        "action": change.action,
        "before": change.before,
        "after": change.after,
        "at": change.at.isoformat(),
    }


@routes.post("/undo/{batch}")
async def undo(desk: Desk, who: Keeper, batch: uuid.UUID) -> dict[str, Any]:
    """Set back all that was done in one go; it can be undone, too."""
    editor = editor_of(who)
    async with transaction(desk.sessions) as session:
        changed = await entries.undo(session, editor, batch)
        await note_act(session, who, "undo_faqs", str(batch), changed=changed)
    return {"changed": changed, "batch": str(editor.batch)}


@routes.get("/{number}")
async def read_faq(desk: Desk, who: Reader, number: int) -> dict[str, Any]:
    async with desk.single() as session:
        return told(await entries.find_entry(session, who.shop_id, shop_of(number)))


@routes.put("/{number}")
async def change_faq(desk: Desk, who: Keeper, number: int, given: Content) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        entry = await entries.change_entry(session, editor_of(who), shop_of(number), given)
        await note_act(session, who, "change_faq", f"faq {number}")
        return told(entry)


@routes.put("/{number}/draft")
async def keep_draft(desk: Desk, who: Keeper, number: int, given: Content) -> dict[str, Any]:
    """Changes that are answered from only once they are published."""
    async with transaction(desk.sessions) as session:
        return told(await entries.keep_draft(session, editor_of(who), shop_of(number), given))


@routes.post("/{number}/publish")
async def publish(desk: Desk, who: Keeper, number: int) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        entry = await entries.publish(session, editor_of(who), shop_of(number))
        await note_act(session, who, "publish_faq", f"faq {number}")
        return told(entry)


@routes.delete("/{number}", status_code=204)
async def remove_faq(desk: Desk, who: Keeper, number: int) -> Response:
    async with transaction(desk.sessions) as session:
        await entries.find_entry(session, who.shop_id, shop_of(number))
        await entries.remove_entries(session, editor_of(who), [number])
        await note_act(session, who, "remove_faq", f"faq {number}")
    return Response(status_code=204)
