"""The first sheet of an XLSX workbook, as text. Formulas are never run, nor taken for their last result."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import openpyxl
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import from_excel

from shop.tables.faults import Fault, TableRefused
from shop.tables.sheet_rows import Cell, TooMuch, rows_of

MAX_PARTS = 2_000
MAX_SHEET = 256 * 1024 * 1024  # bytes, unpacked
MAX_TEXTS = 96 * 1024 * 1024  # the workbook's shared texts, which are held in memory
MAX_OTHERS = 32 * 1024 * 1024  # styles and the like, which openpyxl reads whole
MAX_ROW = 8 * 1024 * 1024  # bytes of one row: a row is held in memory
MAX_MERGED = 10_000
CHUNK = 1024 * 1024
EXACT = 10**15  # Excel keeps 15 digits of a number
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z0-9:]{2,20})"')
_DAMAGED: tuple[
    type[Exception], ...
] = (  # what zipfile, zlib and openpyxl raise for one; ValueError: entities
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, OSError, EOFError, NotImplementedError),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, RuntimeError, ExpatError),
)

Line = tuple[int, list[str], Mapping[int | None, Fault]]
Span = tuple[int, int, int, int]  # first column, first row, last column, last row


@contextmanager
def opened(path: Path) -> Iterator[Iterator[Line]]:
    """The lines: number, cells, faults. Raises TableRefused."""
    _check_parts(path)
    with path.open("rb") as file:  # openpyxl leaves a file open that it cannot read
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of extensions that a table does not need
                book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        except _DAMAGED:
            raise TableRefused("broken_excel") from None
        with closing(book):
            sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
            if sheet is None or not hasattr(sheet, "_worksheet_path"):  # a chart
                raise TableRefused("broken_excel")
            yield _lines(book, sheet)


def _check_parts(path: Path) -> None:
    """Sizes as the archive names them: reading stops there, so that they cannot be lied about."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except _DAMAGED:
        raise TableRefused("broken_excel") from None
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise TableRefused("not_a_table")
    sizes = [part.file_size for part in parts if part.filename.endswith((".xml", ".rels"))]
    texts = sum(part.file_size for part in parts if "sharedStrings" in part.filename)
    others = sum(
        part.file_size for part in parts if part.filename.endswith(".xml") and "sheet" not in part.filename
    )
    if len(parts) > MAX_PARTS or max(sizes) > MAX_SHEET or texts > MAX_TEXTS or others - texts > MAX_OTHERS:
        raise TableRefused("unpacks_too_large")


def _merged(book: Any, sheet: Any) -> list[Span]:
    """The merged areas, which stand after the rows; and no row may be larger than memory allows."""
    found: list[Span] = []
    since_row, tail = 0, b""
    try:
        with book._archive.open(sheet._worksheet_path) as source:
            while chunk := source.read(CHUNK):
                text = tail + chunk
                since_row = 0 if b"<row" in text or b":row" in text else since_row + len(chunk)
                if since_row > MAX_ROW or len(found) > MAX_MERGED:
                    raise TableRefused("unpacks_too_large")
                whole = [match.group(1).decode() for match in _MERGED.finditer(text)]
                found += [range_boundaries(one) for one in whole]
                tail = text[-60:] if not whole else text[text.rfind(b">") + 1 :][-60:]
    except _DAMAGED:
        raise TableRefused("broken_excel") from None
    return found


def _lines(book: Any, sheet: Any) -> Iterator[Line]:
    merged = _merged(book, sheet)
    texts = _Texts(sheet._shared_strings, book._date_formats, book.epoch)
    try:
        with book._archive.open(sheet._worksheet_path) as source:
            for number, cells in rows_of(source):
                yield _line(number, cells, texts, merged)
    except TooMuch:
        raise TableRefused("unpacks_too_large") from None
    except _DAMAGED:
        raise TableRefused("broken_excel") from None


@dataclass(frozen=True)
class _Texts:
    """What the workbook keeps apart from its cells."""

    shared: Sequence[str]
    date_formats: Container[int]
    epoch: datetime

    def of(self, kind: str, style: int, text: str) -> str:
        if kind == "s":
            return str(self.shared[int(text)])
        if kind == "b":
            return "true" if text == "1" else "false"
        if kind == "d":
            return text.replace("T", " ").rstrip("Z")
        if kind == "n":
            return self._number(style, text)
        return text

    def _number(self, style: int, text: str) -> str:
        if style in self.date_formats:
            with suppress(ValueError, OverflowError):
                moment = from_excel(float(text), self.epoch)
                if isinstance(moment, datetime):
                    return (moment + timedelta(microseconds=500_000)).isoformat(" ", "seconds")
                return str(moment)
        number = float(text)
        if number.is_integer() and abs(number) < EXACT:
            return str(int(number))
        return repr(round(number, 10))  # 0.1 + 0.2 is written 0.30000000000000004


def _line(number: int, cells: Sequence[Cell], texts: _Texts, merged: Sequence[Span]) -> Line:
    values: list[str] = []
    faults: dict[int | None, Fault] = {}
    for at, kind, style, text in cells:
        values += [""] * (at - len(values))
        if code := _wrong(kind, text):
            faults[at] = Fault.of(code, str(at + 1))  # named by its column later
            values.append("")
        else:
            values.append(texts.of(kind, style, text).replace("_x000D_", "").replace("\r\n", "\n").strip())
    if any(values) or faults:
        span = next((span for span in merged if span[1] <= number <= span[3]), None)
        if span:
            faults[None] = Fault.of("merged", cells=_named(span))
    return number, values, faults


def _wrong(kind: str, text: str) -> str | None:
    if kind == "f":
        return "formula"
    if kind == "e":
        return "cell_error"
    if kind == "n" and abs(float(text)) >= EXACT:
        return "digits_lost"
    return None


def _named(span: Span) -> str:
    return f"{get_column_letter(span[0])}{span[1]}:{get_column_letter(span[2])}{span[3]}"
