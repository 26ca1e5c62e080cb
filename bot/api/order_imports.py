"""Files of orders, brought by a program or a script: the page's own way in, without its questions."""

import asyncio
import tempfile
import time
import uuid
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import UploadFile

from bot.api.asking import Desk, may
from bot.console.file_words import fault_told, line_told
from bot.console.words import Words, chosen, words
from bot.errors import Problem
from bot.orders import files
from bot.orders.models import ImportProblem, ImportState, OrderImport
from bot.staff.access import Right, Who
from bot.support.desk import Support
from shop.database import transaction

routes = APIRouter(tags=["orders"])

Keeper = Annotated[Who, Depends(may(Right.orders))]
LOOK_EVERY = 0.2  # seconds, while a request waits for its file


@routes.post("/orders/import")
async def bring_file(
    request: Request,
    desk: Desk,
    who: Keeper,
    response: Response,
    wait: Annotated[float, Query(ge=0, le=300, description="seconds; then 202, and look at it later")] = 60,
) -> dict[str, Any]:
    """CSV or XLSX, as the form field `file` or as the body itself. 200 when it is done, with every bad line
    and its reason; 422 for a file that cannot be read, of which nothing was taken."""
    with tempfile.NamedTemporaryFile(prefix="karwan-upload-") as kept:
        name = await _keep(request, Path(kept.name))
        async with transaction(desk.sessions) as session:
            one = await files.begin_import(session, who, who.shop_id, Path(kept.name), name)
    ended = await _until_ended(desk, who, one.id, wait)
    response.status_code = 200 if ended.state is ImportState.done else 202
    return await _told(desk, ended, _language(request, who))


@routes.get("/orders/imports/{file}")
async def look_at(request: Request, desk: Desk, who: Keeper, file: uuid.UUID) -> dict[str, Any]:
    async with desk.single() as session:
        one = await files.import_of(session, who, file)
    return await _told(desk, one, _language(request, who))


def _language(request: Request, who: Who) -> Words:
    """A program has no language of its own: what it accepts, else Chinese."""
    accepted = request.headers.get("accept-language", "")
    return words(chosen(None, accepted) if accepted else who.language)


async def _keep(request: Request, path: Path) -> str:
    """The upload as a file; its name. Raises Problem."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form(max_files=1, max_fields=10) as form:
            given = form.get("file")
            if not isinstance(given, UploadFile):
                raise Problem(422, "missing", "send the table as the form field `file`", "file")
            with path.open("wb") as file:
                while chunk := await given.read(files.PART):
                    file.write(chunk)
            return given.filename or ""
    with path.open("wb") as file:
        async for chunk in request.stream():
            file.write(chunk)
    return request.query_params.get("name", "")


async def _until_ended(desk: Support, who: Who, number: uuid.UUID, seconds: float) -> OrderImport:
    until = time.monotonic() + seconds
    while True:
        async with desk.single() as session:
            one = await files.import_of(session, who, number)
        if one.state in files.ENDED or time.monotonic() >= until or desk.live.closing:
            return one
        await asyncio.sleep(LOOK_EVERY)


async def _told(desk: Support, one: OrderImport, ours: Words) -> dict[str, Any]:
    """Raises Problem for a file that was refused."""
    if one.state is ImportState.refused:
        fault = one.fault or {}
        said = fault_told(fault.get("code", ""), fault.get("facts", {}), ours)
        raise Problem(422, fault.get("code", "not_a_table"), said, "file")
    async with desk.single() as session:
        bad = await files.problems(session, one)
    return {
        "id": str(one.id),
        "state": one.state,
        "lines": one.lines,
        "good": one.good,
        "bad": one.bad,
        "orders": one.orders,
        "taken": one.taken,
        "added": one.added,
        "changed": one.changed,
        "same": one.taken - one.added - one.changed,
        "errors": [_error(line, ours) for line in bad],
    }


def _error(line: ImportProblem, ours: Words) -> dict[str, Any]:
    said = line_told(line.code, line.field, line.facts, ours)
    return {"line": line.line, "code": line.code, "field": line.field, "message": said}
