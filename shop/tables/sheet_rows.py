"""The rows of a worksheet's XML, one after the other. Faster than openpyxl, and flat in memory.

A cell is (column from 0, kind, style, text): its kind as in the file (n, s, str, inlineStr, b, e, d), or "f"
for a formula.
"""

import re
from collections.abc import Iterator
from typing import IO
from xml.parsers.expat import ParserCreate

CHUNK = 256 * 1024
MAX_COLUMNS = 200
MAX_ROW = 1_048_576
MAX_ROW_TEXT = 4 * 1024 * 1024  # characters of one row
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Cell = tuple[int, str, int, str]  # column, kind, style, text


class TooMuch(Exception):
    """More in one row than a table's line needs."""


class _Rows:
    """What expat tells, gathered into rows."""

    def __init__(self) -> None:
        self.ready: list[tuple[int, list[Cell]]] = []
        self._row: list[Cell] = []
        self._number = self._column = self._style = self._size = 0
        self._kind = "n"
        self._text: list[str] = []
        self._reading = False
        self._formula = self._within = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            self._column = _column(attributes.get("r"), self._column + 1)
            self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s") or 0)
            self._text, self._formula, self._within = [], False, True
        elif tag in ("v", "t"):
            self._reading = self._within
        elif tag == "f":
            self._formula = True
        elif tag == "rPh":  # how to read a Chinese word aloud: not part of it
            self._within = False
        elif tag == "row":
            self._row, self._column, self._size = [], -1, 0
            self._number = int(attributes.get("r") or self._number + 1)
            if not 0 < self._number <= MAX_ROW:
                raise TooMuch

    def text(self, text: str) -> None:
        if self._reading:
            self._size += len(text)
            if self._size > MAX_ROW_TEXT:
                raise TooMuch
            self._text.append(text)

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag in ("v", "t"):
            self._reading = False
        elif tag == "rPh":
            self._within = True
        elif tag == "c":
            kind = "f" if self._formula else self._kind
            if self._column < MAX_COLUMNS and (self._text or kind == "f"):
                self._row.append((self._column, kind, self._style, "".join(self._text)))
            self._within = False
        elif tag == "row":
            self.ready.append((self._number, self._row))


def rows_of(source: IO[bytes]) -> Iterator[tuple[int, list[Cell]]]:
    """Row number and cells. Raises TooMuch, or ValueError and ExpatError for a damaged sheet."""
    rows = _Rows()
    parser = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = rows.start, rows.end
    parser.CharacterDataHandler = rows.text
    parser.EntityDeclHandler = _no_entities
    while chunk := source.read(CHUNK):
        parser.Parse(chunk, False)
        yield from rows.ready
        rows.ready.clear()
    parser.Parse(b"", True)


def _no_entities(*_: object) -> None:
    raise ValueError("a worksheet declares no entities")


def _column(place: str | None, following: int) -> int:
    found = _PLACE.fullmatch(place) if place else None
    if found is None:
        return following
    number = 0
    for letter in found.group(1):
        number = number * 26 + ord(letter) - 64
    return number - 1
