"""Tables as files that spreadsheets open and `open_table` reads back unchanged."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO

import openpyxl
from openpyxl.cell import WriteOnlyCell

_RUN = re.compile(r"'*[=+\-@\t\r]")  # a spreadsheet would run or swallow what begins so; marks are doubled
_BOM = "\ufeff"  # without it Excel takes UTF-8 for GB18030


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[str]:
    """A CSV file in pieces, UTF-8 with its mark once encoded."""
    yield _BOM + _line(columns)
    for row in rows:
        yield _line([_quiet(row.get(name, "")) for name in columns])


def write_xlsx(file: BinaryIO, columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """Every value as text: nothing is run, no digit is lost."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("karwan")
    sheet.freeze_panes = "A2"
    sheet.append(list(columns))
    for row in rows:
        sheet.append([_cell(sheet, row.get(name, "")) for name in columns])
    book.save(file)


def _cell(sheet: object, text: str) -> object:
    if not text:
        return None
    cell = WriteOnlyCell(sheet, value="")
    cell.value = text
    cell.data_type = "s"  # openpyxl takes "=…" for a formula otherwise
    return cell


def _quiet(text: str) -> str:
    """A mark before what Excel would run; reading takes one off again."""
    return f"'{text}" if _RUN.match(text) else text


def _line(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()
