"""A table's lines as `{column: text}`, in a stream: memory does not grow with the file.

    with open_table(path, COLUMNS, limit=10_000) as table:
        for row in table.rows():
            row.fault or row.values["question_zh"]

What is wrong with the file as a whole raises TableRefused, at once or when its place is reached: an importer
that must leave nothing half done reads all of it before it commits. What is wrong with one line is that
row's `fault`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from shop.tables import csv_file, xlsx_file
from shop.tables.faults import Fault, TableRefused

MAX_FILE = 64 * 1024 * 1024
MAX_CELL = 32_767  # Excel's own limit
HEADER_WITHIN = 10  # lines from the top: titles and notes may stand above the header
_NOTE = re.compile(r"\((?:必填|选填|可选|必须|required|optional)[^)]*\)")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BROKEN = ("\ufffd", "锟斤拷", "烫烫烫")


@dataclass(frozen=True)
class Column:
    """One that is looked for: by its name, or by another title that sellers give it."""

    name: str
    titles: tuple[str, ...] = ()
    required: bool = False
    several: bool = False  # a file may have more than one of its titles: the first one named here counts


@dataclass(frozen=True)
class Row:
    number: int  # as an editor or Excel counts lines, from 1
    values: dict[str, str]  # by column name; stripped, "" where the cell is empty
    fault: Fault | None = None


@dataclass(frozen=True)
class RawRow:
    """A line as the file holds it; `faults` by the cell's place, and under None those of the line."""

    number: int
    cells: Sequence[str]
    faults: Mapping[int | None, Fault] = field(default_factory=dict)


class Table:
    """An open table. `headers` are its titles as written; `unknown` those that no column claims."""

    def __init__(
        self, raw: Iterator[RawRow], columns: Sequence[Column], mapping: Mapping[str, str] | None, limit: int
    ) -> None:
        self._raw, self._limit = raw, limit
        self.headers, self.places = _find_header(raw, columns, mapping or {})
        known = set(self.places.values())
        self.unknown = [title for at, title in enumerate(self.headers) if title and at not in known]

    def rows(self) -> Iterator[Row]:
        """The lines after the header, without empty ones. Raises TableRefused, also midway."""
        for count, raw in enumerate((one for one in self._raw if any(one.cells) or one.faults), start=1):
            if count > self._limit:
                raise TableRefused("too_many_lines", limit=self._limit)
            yield self._row(raw)

    def _row(self, raw: RawRow) -> Row:
        values = {
            name: raw.cells[at].strip() if at < len(raw.cells) else "" for name, at in self.places.items()
        }
        return Row(raw.number, values, self._fault(raw, values))

    def _fault(self, raw: RawRow, values: Mapping[str, str]) -> Fault | None:
        if None in raw.faults:
            return raw.faults[None]
        for name, at in self.places.items():
            if found := raw.faults.get(at):
                return Fault.of(found.code, name)
            if len(values[name]) > MAX_CELL:
                return Fault.of("cell_too_long", name, limit=MAX_CELL)
            if any(broken in values[name] for broken in _BROKEN):
                return Fault.of("unreadable_letters", name)
        if any(cell.strip() for cell in raw.cells[len(self.headers) :]):
            return Fault.of("too_few_columns")
        return None


@contextmanager
def open_table(
    path: Path, columns: Sequence[Column], *, limit: int, mapping: Mapping[str, str] | None = None
) -> Iterator[Table]:
    """`mapping` gives columns the titles they have in this file, before any title of their own.

    `limit` lines are read at most. Raises TableRefused.
    """
    size = path.stat().st_size
    if size > MAX_FILE:
        raise TableRefused("too_large", limit=MAX_FILE // 2**20)
    with path.open("rb") as file:
        beginning = file.read(4)
    if not beginning.strip():
        raise TableRefused("empty_file")
    if beginning == _OLD_EXCEL:
        raise TableRefused("old_excel")
    kind = xlsx_file if beginning[:2] == b"PK" else csv_file
    with kind.opened(path) as lines:
        raw = (RawRow(number, cells, faults) for number, cells, faults in lines)
        yield Table(raw, columns, mapping, limit)


def plain_title(title: str) -> str:
    """As titles are compared: small, of one width, without blanks, underscores, stars and “(required)”."""
    text = _NOTE.sub("", unicodedata.normalize("NFKC", title).strip().lower())
    return "".join(letter for letter in text if letter not in " _-*\t\u3000\ufeff:")


def _find_header(
    raw: Iterator[RawRow], columns: Sequence[Column], mapping: Mapping[str, str]
) -> tuple[list[str], dict[str, int]]:
    """The first of the top lines that names all that is required; else the error of the likeliest one."""
    best: tuple[int, TableRefused] | None = None
    for _, line in zip(range(HEADER_WITHIN), raw, strict=False):
        titles = [cell.strip() for cell in line.cells]
        places, refusal = _places(titles, columns, mapping)
        if refusal is None:
            return titles, places
        if best is None or len(places) > best[0]:
            best = len(places), refusal
    if best is None:
        raise TableRefused("empty_file")
    wanted = [one for one in columns if one.required] or columns[:1]
    if best[0] == 0:
        raise TableRefused("no_header", wanted=", ".join(map(_shown, wanted)))
    raise best[1]


def _places(
    titles: Sequence[str], columns: Sequence[Column], mapping: Mapping[str, str]
) -> tuple[dict[str, int], TableRefused | None]:
    found: dict[str, list[int]] = {}
    plain = [plain_title(title) for title in titles]
    for column in columns:
        given = mapping.get(column.name)
        wanted = [given] if given else [column.name, *column.titles]
        wished = [plain_title(one) for one in wanted]
        at = [place for place, title in enumerate(plain) if title and title in wished]
        if column.several and at:
            first = min(wished.index(plain[place]) for place in at)
            at = [place for place in at if plain[place] == wished[first]]
        if at:
            found[column.name] = at
    places = {name: at[0] for name, at in found.items()}
    for column in columns:
        if len(found.get(column.name, ())) > 1:
            return places, TableRefused("double_column", column=_shown(column))
        if column.required and column.name not in found:
            return places, TableRefused("missing_column", column=_shown(column))
    return places, None if places else TableRefused("no_header", wanted="")


def _shown(column: Column) -> str:
    return f"{column.name} ({column.titles[0]})" if column.titles else column.name
