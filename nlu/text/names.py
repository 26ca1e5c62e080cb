"""Names found in a text however they are spelt and inflected: a shop's goods, places.

A Chinese name counts wherever it stands; a Uyghur one as a word, with the endings a noun takes. A stem that
an ending changes (ئالما in ئالمىنى, ياڭاق in ياڭىقى) is known, and so are ې ى, ۆ و and ۈ ۇ typed for each
other.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from .clean import clean
from .lazy import pattern
from .phrasebook import Phrasebook
from .uyghur import to_arabic

Value = TypeVar("Value")

_LETTER: Final = "\u0620-\u06d5"  # Arabic letters as a cleaned text has them
_UG_WORD: Final = pattern(f"[{_LETTER}]+")
_WORD: Final = pattern(f"[{_LETTER}]+|[a-z0-9]+")
_BRACKETS: Final = pattern(r"\s*[（(\[【][^（()）\[\]【】]*[)）\]】]\s*")
_SPACE: Final = pattern(r"\s+")
_PLAIN_LATIN: Final = pattern("[a-z0-9]")

# What a Uyghur noun may end in, in this order: plural, whose, case, question or stress. In folded letters.
_CASE: Final = "نىڭكى|نىڭ|نى|غا|گە|قا|كە|غىچە|قىچە|گىچە|كىچە|دىن|تىن|دىكى|تىكى|دا|دە|تا|تە"
_TAIL: Final = "(?:مۇ|چۇ|لا|غۇ|دۇر|كەن|مىكەن)?"
OWNED: Final = (
    "(?:لار|لەر|لىر)?"
    "(?:سى|ىمىز|مىز|ىڭىز|ڭىز|ىڭلار|ڭلار|ىم|م|ىڭ|ڭ|ۇڭلار|ۇم|ۇڭ|ۇ|ى)?"
    f"(?:{_CASE}|دەك|تەك|چە|لىق|لىك|لۇق|سىز)?{_TAIL}"
)
#: of a place, which is nobody's
UNOWNED: Final = f"(?:لىقلار|لىكلەر|لۇقلار|لىق|لىك|لۇق)?(?:{_CASE})?{_TAIL}"

_FOLD: Final = str.maketrans("ېۈۆ", "ىۇو")
_LATER_O: Final = pattern(f"(?<=[اەىوۇ])([{_LETTER}]*?)و")
_SOFT: Final = {"ق": "غ", "ك": "گ", "پ": "ۋ"}
_ANY: Final = f"(?=[{_LETTER}])"
_VOWEL: Final = "(?=[ىۇ])"


@dataclass(frozen=True)
class Hit(Generic[Value]):
    """A name in a cleaned text. `end` is where its endings begin; `mended` are the letters, by their index in
    the text, that the stem has without them."""

    start: int
    end: int
    value: Value
    mended: tuple[tuple[int, str], ...] = ()


class NameBook(Generic[Value]):
    """Names with their values; the longest name at a place wins."""

    def __init__(self, names: Iterable[tuple[str, Value]], endings: str = OWNED) -> None:
        chinese: dict[str, Value] = {}
        uyghur: dict[str, tuple[Value, _Stem]] = {}
        for raw, value in names:
            for name in _spellings(raw):
                if not _UG_WORD.search(name):
                    chinese.setdefault(name, value)
                    continue
                for stem in _stems(name):
                    uyghur.setdefault(stem.letters, (value, stem))
        self._single = {name: value for name, value in chinese.items() if len(name) == 1}
        self._chinese = Phrasebook((name, value) for name, value in chinese.items() if len(name) > 1)
        self._uyghur = Phrasebook(uyghur.items())
        self._rest = {need: re.compile(f"{need}{endings}(?![{_LETTER}])") for need in ("", _ANY, _VOWEL)}

    def find(self, plain: str) -> Iterator[Hit[Value]]:
        """The names in a cleaned text, Latin and Cyrillic Uyghur in Arabic script; first the Chinese ones."""
        lowered = plain.lower()
        text = lowered if len(lowered) == len(plain) else plain
        if not text.isascii():
            yield from self._in_chinese(text)
        if _UG_WORD.search(text):
            yield from self._in_uyghur(text)

    def _in_chinese(self, text: str) -> Iterator[Hit[Value]]:
        free = 0
        for start, end, value in self._chinese.scan(text):
            yield from self._singles(text, free, start)
            if not (_inside_latin(text, start) or _inside_latin(text, end)):
                yield Hit(start, end, value)
                free = end
        yield from self._singles(text, free, len(text))

    def _singles(self, text: str, start: int, end: int) -> Iterator[Hit[Value]]:
        if not self._single:
            return
        for index in range(start, end):
            if text[index] in self._single:
                yield Hit(index, index + 1, self._single[text[index]])

    def _in_uyghur(self, text: str) -> Iterator[Hit[Value]]:
        folded, free = fold(text), 0
        for word in _WORD.finditer(folded):
            start = word.start()
            for letters, (value, stem) in self._uyghur.at(folded, start) if start >= free else ():
                end = start + len(letters)
                if rest := self._rest[stem.need].match(folded, end):
                    free = rest.end()
                    yield Hit(start, end, value, tuple((start + at, old) for at, old in stem.mended))
                    break


@dataclass(frozen=True)
class _Stem:
    """A name as it stands before endings, folded; `need` is what must follow, `mended` as in `Hit`, by
    index in the name."""

    letters: str
    need: str = ""
    mended: tuple[tuple[int, str], ...] = ()


def fold(text: str) -> str:
    """Uyghur vowels that are typed for each other made one: ې ى, ۈ ۇ, ۆ و, and و ۇ after the first syllable
    (where no Uyghur word has و). As long as `text`."""
    text = text.translate(_FOLD)
    while "و" in text and (later := _LATER_O.sub(r"\1ۇ", text)) != text:
        text = later
    return text


def _spellings(raw: str) -> Iterator[str]:
    """A name as a cleaned text has it, and without what stands in brackets."""
    for name in dict.fromkeys((raw, _BRACKETS.sub("", raw))):
        plain = _SPACE.sub(" ", to_arabic(clean(name))).strip().lower()
        if plain:
            yield plain


def _stems(name: str) -> Iterator[_Stem]:
    """The shapes a Uyghur name takes, the dictionary's own first."""
    *before, last = name.split(" ")
    openings = {" ".join(before)}
    if len(before) == 1 and _UG_WORD.fullmatch(before[0]):
        openings.add(f"{before[0]}نىڭ")
    for opening in sorted(openings, key=len):
        offset = len(opening) + 1 if opening else 0
        for letters, need, mended in _shapes(last):
            whole = f"{opening} {letters}" if opening else letters
            yield _Stem(fold(whole), need, tuple((offset + at, old) for at, old in mended))


def _shapes(word: str) -> Iterator[tuple[str, str, list[tuple[int, str]]]]:
    """A word and what becomes of it: before any ending (ئالما ئالمى), before a vowel (گىلەم گىلىم, ياڭاق
    ياڭىغ); with what must follow, and the letters that changed."""
    yield word, "", []
    end = len(word) - 1
    if word[end] in "اە" and end:
        yield word[:end] + "ى", _ANY, [(end, word[end])]
    raised: list[tuple[str, list[tuple[int, str]]]] = [(word, [])]
    if end >= 2 and word[end - 1] in "اە":
        raised.append((f"{word[: end - 1]}ى{word[end]}", [(end - 1, word[end - 1])]))
        yield raised[1][0], _VOWEL, raised[1][1]
    if word[end] in _SOFT and end > 2:
        for shape, mended in raised:
            yield shape[:end] + _SOFT[word[end]], _VOWEL, [*mended, (end, word[end])]


def _inside_latin(text: str, at: int) -> bool:
    """Whether a Latin word or a number goes on at `at`."""
    return 0 < at < len(text) and all(_PLAIN_LATIN.match(char) for char in text[at - 1 : at + 1])
