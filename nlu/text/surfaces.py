"""What an entity looks like in its message: a Uyghur stem without its endings, in any script."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from . import arabic, latin


class Span(NamedTuple):
    """A find in a cleaned text with Uyghur in Arabic script. An empty kind is none of ours. `mended` are the
    letters of a stem, by their index in the text, as they are without the ending that changed them."""

    kind: str
    value: str
    start: int
    end: int
    mended: tuple[tuple[int, str], ...] = ()


_LATIN: Final = {"ا": "a", "ە": "e", "ق": "q", "ك": "k", "پ": "p"}
_CYRILLIC: Final = {"ا": "а", "ە": "ә", "ق": "қ", "ك": "к", "پ": "п"}


def surface(text: str, plain: str, where: Sequence[int], span: Span) -> tuple[str, int, int]:
    """The surface text of a span of `plain`, and where it stands in `text`, by the indices in `where`."""
    first, last = where[span.start], where[span.end - 1] + 1
    word_start, word_end = _word(plain, span.end - 1)
    source_end = where[word_end - 1] + 1
    if (
        word_end - word_start < 2
        or arabic.WORD.match(text, source_end - 1)
        or source_end - where[word_start] < 2
    ):
        letters = list(text[first:last])
        for at, old in span.mended:
            letters[where[at] - first] = old
        return "".join(letters), first, last
    return _foreign(text, plain, (word_end, source_end), span, first)


def _word(plain: str, at: int) -> tuple[int, int]:
    """The Arabic-script word around `at`; nothing where there is none."""
    if not arabic.WORD.match(plain, at):
        return at, at + 1
    start = at
    while start and arabic.WORD.match(plain, start - 1, start):
        start -= 1
    found = arabic.WORD.match(plain, at)
    return start, found.end() if found else at + 1


def _foreign(text: str, plain: str, ends: tuple[int, int], span: Span, first: int) -> tuple[str, int, int]:
    """Of a word typed in Latin or Cyrillic letters: cut and mended from its end, letter by letter."""
    word_end, source_end = ends
    typed = latin.letter_spans(text, first, source_end, _count(plain[span.start : word_end]))
    after = _count(plain[span.end : word_end])
    kept = typed[: len(typed) - after] if after < len(typed) else typed
    last = kept[-1][1] if kept and after else source_end
    letters = text[first:last]
    for at, old in sorted(span.mended, reverse=True):
        index = len(kept) - 1 - _count(plain[at + 1 : span.end])
        if 0 <= index < len(kept):
            start, end = kept[index][0] - first, kept[index][1] - first
            script = _CYRILLIC if letters[start] >= "\u0400" else _LATIN
            letters = letters[:start] + script.get(old, letters[start:end]) + letters[end:]
    return letters, first, last


def _count(letters: str) -> int:
    """How many letters are heard: ئ only carries a vowel."""
    return sum(letter not in "ئ " for letter in letters)
