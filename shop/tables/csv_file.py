"""CSV in UTF-8, UTF-16 or GB18030, with commas, tabs or semicolons."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shop.tables.faults import Fault, TableRefused

if TYPE_CHECKING:
    import _csv

CHUNK = 1024 * 1024
_NOTHING: Mapping[int | None, Fault] = {}
_MARK = re.compile(r"'+[=+\-@\t\r]")  # what our own export puts before a text that Excel would run

Line = tuple[int, list[str], Mapping[int | None, Fault]]


@contextmanager
def opened(path: Path) -> Iterator[Iterator[Line]]:
    """The lines: number, cells, faults. Raises TableRefused."""
    encoding = _encoding_of(path)
    with path.open(encoding=encoding, newline="") as file:
        beginning = file.read(4096)
        if "\0" in beginning:
            raise TableRefused("not_a_table")
        file.seek(0)
        yield _lines(csv.reader(file, delimiter=_delimiter(beginning), strict=True))


def _lines(reader: "_csv.Reader") -> Iterator[Line]:
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise TableRefused("open_quote", line=number) from None
        yield number, [_plain(cell) for cell in cells], _NOTHING


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if _MARK.match(cell) else cell


def _delimiter(beginning: str) -> str:
    """The likeliest of the three by how often it stands in the first line that is not empty."""
    first = next((line for line in beginning.splitlines() if line.strip()), "")
    return max(",\t;", key=first.count)


def _encoding_of(path: Path) -> str:
    """Read once through, because a wrong guess would store nonsense. Raises TableRefused."""
    with path.open("rb") as file:
        beginning = file.read(4)
    if beginning.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8", "gb18030"]
    fitting = next((name for name in candidates if _first_bad_line(path, name) is None), None)
    if candidates[0] != fitting and (line := _nearly_utf8(path)):
        raise TableRefused("mixed_encoding", line=line)
    if fitting is None:
        raise TableRefused("unknown_encoding")
    return fitting


def _first_bad_line(path: Path, encoding: str) -> int | None:
    """The line at which the file is not in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while True:
            chunk = file.read(CHUNK)
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n")
            if not chunk:
                return None


def _nearly_utf8(path: Path) -> int | None:
    """The first bad line of a file that is UTF-8 but for a few letters; as GB18030 it would be nonsense."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    good = bad = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            text = decoder.decode(chunk)
            broken = text.count("\ufffd")
            bad += broken
            good += sum(1 for letter in text if letter > "\x7f") - broken
    return _first_bad_line(path, "utf-8") if good > 20 * bad > 0 else None
