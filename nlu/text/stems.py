"""The light stem of a Uyghur word in Arabic script: less its endings, down to a known word or a few letters.

For comparing words in search and statistics, not for grammar: vowels raised before an ending are put back
only where the word list knows the result (دۇكىنىڭىز, دۇكان).
"""

from functools import cache, lru_cache
from typing import Final

from .uyghur_words import ENDINGS, FORMS, NOUNS, VERBS

_LEAST: Final = 3  # letters that are left of a word, not counting a leading ئ
_ROUNDS: Final = 5


@cache
def _known() -> frozenset[str]:
    return frozenset((*NOUNS.split(), *FORMS.split(), *VERBS.split()))


@cache
def _endings() -> tuple[str, ...]:
    """Longest first; single letters are too often part of the stem, but for the possessive ى."""
    endings = {ending for ending in ENDINGS.split() if len(ending) > 1} | {"ى"}
    return tuple(sorted(endings, key=lambda ending: (-len(ending), ending)))


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """`word` without its endings; a word the list knows, and one of another script, stays as it is."""
    for _ in range(_ROUNDS):
        known = _listed(word)
        if known is not None:
            return known
        shorter = _without_ending(word)
        if shorter is None:
            return word
        word = shorter
    return word


def _without_ending(word: str) -> str | None:
    """The word less the longest ending that leaves a listed word, else less the longest there is."""
    cuts = [
        word[: -len(ending)]
        for ending in _endings()
        if word.endswith(ending) and len(word) - len(ending) - word.startswith("ئ") >= _LEAST
    ]
    return next((cut for cut in cuts if _listed(cut) is not None), cuts[0] if cuts else None)


def _listed(word: str) -> str | None:
    """The listed word that `word` is, or was before an ending raised its last vowel."""
    if word in _known():
        return word
    if len(word) > 3:
        if word[-1] == "ى":
            raised = [word[:-1] + "ا", word[:-1] + "ە"]
        elif word[-2] in "ىې":
            raised = [word[:-2] + "ا" + word[-1], word[:-2] + "ە" + word[-1]]
        else:
            raised = []
        return next((full for full in raised if full in _known()), None)
    return None
