"""The shop's orders, and files of orders on their way in: brought, looked at, taken."""

import tempfile
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.datastructures import UploadFile

from bot.api.asking import Desk
from bot.console.file_words import fault_told, line_told
from bot.console.names import LOOKS, named
from bot.console.order_words import FIELDS, field_named
from bot.console.page import page
from bot.console.shop_page import Owner, shop_page
from bot.console.told import Told, told
from bot.console.words import Words, words
from bot.orders import book, files
from bot.orders.models import ImportState, OrderImport
from bot.staff.access import Who
from bot.staff.errors import Impossible
from bot.support.desk import Support
from shop.database import transaction
from shop.models import Order, OrderStatus
from shop.order_sheet import COLUMNS, CONTRACT, REQUIRED
from shop.tables import csv_lines
from shop.tables.reading import MAX_FILE

routes = APIRouter(include_in_schema=False, route_class=Told)

AT = "/shop/orders"
SHOWN_PROBLEMS = 200
SAMPLE: Mapping[str, str] = {
    "order_number": "20261120001",
    "ordered_at": "2026-11-20 14:30:00",
    "status": "paid",
    "buyer_name": "阿依古丽",
    "buyer_phone": "13800000000",
    "address": "新疆喀什地区喀什市解放北路1号",
    "sku": "DATE-1",
    "product": "和田红枣 500克",
    "quantity": "2",
    "unit_price": "39.90",
}


@routes.get("/shop/orders")
async def orders(
    request: Request, who: Owner, desk: Desk, q: str = "", status: str = "", after: str = ""
) -> Response:
    ours = words(who.language)
    chosen = OrderStatus(status) if status in tuple(OrderStatus) else None
    async with desk.single() as session:
        found, more = await book.list_orders(
            session, who, status=chosen, search=q[:100], after=after[:200] or None
        )
        rows = [_row(one, ours) for one in found]
        running = [one for one in await files.imports(session, who, 5) if one.state not in files.ENDED]
    states = [(one.value, named(one, ours)) for one in OrderStatus]
    values: dict[str, Any] = {"orders": rows, "q": q, "state": status, "states": states, "more": more}
    return shop_page(request, who, "orders", AT, **values, running=[_shown(one, ours) for one in running])


def _row(order: Order, ours: Words) -> dict[str, Any]:
    goods = " · ".join(f"{item.name} ×{item.quantity}" for item in order.items)
    return {
        "number": order.order_number,
        "at": order.ordered_at,
        "buyer": order.buyer_name,
        "goods": goods,
        "total": order.total,
        "state": named(order.status, ours),
        "look": LOOKS.get(order.status, ""),
        "parcels": [(one.carrier, one.tracking_number) for one in order.shipments],
    }


# ---- Files ----


@routes.get("/shop/orders/import")
async def import_page(request: Request, who: Owner, desk: Desk) -> Response:
    return await _import_page(request, who, desk)


async def _import_page(request: Request, who: Who, desk: Support, wrong: str = "") -> Response:
    ours = words(who.language)
    async with desk.single() as session:
        latest = [_shown(one, ours) for one in await files.imports(session, who)]
    needed = [(field_named(name, ours), name in REQUIRED) for name in CONTRACT]
    status = 422 if wrong else 200
    return shop_page(request, who, "import", AT, status=status, wrong=wrong, latest=latest, needed=needed)


@routes.get("/shop/orders/sample.csv")
async def sample(who: Owner) -> StreamingResponse:
    """An example to fill in, with titles in the reader's language."""
    titles = {field_named(name, words(who.language)): SAMPLE.get(name, "") for name in CONTRACT}
    lines = (line.encode() for line in csv_lines(list(titles), [titles]))
    headers = {"Content-Disposition": 'attachment; filename="orders.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@routes.post("/shop/orders/import")
async def bring(request: Request, who: Owner, desk: Desk) -> Response:
    ours = words(who.language)
    async with request.form(max_files=1, max_fields=10) as form:
        given = form.get("file")
        if not isinstance(given, UploadFile) or not given.filename:
            return await _import_page(request, who, desk, ours.gettext("Choose a file first."))
        with tempfile.NamedTemporaryFile(prefix="karwan-upload-") as kept:
            while chunk := await given.read(files.PART):
                kept.write(chunk)
            kept.flush()
            try:
                async with transaction(desk.sessions) as session:
                    path = Path(kept.name)
                    one = await files.begin_import(session, who, who.shop_id, path, given.filename, ask=True)
            except Impossible:
                limit = MAX_FILE // 2**20
                return await _import_page(request, who, desk, fault_told("too_large", {"limit": limit}, ours))
    return RedirectResponse(f"{AT}/import/{one.id}", 303)


@routes.get("/shop/orders/import/{number}")
async def import_state(request: Request, who: Owner, desk: Desk, number: uuid.UUID) -> Response:
    return await _state(request, who, desk, number)


async def _state(request: Request, who: Who, desk: Support, number: uuid.UUID, **values: Any) -> Response:
    """The whole page; for its own script's polling the part that changes."""
    ours = words(who.language)
    async with desk.single() as session:
        one = await files.import_of(session, who, number)
        bad = await files.problems(session, one, SHOWN_PROBLEMS)
        lines = await files.preview(session, one) if one.state is ImportState.checked else []
    problems = [(line.line, line_told(line.code, line.field, line.facts, ours)) for line in bad]
    context = {
        "one": _shown(one, ours),
        "problems": problems,
        "preview": [_previewed(line, ours) for line in lines],
        "columns": _columns(one, ours) if one.state in (ImportState.columns, ImportState.checked) else [],
        "errors": {},
        **values,
    }
    if "hx-request" in request.headers:
        return page(request, "shop/import_state.html", who, **context)
    status = 422 if context["errors"] else 200
    return shop_page(request, who, "import_one", AT, status=status, **context)


@routes.post("/shop/orders/import/{number}/yes")
async def yes(who: Owner, desk: Desk, number: uuid.UUID) -> Response:
    async with transaction(desk.sessions) as session:
        await files.say_yes(session, who, number)
    return RedirectResponse(f"{AT}/import/{number}", 303)


@routes.post("/shop/orders/import/{number}/no")
async def no(who: Owner, desk: Desk, number: uuid.UUID) -> Response:
    async with transaction(desk.sessions) as session:
        await files.say_no(session, who, number)
    return RedirectResponse(f"{AT}/import", 303)


@routes.post("/shop/orders/import/{number}/columns")
async def columns(request: Request, who: Owner, desk: Desk, number: uuid.UUID) -> Response:
    ours = words(who.language)
    form = await request.form()
    told_columns = {
        column.name: title for column in COLUMNS if isinstance(title := form.get(column.name), str) and title
    }
    try:
        async with transaction(desk.sessions) as session:
            await files.tell_columns(session, who, number, told_columns)
    except Impossible as error:
        wrong = {error.field: ours.gettext("Choose the column for this.")} if error.field else {}
        if not wrong:
            return await _state(request, who, desk, number, problem=told(error, ours))
        return await _state(request, who, desk, number, errors=wrong, chosen=told_columns)
    return RedirectResponse(f"{AT}/import/{number}", 303)


def _columns(one: OrderImport, ours: Words) -> list[dict[str, Any]]:
    """Every field and the title it has in this file."""
    known = one.columns or {}
    return [
        {
            "field": column.name,
            "label": field_named(column.name, ours),
            "title": known.get(column.name, ""),
            "needed": column.name in REQUIRED,
        }
        for column in COLUMNS
        if column.name in FIELDS
    ]


def _previewed(line: Mapping[str, Any], ours: Words) -> dict[str, Any]:
    return {
        "number": line["order_number"],
        "status": named(OrderStatus(line["status"]), ours),
        "buyer": line["buyer_name"],
        "product": line["product"],
        "quantity": line["quantity"],
        "price": line["unit_price"],
    }


def _shown(one: OrderImport, ours: Words) -> dict[str, Any]:
    fault = one.fault or {}
    steps = {ImportState.waiting: 0, ImportState.checking: 0, ImportState.taking: one.taken}
    return {
        "id": one.id,
        "name": one.file_name,
        "at": one.created_at,
        "state": one.state.value,
        "word": _state_word(one.state, ours),
        "titles": one.titles,
        "lines": one.lines,
        "bad": one.bad,
        "orders": one.orders,
        "taken": one.taken,
        "added": one.added,
        "changed": one.changed,
        "same": one.taken - one.added - one.changed,
        "moving": one.state in steps,
        "ended": one.state in files.ENDED,
        "wrong": fault_told(fault["code"], fault["facts"], ours) if fault else "",
    }


def _state_word(state: ImportState, ours: Words) -> str:
    word = ours.gettext
    names: Iterator[str] = iter(
        (
            word("Waits to be read"),
            word("Being read"),
            word("Which column is which?"),
            word("Read: take it over?"),
            word("Being taken over"),
            word("Done"),
            word("Cannot be read"),
            word("Stopped"),
        )
    )
    return dict(zip(ImportState, names, strict=True))[state]
