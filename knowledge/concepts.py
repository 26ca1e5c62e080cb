"""What a text speaks of, the same for Chinese and Uyghur: the concepts of concepts.txt.

A dictionary of a few hundred words is no translation, but it joins a question in one language to an entry in
the other more surely than sentence vectors alone, and it is the same for every shop.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from knowledge.features import normalised

CONCEPT = "#"  # what a feature begins with that is a concept
_FILE = Path(__file__).with_name("concepts.txt")
_UYGHUR = re.compile("[\u0621-\u06d5]+|[0-9]+")
_VOWEL = re.compile("[اەىېوۇۆۈ]")
_WEAKENED = re.compile("(?<=.)[اە](?=[^اەىېوۇۆۈ]?$)")


def concepts(text: str) -> set[str]:
    """The concepts of a normalised text, as features: `#运费`. A longer word hides those within."""
    chinese, uyghur = _words()
    found: set[str] = set()
    at = 0
    while at < len(text):
        word = next((text[at : at + size] for size in range(5, 0, -1) if text[at : at + size] in chinese), "")
        if word:
            found.add(chinese[word])
        at += len(word) or 1
    told = _UYGHUR.findall(text)
    for place, word in enumerate(told):
        fit = [
            one
            for size in range(1, len(word) + 1)
            for one in uyghur.get(word[:size], ())
            if _goes_on(told[place + 1 :], one.rest)
        ]
        longest = max((one.length for one in fit), default=0)
        found |= {one.name for one in fit if one.length == longest}
    return found


@dataclass(frozen=True)
class _Phrase:
    """Uyghur words by their beginnings; those after the first, each in the forms it may have."""

    rest: tuple[tuple[str, ...], ...]
    length: int  # letters of all
    name: str  # of the concept


def _goes_on(told: list[str], rest: tuple[tuple[str, ...], ...]) -> bool:
    return len(told) >= len(rest) and all(word.startswith(one) for word, one in zip(told, rest, strict=False))


@cache
def _words() -> tuple[dict[str, str], dict[str, list[_Phrase]]]:
    """Chinese word → concept; beginning of a Uyghur phrase → phrases.

    A line whose first word stands in an earlier one adds to that one's concept.
    """
    chinese: dict[str, str] = {}
    uyghur: dict[str, list[_Phrase]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        zh, _, ug = line.partition("|")
        words = zh.split()
        name = chinese.get(words[0], f"{CONCEPT}{words[0]}")
        for word in words:
            chinese.setdefault(word, name)
        for phrase in ug.split("،"):
            if stems := normalised(phrase).split():
                first, *rest = map(_forms, stems)
                one = _Phrase(tuple(rest), sum(map(len, stems)), name)
                for form in first:
                    uyghur.setdefault(form, []).append(one)
    return chinese, uyghur


def _forms(stem: str) -> tuple[str, ...]:
    """A stem's last vowel is weakened where a suffix opens its syllable: ئالما, ئالمىنى; كەل, كېلىدۇ."""
    weak = "ى" if len(_VOWEL.findall(stem)) > 1 else "ې"
    return tuple(dict.fromkeys((stem, _WEAKENED.sub(weak, stem))))
