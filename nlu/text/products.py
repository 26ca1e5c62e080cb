"""A shop's goods by the names shoppers call them."""

from collections.abc import Iterable
from typing import TypeVar

from .names import NameBook

Goods = TypeVar("Goods")


def products_book(catalogue: Iterable[tuple[Goods, Iterable[str]]]) -> NameBook[tuple[Goods, ...]]:
    """`catalogue` is each of the goods with its names; the book's values are all that share a name."""
    by_name: dict[str, tuple[Goods, ...]] = {}
    for goods, names in catalogue:
        for name in names:
            others = by_name.get(name, ())
            if goods not in others:
                by_name[name] = (*others, goods)
    return NameBook(by_name.items())
