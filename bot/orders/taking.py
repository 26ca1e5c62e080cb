"""The worker's part of an import: read the file whole, then take its orders over in batches."""

import asyncio
import json
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy.exc
import structlog
from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.orders.files import drop_file, remembered_columns
from bot.orders.models import ImportLine, ImportPart, ImportProblem, ImportState, OrderImport
from shop.database import Sessions, now, transaction
from shop.incoming import MOST_AT_ONCE, Outcome, take_orders
from shop.order_fields import Bad
from shop.order_sheet import COLUMNS, MOST_LINES, goods_of, missing, number_of, order_of_lines, read_line
from shop.tables import TableRefused, open_table

BATCH = 2_000  # lines read between two commits

Progress = Callable[[OrderImport], None]
Problem = tuple[int, str, str | None, dict[str, Any]]  # line, code, field, facts

logger = structlog.get_logger()


class Batch(NamedTuple):
    lines: int  # read so far
    good: list[tuple[int, str, str, dict[str, Any]]]  # line, order, goods, content
    bad: list[Problem]


class Columns(NamedTuple):
    titles: list[str]
    chosen: dict[str, str]  # field: title


async def run_import(sessions: Sessions, number: uuid.UUID, told: Progress | None = None) -> None:
    """Take an import as far as it goes without asking anybody. Again after a death."""
    async with transaction(sessions) as session:
        one = await session.get(OrderImport, number)
    if one is None:
        return
    if one.state in (ImportState.waiting, ImportState.checking):
        await _check(sessions, number, told)
    async with transaction(sessions) as session:
        state = (await session.get_one(OrderImport, number)).state
    if state is ImportState.taking:
        await _take(sessions, number, told)


# ---- Reading ----


async def _check(sessions: Sessions, number: uuid.UUID, told: Progress | None) -> None:
    with tempfile.NamedTemporaryFile(prefix="karwan-import-") as file:
        path = Path(file.name)
        await _fetch(sessions, number, path)
        try:
            async with transaction(sessions) as session:
                one = await _begin_check(session, number)
                known = await remembered_columns(session, one.shop_id)
            columns = await asyncio.to_thread(find_columns, path, one.columns, known)
            if not await _agree(sessions, number, columns):
                return
            batches = read_batches(path, columns.chosen)
            while batch := await asyncio.to_thread(next, batches, None):
                if not await _stage(sessions, number, batch, told):
                    return
        except TableRefused as refused:
            return await _refuse(sessions, number, refused.code, dict(refused.fault.facts))
        except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.TimeoutError):
            raise
        except Exception as error:
            logger.error("a file of orders could not be read", error=type(error).__name__)
            return await _refuse(sessions, number, "not_a_table", {})
    await _end_check(sessions, number)


async def _fetch(sessions: Sessions, number: uuid.UUID, path: Path) -> None:
    parts = select(ImportPart.number).where(ImportPart.import_id == number).order_by(ImportPart.number)
    async with sessions() as session:
        with path.open("wb") as file:
            for part in (await session.scalars(parts)).all():
                content = select(ImportPart.content).where(
                    ImportPart.import_id == number, ImportPart.number == part
                )
                file.write(await session.scalar(content) or b"")


async def _begin_check(session: AsyncSession, number: uuid.UUID) -> OrderImport:
    """From the start, whatever an earlier try has left."""
    one = await session.get_one(OrderImport, number, with_for_update=True)
    for table in (ImportLine, ImportProblem):
        await session.execute(delete(table).where(table.import_id == number))
    one.state, one.lines, one.good, one.bad = ImportState.checking, 0, 0, 0
    return one


def find_columns(path: Path, told: Mapping[str, str] | None, known: Mapping[str, list[str]]) -> Columns:
    """Which title is which field: as told for this file, else as the shop's files had it, else by our list.

    Raises TableRefused.
    """
    with open_table(path, COLUMNS, limit=MOST_LINES, mapping=told or {}) as table:
        titles = [title for title in table.headers if title]
        if told is None:
            mine = {field: title for field in known for title in known[field] if title in titles}
            if mine:
                with open_table(path, COLUMNS, limit=MOST_LINES, mapping=mine) as again:
                    return Columns(titles, {field: again.headers[at] for field, at in again.places.items()})
        return Columns(titles, {field: table.headers[at] for field, at in table.places.items()})


async def _agree(sessions: Sessions, number: uuid.UUID, columns: Columns) -> bool:
    """Write the columns down; False where somebody has to say which they are. Raises TableRefused."""
    async with transaction(sessions) as session:
        one = await session.get_one(OrderImport, number, with_for_update=True)
        one.titles, one.columns = columns.titles[:200], columns.chosen
        without = missing(columns.chosen)
        if not without:
            return True
        if not one.ask:
            raise TableRefused("missing_column", column=without[0])
        one.state = ImportState.columns
    return False


def read_batches(path: Path, columns: Mapping[str, str]) -> Iterator[Batch]:
    """Raises TableRefused, also midway."""
    count = 0
    good: list[tuple[int, str, str, dict[str, Any]]] = []
    bad: list[Problem] = []
    with open_table(path, COLUMNS, limit=MOST_LINES, mapping=columns) as table:
        for row in table.rows():
            count += 1
            values = {field: value for field, value in row.values.items() if field in columns}
            if row.fault is not None:
                bad.append((row.number, row.fault.code, row.fault.field, dict(row.fault.facts)))
            else:
                try:
                    line = read_line(values)
                    good.append((row.number, number_of(line), goods_of(line), line))
                except Bad as wrong:
                    bad.append((row.number, wrong.trouble, wrong.field or None, {}))
            if len(good) + len(bad) >= BATCH:
                yield Batch(count, good, bad)
                good, bad = [], []
    yield Batch(count, good, bad)


async def _stage(sessions: Sessions, number: uuid.UUID, batch: Batch, told: Progress | None) -> bool:
    """Keep what was read. False where the import was stopped meanwhile."""
    async with transaction(sessions) as session:
        one = await session.get_one(OrderImport, number, with_for_update=True)
        if one.state is not ImportState.checking:
            return False
        raw = (await (await session.connection()).get_raw_connection()).driver_connection
        assert raw is not None
        async with raw.cursor() as cursor:
            statement = "COPY import_line (import_id, line, order_number, goods, content) FROM STDIN"
            async with cursor.copy(statement) as copy:
                await copy.write("".join(_copied(number, *one) for one in batch.good))
        if batch.bad:
            rows = [
                {"import_id": number, "line": line, "code": code, "field": field, "facts": facts}
                for line, code, field, facts in batch.bad
            ]
            await session.execute(insert(ImportProblem), rows)
        one.lines, one.good, one.bad = batch.lines, one.good + len(batch.good), one.bad + len(batch.bad)
    if told:
        told(one)
    return True


def _copied(number: uuid.UUID, line: int, order: str, goods: str, content: dict[str, Any]) -> str:
    """A row as COPY reads it. There are no tabs or line ends in it, but there may be backslashes."""
    packed = json.dumps(content, ensure_ascii=False)
    return "\t".join((str(number), str(line), order, goods, packed)).replace("\\", "\\\\") + "\n"


# Of lines that name the same goods of an order the first counts; so it does for what all lines share.
_CLASHES = text(
    """
    WITH seen AS (
        SELECT line, row_number() OVER same > 1 AS again,
               content->>'buyer_name' <> first_value(content->>'buyer_name') OVER whole AS name,
               content->>'buyer_phone' <> first_value(content->>'buyer_phone') OVER whole AS phone,
               content->>'address' <> first_value(content->>'address') OVER whole AS address,
               content->>'ordered_at' <> first_value(content->>'ordered_at') OVER whole AS at
        FROM import_line WHERE import_id = :id
        WINDOW same AS (PARTITION BY order_number, goods ORDER BY line),
               whole AS (PARTITION BY order_number ORDER BY line)
    ), clash AS (
        SELECT line, CASE WHEN again THEN 'duplicate' ELSE 'contradicts' END AS code,
               CASE WHEN again THEN 'product' WHEN name THEN 'buyer_name' WHEN phone THEN 'buyer_phone'
                    WHEN address THEN 'address' ELSE 'ordered_at' END AS field
        FROM seen WHERE again OR name OR phone OR address OR at
    ), gone AS (
        DELETE FROM import_line l USING clash c WHERE l.import_id = :id AND l.line = c.line
    )
    INSERT INTO import_problem (import_id, line, code, field, facts)
    SELECT :id, line, code, field, '{}' FROM clash
    """
)
_COUNT = text(
    """
    SELECT count(*) AS good, count(DISTINCT order_number) AS orders,
           (SELECT count(*) FROM import_problem WHERE import_id = :id) AS bad
    FROM import_line WHERE import_id = :id
    """
)


async def _end_check(sessions: Sessions, number: uuid.UUID) -> None:
    async with transaction(sessions) as session:
        one = await session.get_one(OrderImport, number, with_for_update=True)
        if one.state is not ImportState.checking:
            return
        await session.execute(text("ANALYZE import_line"))  # it has just grown from nothing
        await session.execute(_CLASHES, {"id": number})
        counted = (await session.execute(_COUNT, {"id": number})).one()
        one.good, one.bad, one.orders = counted.good, counted.bad, counted.orders
        one.state = ImportState.checked if one.ask else ImportState.taking


async def _refuse(sessions: Sessions, number: uuid.UUID, code: str, facts: dict[str, Any]) -> None:
    async with transaction(sessions) as session:
        one = await session.get_one(OrderImport, number, with_for_update=True)
        one.state, one.ended_at = ImportState.refused, now()
        one.fault = {"code": code, "facts": {name: str(value) for name, value in facts.items()}}
        await drop_file(session, number)


# ---- Taking over ----

_NEXT = text(
    """
    SELECT order_number, line, content FROM import_line
    WHERE import_id = :id AND order_number IN (
        SELECT DISTINCT order_number FROM import_line WHERE import_id = :id
        ORDER BY order_number LIMIT :most
    ) ORDER BY order_number, line
    """
)
_TAKEN = text("DELETE FROM import_line WHERE import_id = :id AND order_number <= :last")


async def _take(sessions: Sessions, number: uuid.UUID, told: Progress | None) -> None:
    while True:
        async with transaction(sessions) as session:
            one = await session.get_one(OrderImport, number, with_for_update=True)
            if one.state is not ImportState.taking:
                return
            more = await _take_batch(session, one)
            if not more:
                one.state, one.ended_at = ImportState.done, now()
                await drop_file(session, number)
        if told:
            told(one)
        if not more:
            return


async def _take_batch(session: AsyncSession, one: OrderImport) -> bool:
    """The next orders; False when there are none left."""
    rows = (await session.execute(_NEXT, {"id": one.id, "most": MOST_AT_ONCE})).all()
    if not rows:
        return False
    groups = [list(group) for _, group in groupby(rows, lambda row: row.order_number)]
    orders = [order_of_lines([row.content for row in group]) for group in groups]
    outcomes = (await take_orders(session, one.shop_id, orders)).values()
    one.taken += len(orders)
    one.added += sum(outcome is Outcome.added for outcome in outcomes)
    one.changed += sum(outcome is Outcome.changed for outcome in outcomes)
    await session.execute(_TAKEN, {"id": one.id, "last": rows[-1].order_number})
    return True
