"""Uyghur written in Latin or Cyrillic letters, turned into Arabic script."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from . import evidence, foreign, latin
from .clean import clean
from .lazy import pattern
from .uyghur_words import KEEP

_VOWEL: Final = pattern("[aeiouöüéëəäı]")
_LATIN: Final = pattern("[A-Za-z\u00c0-\u024f\u0259]{2}")
_HAN: Final = pattern("[\u4e00-\u9fff]")
_CYRILLIC: Final = pattern("[\u0400-\u052f]{2}")
_ULY: Final = pattern("[öüéë]")
_UKY: Final = pattern("[әғқңөүҗһ]")
_MOST: Final = 0.7
_TRIPLE: Final = pattern(r"[bcdfhjklmnpqrstvwxyz]{4}|(.)\1\1")


def to_arabic(text: str) -> str:
    """`text` with its Latin-script (ULY and everyday spelling) or Cyrillic Uyghur words in Arabic script.

    Nothing changes where the Latin or Cyrillic words are not Uyghur; brands, waybill numbers, links, English
    words and capitals (SF, EMS) stay. Everything else of the text stays as it is.
    """
    for words, write in _writers(text):
        text = words.sub(write, text)
    return text


def to_arabic_with_offsets(text: str, where: Sequence[int]) -> tuple[str, Sequence[int]]:
    """`to_arabic(text)` with each character's source index; a new word's letters stand for all of it."""
    for words, write in _writers(text):
        pieces: list[str] = []
        indices: list[int] = []
        last = 0
        for match in words.finditer(text):
            new, (start, end) = write(match), match.span()
            pieces += (text[last:start], new)
            indices += where[last:start]
            indices += (
                where[start:end] if new == match[0] else [where[start], *[where[end - 1]] * (len(new) - 1)]
            )
            last = end
        text, where = "".join((*pieces, text[last:])), [*indices, *where[last:]]
    return text, where


def _writers(text: str) -> list[tuple["re.Pattern[str]", Callable[["re.Match[str]"], str]]]:
    """The kinds of words to rewrite in `text`, and how."""
    writers: list[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = []
    if _LATIN.search(text):
        plain = clean(text)
        if evidence.judge_latin(plain, _HAN.search(plain) is not None) == "ug":
            shouting = plain.upper() == plain
            exact = _is_official(evidence.LATIN_WORD, _ULY, plain)
            writers.append((evidence.LATIN_WORD, lambda match: _word(match[0], shouting, exact)))
    if _CYRILLIC.search(text) and evidence.judge_cyrillic(clean(text)) == "ug":
        letters = _is_official(evidence.CYRILLIC_WORD, _UKY, clean(text))
        writers.append((evidence.CYRILLIC_WORD, lambda match: _cyrillic_word(match[0], letters)))
    return writers


def _is_official(words: "re.Pattern[str]", marks: "re.Pattern[str]", plain: str) -> bool:
    """Whether a text is in official spelling, to be read letter by letter: it has letters that everyday
    spelling leaves out, and most of its known words read the same either way.
    """
    lower = plain[:1500].lower()
    if not marks.search(lower):
        return False
    same = known = 0
    for word in words.findall(lower):
        reading = latin.read(latin.from_cyrillic(word.replace("-", "")))
        if reading is not None and len(word) > 2:
            known += 1
            same += reading.arabic == latin.official(word)
    return known > 0 and same >= _MOST * known


def _word(word: str, shouting: bool, exact: bool) -> str:
    lower = word.lower()
    if lower in KEEP or (word.isupper() and len(word) > 1 and not shouting):
        return word
    reading = latin.read(lower)
    if lower in foreign.ENGLISH and (reading is None or reading.cost > 0.35):
        return word
    if exact and (written := latin.official(lower)) is not None:
        return written
    if reading is not None:
        return reading.arabic
    if len(lower) < 3 or not _VOWEL.search(lower) or _TRIPLE.search(lower):
        return word
    return latin.spell(lower) or word


def _cyrillic_word(word: str, exact: bool) -> str:
    if exact and (written := latin.official(word.lower())) is not None:
        return written
    lower = latin.from_cyrillic(word.lower().replace("-", ""))
    reading = latin.read(lower)
    return reading.arabic if reading is not None else latin.spell(lower) or word
