"""Reading Uyghur written in Latin letters (ULY and everyday spelling) or Cyrillic, word by word.

A word is cut into graphemes, each of a class that merges what everyday spelling confuses (o ö u ü; a e ë i;
q ch k; gh g; sh x h; j zh). The classes find stem and endings in `uyghur_words`; the cost tells how far the
typed letters are from the word's own, and whether endings break vowel harmony. The cheapest reading wins.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from . import uyghur_words as data
from .lazy import pattern


@dataclass(frozen=True)
class Reading:
    """A word in Arabic script, and how far it is from what was typed (0 = as ULY has it)."""

    arabic: str
    cost: float


_GRAPHEME: Final = pattern("sh|ch|gh|zh|ng|[a-zäçéëəğıñňóöşûüŋ]")
_NEED: Final = pattern("['’‘`ʼ´-]")

# Typed grapheme: (class, {letter: cost}); the first letter is the plain reading.
_READ: Final[dict[str, tuple[str, dict[str, float]]]] = {
    "a": ("A", {"ا": 0, "ە": 1, "ې": 2.5, "ى": 3}),
    "e": ("A", {"ە": 0, "ې": 0.3, "ى": 1.5, "ا": 2.5}),
    "i": ("A", {"ى": 0, "ې": 0.55, "ە": 2.5, "ا": 3}),
    "o": ("O", {"و": 0, "ۆ": 0.5, "ۇ": 1, "ۈ": 1.5}),
    "u": ("O", {"ۇ": 0, "ۈ": 0.5, "ۆ": 1, "و": 1}),
    "ö": ("O", {"ۆ": 0, "ۈ": 1.2, "و": 1.8}),
    "ü": ("O", {"ۈ": 0, "ۆ": 1.2, "ۇ": 1.5}),
    "b": ("b", {"ب": 0}),
    "p": ("P", {"پ": 0, "ف": 1}),
    "f": ("P", {"ف": 0, "پ": 1}),
    "t": ("t", {"ت": 0}),
    "j": ("J", {"ج": 0, "ژ": 0.5}),
    "zh": ("J", {"ژ": 0.2, "ج": 0.4}),
    "d": ("d", {"د": 0}),
    "r": ("r", {"ر": 0}),
    "z": ("z", {"ز": 0}),
    "s": ("s", {"س": 0}),
    "sh": ("X", {"ش": 0}),
    "x": ("X", {"خ": 0, "ش": 0.8}),
    "h": ("X", {"ھ": 0, "خ": 0.6}),
    "gh": ("G", {"غ": 0}),
    "g": ("G", {"گ": 0, "غ": 0.6}),
    "q": ("K", {"ق": 0, "چ": 0.9}),
    "k": ("K", {"ك": 0, "ق": 0.7}),
    "ch": ("K", {"چ": 0}),
    "l": ("l", {"ل": 0}),
    "m": ("m", {"م": 0}),
    "n": ("n", {"ن": 0}),
    "ng": ("N", {"ڭ": 0}),
    "w": ("W", {"ۋ": 0}),
    "v": ("W", {"ۋ": 0.1}),
    "y": ("y", {"ي": 0}),
    "c": ("K", {"چ": 1.5}),
}
_ALIKE: Final = {
    "ë": ("A", {"ې": 0.0, "ە": 1.5}),
    "é": ("A", {"ې": 0.0, "ە": 1.5}),
    "ə": ("A", {"ە": 0.0}),
    "ä": ("A", {"ە": 0.0}),
    "ı": ("A", {"ى": 0.3}),
    "ş": ("X", {"ش": 0.1}),
    "ç": ("K", {"چ": 0.1}),
    "ğ": ("G", {"غ": 0.1}),
    "ñ": ("N", {"ڭ": 0.0}),
    "ň": ("N", {"ڭ": 0.0}),
    "ŋ": ("N", {"ڭ": 0.0}),
    "ó": _READ["ö"],
    "û": _READ["ü"],
}
_READ.update(_ALIKE)
_CLASS_OF: Final[dict[str, str]] = {letter: kind for kind, letters in _READ.values() for letter in letters}
_VOWEL: Final = "اەېىوۇۆۈ"
_PERSON: Final = pattern("(?:مەن|سىلەر)$")  # the same after front and back vowels
_ENDING_COST: Final = 0.15
_LONGEST: Final = 26


def _letters(arabic: str) -> str:
    return arabic.replace("ئ", "")


def _key(letters: str) -> str:
    return "".join(_CLASS_OF.get(letter, "?") for letter in letters)


def _raised(word: str) -> list[str]:
    """The word and what it becomes before an ending: دانە, دانى; دۇكان, دۇكىن."""
    shapes = [word]
    if word[-1] in "اە":
        shapes.append(word[:-1] + "ى")
    elif len(word) > 3 and word[-2] in "اە" and word[-1] not in _VOWEL:
        shapes.append(word[:-2] + "ى" + word[-1])
    return shapes


def _raised_verb(stem: str) -> list[str]:
    shapes = [stem]
    vowels = [index for index, letter in enumerate(stem) if letter in _VOWEL]
    if stem[-1] in "اە" and len(vowels) > 1:
        shapes.append(stem[:-1] + "ى")
    elif len(vowels) == 1 and stem[vowels[0]] in "اە":
        shapes.append(stem[: vowels[0]] + "ې" + stem[vowels[0] + 1 :])
    return shapes


class _Stem(NamedTuple):
    """A word or stem: its letters without ئ, what choosing it costs, what an ending after it costs, and how
    that ending must begin: "." = any, but one there must be, "ى" = so, "^" = not so (بەر, but بېرىدۇ)."""

    word: str
    letters: str
    penalty: float
    ending_penalty: float = 0.0
    need: str = ""


@cache
def _stems() -> dict[str, list[_Stem]]:
    """Class key to stems; forms first, then nouns, then verbs."""
    stems: dict[str, list[_Stem]] = {}
    seen: set[str] = set()

    def add(word: str, penalty: float, ending_penalty: float = 0.0, need: str = "") -> None:
        if word not in seen:
            seen.add(word)
            letters = _letters(word)
            stems.setdefault(_key(letters), []).append(_Stem(word, letters, penalty, ending_penalty, need))

    for spelling, word in data.SPELLINGS.items():
        typed = graphemes(spelling) or []
        plain = "".join(next(iter(_READ[grapheme][1])) for grapheme in typed)
        stems.setdefault("".join(_READ[grapheme][0] for grapheme in typed), []).append(
            _Stem(word, plain, 0.3)
        )
    for word in data.FORMS.split():
        add(word, 0.0, ending_penalty=0.6)
    for word in data.NOUNS.split():
        for number, shape in enumerate(_raised(word)):
            add(shape, 0.1 + 0.3 * number, need="." if number else "")
    for word in data.VERBS.split():
        for number, shape in enumerate(_raised_verb(word)):
            need = "" if shape.count("ە") != 1 or len(shape) > 4 or shape[-1] == "ە" else "^"
            if number:
                need = "." if shape[-1] == "ى" else "ى"
            add(shape, 0.2 + 0.1 * number, need=need)
    return stems


@cache
def _particles() -> dict[str, list[str]]:
    particles: dict[str, list[str]] = {}
    for word in data.PARTICLES.split():
        particles.setdefault(_key(word), []).append(word)
    return particles


@cache
def _endings() -> dict[str, list[str]]:
    endings: dict[str, list[str]] = {}
    for ending in dict.fromkeys(data.ENDINGS.split()):
        endings.setdefault(_key(ending), []).append(ending)
    return endings


def _side(letters: str) -> int:
    """1 for back, -1 for front, 0 for neutral: by the last vowel that tells, else by q gh / k g."""
    for letter in reversed(letters):
        if letter in "اوۇ":
            return 1
        if letter in "ەۆۈ":
            return -1
    for letter in reversed(letters):
        if letter in "قغ":
            return 1
        if letter in "كگ":
            return -1
    return 0


def _distance(typed: list[str], letters: str) -> float:
    total = 0.0
    for grapheme, letter in zip(typed, letters, strict=True):
        cost = _READ[grapheme][1].get(letter)
        if cost is None:
            return 99.0
        total += cost
    return total


def _follow(
    typed: list[str], key: str, start: int, side: int, need: str = "", depth: int = 0
) -> tuple[float, str] | None:
    """The cheapest chain of endings that spells `typed[start:]`, or None; `need` is for the first."""
    if start == len(key):
        return 0.0, ""
    if depth > 5:
        return None
    best: tuple[float, str] | None = None
    endings = _endings()
    for end in range(len(key), start, -1):
        for ending in endings.get(key[start:end], ()):
            if need in ("ى", "^") and (ending[0] == "ى") != (need == "ى"):
                continue
            cost = _distance(typed[start:end], ending) + (
                _ENDING_COST if end - start > 1 else 2 * _ENDING_COST
            )
            own = _side(_PERSON.sub("", ending))
            if side and own and own != side:
                cost += 1.2
            if cost > 3 or (best is not None and cost >= best[0]):
                continue
            rest = _follow(typed, key, end, own or side, "", depth + 1)
            if rest is not None and (best is None or cost + rest[0] < best[0]):
                best = (cost + rest[0], ending + rest[1])
    return best


def graphemes(word: str) -> list[str] | None:
    """The graphemes of a lower-case Latin word, or None when it holds other signs."""
    found: list[str] = []
    for part in _NEED.split(word):
        pieces = _GRAPHEME.findall(part)
        if sum(map(len, pieces)) != len(part):
            return None
        found += pieces
    return found


@lru_cache(maxsize=8192)
def read(word: str) -> Reading | None:
    """The Uyghur reading of a lower-case Latin word from known stems and endings; None when there is none."""
    best = _read(word)
    if "ng" in word:  # ڭ as a rule, but ن and گ in xotenge
        head, _, tail = word.rpartition("ng")
        other = _read(f"{head}n'g{tail}")
        if other is not None and (best is None or other.cost < best.cost):
            best = other
    return best


def _read(word: str) -> Reading | None:
    typed = graphemes(word)
    if not typed or len(typed) > _LONGEST:
        return None
    key = "".join(_READ[grapheme][0] for grapheme in typed)
    stems = _stems()
    best: tuple[float, str] | None = None
    for end in range(len(key), 0, -1):
        if end < len(key) and end < 2:
            break
        for stem in stems.get(key[:end], ()):
            cost = _distance(typed[:end], stem.letters) + stem.penalty
            cost += stem.ending_penalty if end < len(key) else 0.0
            if stem.need in (".", "ى") and end == len(key):
                continue
            if cost > 3 or (best is not None and cost >= best[0]):
                continue
            rest = _follow(typed, key, end, _side(stem.word), stem.need)
            if rest is not None and (best is None or cost + rest[0] < best[0]):
                best = (cost + rest[0], stem.word + rest[1])
    for particle in _particles().get(key, ()):
        cost = _distance(typed, particle) + 0.3
        if best is None or cost < best[0]:
            best = (cost, particle)
    if best is None or best[0] > 1.2 + 0.3 * len(typed):
        return None
    return Reading(best[1], best[0])


def spell(word: str) -> str | None:
    """An unknown word letter by letter, with vowel harmony for g/gh, and ئ before an initial vowel."""
    typed = graphemes(word)
    if not typed or len(typed) > 60:
        return None
    letters = [next(iter(_READ[grapheme][1])) for grapheme in typed]
    back = any(letter in "اوۇ" for letter in letters) and not any(letter in "ەۆۈ" for letter in letters)
    out: list[str] = []
    for index, letter in enumerate(letters):
        if letter in _VOWEL and (index == 0 or letters[index - 1] in _VOWEL):
            out.append("ئ")
        if letter == "گ" and back and index and index + 1 < len(letters) and letters[index + 1] == "ا":
            letter = "غ"
        out.append(letter)
    return "".join(out)


# The official spellings (ULY, and UKY in Cyrillic) have one sign for each letter.
_OFFICIAL: Final = {
    **dict(zip("abdefghijklmnopqrstuwxyzöüéë", "ابدەفگھىجكلمنوپقرستۇۋخيزۆۈېې", strict=True)),
    **{"ch": "چ", "gh": "غ", "ng": "ڭ", "sh": "ش", "zh": "ژ"},
    **dict(zip("абвгғдәежҗзийкқлмнңоөпрстуүфхһчш", "ابۋگغدەېژجزىيكقلمنڭوۆپرستۇۈفخھچش", strict=True)),
    **{"ю": "يۇ", "я": "يا", "ц": "تس", "э": "ې"},
}
_OFFICIAL_SIGN: Final = pattern("[cgnsz]h|ng|['’‘`ʼ´]|.")
_SPLIT_SIGN: Final = "'’‘`ʼ´"


def official(word: str) -> str | None:
    """A lower-case ULY or UKY word letter by letter, or None when it holds a sign neither spelling has."""
    out: list[str] = []
    for sign in _OFFICIAL_SIGN.findall(word):
        if sign == "-":
            out.append(sign)
            continue
        if sign in _SPLIT_SIGN:  # in'gliz, mes'ul: between two letters that would be read as one, or for ئ
            out.append("'")
            continue
        letters = _OFFICIAL.get(sign)
        if letters is None:
            return None
        if letters[0] in _VOWEL and (not out or out[-1][-1] in _VOWEL + "'-"):
            out.append("ئ")
        out.append(letters)
    return "".join(out).replace("'", "")


_CYRILLIC: Final = str.maketrans(
    {
        "а": "a",
        "б": "b",
        "в": "w",
        "г": "g",
        "ғ": "gh",
        "д": "d",
        "е": "ë",
        "ё": "yo",
        "ә": "ə",
        "ж": "zh",
        "җ": "j",
        "з": "z",
        "и": "i",
        "й": "y",
        "к": "k",
        "қ": "q",
        "л": "l",
        "м": "m",
        "н": "n",
        "ң": "ŋ",
        "о": "o",
        "ө": "ö",
        "п": "p",
        "р": "r",
        "с": "s",
        "т": "t",
        "у": "u",
        "ү": "ü",
        "ф": "f",
        "х": "x",
        "һ": "h",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "sh",
        "ы": "i",
        "э": "e",
        "ю": "yu",
        "я": "ya",
        "ь": "",
        "ъ": "",
        "і": "i",
        "ұ": "u",
        "ҙ": "z",
    }
)


def from_cyrillic(word: str) -> str:
    """A lower-case Cyrillic Uyghur word (UKY) in Latin letters."""
    return word.translate(_CYRILLIC)


def letter_spans(text: str, start: int, end: int, heard: int) -> list[tuple[int, int]]:
    """Where in `text` the Latin or Cyrillic letters of Uyghur sounds stand: one for each of the `heard`
    letters of the word in Arabic script, as far as they answer each other."""
    lowered = text[start:end].lower()
    spans = [(start + match.start(), start + match.end()) for match in _GRAPHEME.finditer(lowered)]
    for index, letter in enumerate(lowered):
        sounds = graphemes(letter.translate(_CYRILLIC)) if "\u0400" <= letter <= "\u052f" else None
        spans += [(start + index, start + index + 1)] * len(sounds or ())
    spans.sort()
    for index in reversed(range(len(spans))):
        first, last = spans[index]
        if len(spans) < heard and text[first:last].lower() == "ng":
            spans[index : index + 1] = [(first, first + 1), (first + 1, last)]
    return spans
