"""The entities of a message that need no catalogue: numbers, phones, quantities, places, dates, reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from . import codes, phrases, uyghur
from .clean import clean_with_offsets
from .dates import find_dates

LIMIT = 4000  # characters looked at: no shopper's message is longer, and a flood must not cost


@dataclass(frozen=True)
class Entity:
    """What was found: its kind (shared/contract/nlu.md), canonical value, and surface text with its span.

    `text == message[start:end]`. Values: digits only for numbers, "138****1234" for a masked one, "5 个" for
    a quantity, the Chinese name for a place, ISO for a date, the phrase itself for a reason. In Latin or
    Cyrillic Uyghur the surface text is the whole word and the value is in Arabic script.
    """

    kind: str
    value: str
    text: str
    start: int
    end: int


_Span = tuple[str, str, int, int]


def find(text: str, today: date) -> list[Entity]:
    """The entities in `text`, in order and without overlap; dates are resolved against `today`."""
    if len(text) > LIMIT:
        text = text[:LIMIT]
    plain, where = uyghur.to_arabic_with_offsets(*clean_with_offsets(text))
    taken = bytearray(len(plain))
    found: list[Entity] = []
    for kind, value, start, end in _candidates(plain, today):
        if any(taken[start:end]):
            continue
        taken[start:end] = b"\x01" * (end - start)
        if kind:
            first, last = where[start], where[end - 1] + 1
            found.append(Entity(kind, value, text[first:last], first, last))
    return sorted(found, key=lambda entity: entity.start)


def _candidates(plain: str, today: date) -> Iterator[_Span]:
    """Spans in falling order of trust: the first keeps its characters. An empty kind only takes them."""
    yield from codes.find_codes(plain)
    for day in find_dates(plain, today):
        yield "date", day.day.isoformat(), day.start, day.end
    yield from phrases.quantities(plain)
    yield from phrases.regions(plain)
    yield from phrases.reasons(plain)
