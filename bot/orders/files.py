"""Files of orders: brought by a page, a program or the command line, kept here until they are done.

A worker reads a file whole before anything is taken over, so a file that cannot be read changes nothing; then
it takes the orders in batches, each with its own commit. A death in between loses nothing: what was taken is
counted, what was not is still there as lines.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.jobs import DEFER_IMPORT
from bot.orders.models import ImportLine, ImportPart, ImportProblem, ImportState, OrderImport
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import Impossible, NotFound
from shop.database import now
from shop.order_sheet import COLUMNS, missing
from shop.tables.reading import MAX_FILE

PART = 1024 * 1024
MOST_PROBLEMS = 1_000  # that are shown
FORGOTTEN_AFTER = timedelta(days=3)  # a file that was checked and never taken

_DEFER = text(f"SELECT {DEFER_IMPORT} FROM order_import WHERE id = :id")  # noqa: S608 - our own words


async def begin_import(
    session: AsyncSession, who: Who | None, shop_id: int, path: Path, name: str, *, ask: bool = False
) -> OrderImport:
    """Keep the file and have a worker look at it; `ask`: once it is read, somebody has to say yes.

    Without `who` it is the command line, which does the worker's part itself. Raises Impossible.
    """
    if who is not None:
        who.must(Right.orders)
    size = path.stat().st_size  # noqa: ASYNC240 - a file of this machine
    if size > MAX_FILE:
        raise Impossible(
            "too_large", f"the file is larger than {MAX_FILE // 2**20} MB: split it", "file", 413
        )
    await _forget_old(session, shop_id)
    staff = (who.staff_id or None) if who else None
    one = OrderImport(
        shop_id=shop_id, staff_id=staff, file_name=name.replace("\0", "")[:200], size=size, ask=ask
    )
    session.add(one)
    await session.flush()
    with path.open("rb") as file:
        for number, content in enumerate(iter(lambda: file.read(PART), b"")):
            values = {"import_id": one.id, "number": number, "content": content}
            await session.execute(insert(ImportPart), values)
    if who is not None:
        await note_act(session, who, "import_orders", f"import {one.id}", size=size)
        await session.execute(_DEFER, {"id": one.id})
    return one


async def import_of(session: AsyncSession, who: Who, number: uuid.UUID, *, lock: bool = False) -> OrderImport:
    """Raises NotFound."""
    who.must(Right.orders)
    query = select(OrderImport).where(OrderImport.id == number, OrderImport.shop_id == who.shop_id)
    if lock:
        query = query.with_for_update()
    found = await session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound("there is no such import")
    return found


async def imports(session: AsyncSession, who: Who, limit: int = 20) -> list[OrderImport]:
    """The latest."""
    who.must(Right.orders)
    query = select(OrderImport).where(OrderImport.shop_id == who.shop_id)
    return list(await session.scalars(query.order_by(OrderImport.created_at.desc()).limit(limit)))


async def problems(
    session: AsyncSession, one: OrderImport, limit: int = MOST_PROBLEMS
) -> list[ImportProblem]:
    """The file's bad lines, in its order."""
    query = select(ImportProblem).where(ImportProblem.import_id == one.id)
    return list(await session.scalars(query.order_by(ImportProblem.line).limit(limit)))


async def preview(session: AsyncSession, one: OrderImport, limit: int = 5) -> list[dict[str, Any]]:
    """Its first good lines, while they wait for a yes."""
    query = select(ImportLine.content).where(ImportLine.import_id == one.id)
    return list(await session.scalars(query.order_by(ImportLine.line).limit(limit)))


async def say_yes(session: AsyncSession, who: Who, number: uuid.UUID) -> None:
    """Have a checked file taken over. Raises NotFound, Impossible."""
    one = await import_of(session, who, number, lock=True)
    _must_be(one, ImportState.checked)
    one.state = ImportState.taking
    await note_act(session, who, "take_orders", f"import {one.id}", orders=one.orders)
    await session.flush()
    await session.execute(_DEFER, {"id": one.id})


async def say_no(session: AsyncSession, who: Who, number: uuid.UUID) -> None:
    """Stop it, wherever it is; what was taken by then stays. Raises NotFound, Impossible."""
    one = await import_of(session, who, number, lock=True)
    if one.state in ENDED:
        raise Impossible("ended", "that import has ended")
    one.state, one.ended_at = ImportState.stopped, now()
    await drop_file(session, one.id)
    await note_act(session, who, "stop_import", f"import {one.id}")


async def tell_columns(session: AsyncSession, who: Who, number: uuid.UUID, told: Mapping[str, str]) -> None:
    """Which of the file's titles is which field: remembered for the shop's next files.

    Raises NotFound, and Impossible with the field that still needs a column.
    """
    one = await import_of(session, who, number, lock=True)
    _must_be(one, ImportState.columns, ImportState.checked)
    known = {column.name for column in COLUMNS}
    chosen = {field: title for field, title in told.items() if field in known and title in one.titles}
    if without := missing(chosen):
        raise Impossible("missing_column", "this field needs a column", without[0], 422)
    one.columns, one.state, one.ask = chosen, ImportState.waiting, True
    await remember_columns(session, one.shop_id, chosen)
    await session.flush()
    await session.execute(_DEFER, {"id": one.id})


async def drop_file(session: AsyncSession, number: uuid.UUID) -> None:
    for table in (ImportPart, ImportLine):
        await session.execute(delete(table).where(table.import_id == number))


ENDED: Sequence[ImportState] = (ImportState.done, ImportState.refused, ImportState.stopped)


def _must_be(one: OrderImport, *states: ImportState) -> None:
    if one.state not in states:
        raise Impossible("moved", "that import has gone on meanwhile")


async def _forget_old(session: AsyncSession, shop_id: int) -> None:
    waiting = (ImportState.columns, ImportState.checked)
    old = (
        update(OrderImport)
        .where(OrderImport.shop_id == shop_id, OrderImport.state.in_(waiting))
        .where(OrderImport.created_at < now() - FORGOTTEN_AFTER)
        .values(state=ImportState.stopped, ended_at=now())
        .returning(OrderImport.id)
    )
    for number in (await session.scalars(old)).all():
        await drop_file(session, number)


# ---- What a shop calls its columns ----

_REMEMBER = text(
    """
    UPDATE shop SET settings = jsonb_set(settings, '{order_columns}', CAST(:columns AS jsonb))
    WHERE id = :shop
    """
)
_KNOWN = text("SELECT settings->'order_columns' FROM shop WHERE id = :shop")
_MOST_TITLES = 5  # of one field: a shop sells on so many platforms


async def remembered_columns(session: AsyncSession, shop_id: int) -> dict[str, list[str]]:
    """The titles a shop's files have had for a field, the latest first."""
    found = await session.scalar(_KNOWN, {"shop": shop_id})
    return {str(field): list(titles) for field, titles in (found or {}).items()}


async def remember_columns(session: AsyncSession, shop_id: int, chosen: Mapping[str, str]) -> None:
    known = await remembered_columns(session, shop_id)
    for field, title in chosen.items():
        known[field] = [title, *(one for one in known.get(field, ()) if one != title)][:_MOST_TITLES]
    await session.execute(_REMEMBER, {"shop": shop_id, "columns": json.dumps(known, ensure_ascii=False)})
