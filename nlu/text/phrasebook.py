"""Long lists of phrases found in a text without a regular expression, by their first two characters."""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final, Generic, TypeVar

from .lazy import pattern

Value = TypeVar("Value")

_GROUP: Final = pattern(r"\(([^()]*)\)")


def expand(template: str) -> list[str]:
    """All phrases of a template with choices: "(太|很)酸(|了)" gives 太酸, 太酸了, 很酸, 很酸了."""
    parts = _GROUP.split(template)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(combination) for combination in product(*choices)]


class Phrasebook(Generic[Value]):
    """Phrases of two characters or more, each with a value; the longest phrase at a place wins."""

    def __init__(self, phrases: Iterable[tuple[str, Value]]) -> None:
        self._values: dict[str, Value] = dict(phrases)
        lengths: dict[str, set[int]] = {}
        for phrase in self._values:
            lengths.setdefault(phrase[:2], set()).add(len(phrase))
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}

    def at(self, text: str, start: int) -> Iterator[tuple[str, Value]]:
        """The phrases that stand at `start`, longest first."""
        for length in self._lengths.get(text[start : start + 2], ()):
            phrase = text[start : start + length]
            if len(phrase) == length and phrase in self._values:
                yield phrase, self._values[phrase]

    def scan(self, text: str) -> Iterator[tuple[int, int, Value]]:
        """The longest phrases from left to right without overlap, as (start, end, value)."""
        lengths, free = self._lengths, 0
        for start in range(len(text) - 1):
            if start >= free and text[start : start + 2] in lengths:
                for phrase, value in self.at(text, start):
                    free = start + len(phrase)
                    yield start, free, value
                    break
