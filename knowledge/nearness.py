"""How near an entry is to a question: each of its wordings compared, and the entry as a whole."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean

from knowledge.concepts import CONCEPT, concepts
from knowledge.deciding import SURE
from knowledge.features import PLACE, features, normalised
from knowledge.rarity import Rarity

NEAREST = 0.6  # the part of the nearest wording; the rest is how much of the question the entry speaks of
ON_TOPIC = 0.5  # the part of the topic, by weight, that the question must have
BEST = 3  # wordings whose nearness in meaning counts more
_ANSWER = 600  # letters of an answer that are looked at


@dataclass(frozen=True)
class Row:
    """A wording as it is kept; `near`: by meaning, None where that is unknown."""

    faq_id: int
    language: str
    text: str
    features: Sequence[str]
    topic: Sequence[str]
    near: float | None = None


@dataclass(frozen=True)
class Seen:
    """An entry as the search sees it."""

    faq_id: int
    words: float
    strict: float  # the same of the wordings whose topic the question has: for words that decide alone
    concepts: float
    meaning: float | None
    language: str  # of the nearest wording
    wording: str
    languages: frozenset[str]  # of the wordings that were looked at


@dataclass(frozen=True)
class _Wording:
    row: Row
    words: float
    concepts: float
    on_topic: bool
    told: frozenset[str]  # features of the question
    held: frozenset[str]  # its concepts


class Question:
    """What is asked, against the wordings of one shop."""

    def __init__(self, text: str, rarity: Rarity) -> None:
        plain = normalised(text)
        self.asked = frozenset((*features(plain), *concepts(plain)))
        self._rarity = rarity
        self._words, self._meant = _parted(self.asked)
        self._by_words, self._by_concepts = _vector(self._words, rarity), _vector(self._meant, rarity)

    @property
    def substance(self) -> float:
        """How much of it the shop's wordings know: little of what is no business of a shop."""
        told = (one for part in (self._words, self._meant) for one in part if self._rarity.count(one))
        return math.log1p(sum(map(self._rarity.weigh, told)) / self._rarity.rarest)

    def seen(self, rows: Iterable[Row]) -> list[Seen]:
        """The entries that these wordings belong to."""
        by_entry: dict[int, list[_Wording]] = {}
        for row in rows:
            by_entry.setdefault(row.faq_id, []).append(self._compared(row))
        return [self._joined(wordings) for wordings in by_entry.values()]

    def answered(self, texts: Iterable[str]) -> float:
        """How much of the question an answer's texts speak of, by concepts."""
        held: frozenset[str] = frozenset().union(*map(_concepts_of, texts))
        return _share(self._by_concepts, held & self._meant)

    def _compared(self, row: Row) -> _Wording:
        told, held = _parted(row.features)
        words = _cosine(self._by_words, told, self._rarity)
        return _Wording(
            row,
            words,
            _cosine(self._by_concepts, held, self._rarity),
            words >= SURE or self._has(row.topic),
            told & self._words,
            held & self._meant,
        )

    def _joined(self, wordings: Sequence[_Wording]) -> Seen:
        told = _share(self._by_words, frozenset().union(*(one.told for one in wordings)))
        held = _share(self._by_concepts, frozenset().union(*(one.held for one in wordings)))
        best = max(wordings, key=lambda one: one.words + one.concepts + 2.5 * (one.row.near or 0.0))
        return Seen(
            best.row.faq_id,
            _both(max(one.words for one in wordings), told),
            _both(max((one.words for one in wordings if one.on_topic), default=0.0), told),
            _both(max(one.concepts for one in wordings), held),
            _meaning([one.row.near for one in wordings if one.row.near is not None]),
            best.row.language,
            best.row.text,
            frozenset(one.row.language for one in wordings),
        )

    def _has(self, topic: Sequence[str]) -> bool:
        whole = sum(self._rarity.of(one) for one in topic)
        had = sum(self._rarity.of(one) for one in topic if one in self._words)
        return not whole or had >= ON_TOPIC * whole


def _both(near: float, share: float) -> float:
    return min(NEAREST * near + (1 - NEAREST) * share, 1.0) if near else 0.0


def _meaning(near: Sequence[float]) -> float | None:
    """The nearest wording, the nearest few and all of them count alike: one may be near by chance."""
    if not near:
        return None
    ordered = sorted(near, reverse=True)
    return (ordered[0] + fmean(ordered[:BEST]) + fmean(ordered)) / 3


def _parted(told: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Words' features, and concepts. Places are the same in both languages, so they are both."""
    all_of_it = frozenset(told)
    meant = frozenset([one for one in all_of_it if one[0] in (CONCEPT, PLACE)])
    return all_of_it - {one for one in meant if one[0] == CONCEPT}, meant


def _vector(told: frozenset[str], rarity: Rarity) -> dict[str, float]:
    """Weighted, of length 1."""
    weighted = {one: rarity.weigh(one) for one in told}
    length = math.sqrt(sum(part * part for part in weighted.values()))
    return {one: part / length for one, part in weighted.items()} if length else {}


def _cosine(question: Mapping[str, float], told: frozenset[str], rarity: Rarity) -> float:
    length = shared = 0.0
    for one in told:  # a plain loop: this is what most of a search's processor time goes into
        part = rarity.weigh(one)
        length += part * part
        if one in question:
            shared += question[one] * part
    return shared / math.sqrt(length) if length else 0.0


def _share(question: Mapping[str, float], covered: frozenset[str]) -> float:
    return math.sqrt(sum(question[one] ** 2 for one in covered))


@lru_cache(maxsize=4096)
def _concepts_of(text: str) -> frozenset[str]:
    plain = normalised(text[:_ANSWER])
    return _parted((*features(plain), *concepts(plain)))[1]
