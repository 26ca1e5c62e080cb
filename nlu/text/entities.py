"""The entities of a message: numbers, phones, the shop's goods, quantities, places, dates, reasons."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from . import codes, phrases, surfaces, uyghur
from .clean import clean_with_offsets
from .dates import find_dates
from .names import NameBook
from .regions import regions
from .relevance import counts
from .surfaces import Span
from .traditional import simplified

LIMIT: Final = 4000  # characters looked at: no shopper's message is longer, and a flood must not cost


Products = NameBook[tuple[str, ...]]


@dataclass(frozen=True)
class Entity:
    """What was found: its kind (shared/contract/nlu.md), canonical value, and surface text with its span.

    Values: digits only for numbers, "138****1234" for a masked one, "5 个" for a quantity, the Chinese name
    for a place or goods, ISO for a date, the phrase itself for a reason. `text` is `message[start:end]`, of a
    Uyghur word the stem without its endings; a stem that its ending changed is written as it is without
    (ئالما of ئالمىنى).
    """

    kind: str
    value: str
    text: str
    start: int
    end: int


def find(
    text: str, today: date, products: Products | None = None, intent: str = "return_request"
) -> list[Entity]:
    """The entities in `text`, in order and without overlap; dates are resolved against `today`.

    Of places and reasons those that count in a message of this intent (`nlu.text.relevance`).
    """
    if len(text) > LIMIT:
        text = text[:LIMIT]
    plain, where = uyghur.to_arabic_with_offsets(*clean_with_offsets(text))
    plain = simplified(plain)
    taken = bytearray(len(plain))
    spans: list[Span] = []
    for span in _candidates(plain, today, products):
        if not any(taken[span.start : span.end]):
            taken[span.start : span.end] = b"\x01" * (span.end - span.start)
            spans.append(span)
    counted = any(span.kind == "quantity" for span in spans)
    found = [
        Entity(span.kind, span.value, *surfaces.surface(text, plain, where, span))
        for span in spans
        if span.kind and counts(span, plain, intent, counted)
    ]
    return sorted(found, key=lambda entity: entity.start)


def _candidates(plain: str, today: date, products: Products | None) -> Iterator[Span]:
    """Spans in falling order of trust: the first keeps its characters. An empty kind only takes them."""
    for found in codes.find_codes(plain):
        yield Span(*found)
    for hit in products.find(plain) if products else ():
        yield Span("product", hit.value[0], hit.start, hit.end, hit.mended)
    for day in find_dates(plain, today):
        yield Span("date", day.day.isoformat(), day.start, day.end, day.mended)
    for found in phrases.quantities(plain):
        yield Span(*found)
    yield from regions(plain)
    for found in phrases.reasons(plain):
        yield Span(*found)
