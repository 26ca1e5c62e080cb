"""Finding the FAQ entry that answers a question, or none: no answer is better than a wrong one.

Each wording of an entry (its question and variants) is a vector of features (see knowledge.features),
weighted by how rare they are in the shop's FAQs. An entry's score is made of the cosine of its nearest
wording and of how much of the question its wordings speak of at all. Features that no wording has count
as the rarest: what is asked beside the known makes everything less near. What most wordings of an entry
have in common is its topic (figs, livestream): a question without it is not about that entry.

`best_answer` answers from a score and a lead over the next entry on; how these were found, and how often
they err, stands in tests/knowledge/test_search.py.
"""

import heapq
import math
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Row, extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.features import features, normalised
from knowledge.models import FaqEntry

NEAREST = 0.6  # the part of the cosine in the score
ENOUGH = {"zh": 0.58, "ug": 0.61}  # the least score to answer from, by the language that matched
OFF_TOPIC = 0.1  # more is asked of an entry that does not serve the recognised intent
LEAD = 0.05  # over the next entry, below SURE
SURE = 0.93
COMMON = 0.6  # the part of an entry's wordings that have a feature of its topic
ON_TOPIC = 0.5  # the part of the topic, by weight, that the question must have

_SHOPS_KEPT = 64  # indexes in memory, the longest unused goes first


@dataclass(frozen=True)
class Match:
    entry: FaqEntry
    score: float  # 0 to 1
    language: str  # of the wording that came nearest: zh or ug


async def best_answer(
    session: AsyncSession, *, shop_id: int, text: str, language: str, intent: str | None = None
) -> Match | None:
    """The entry that answers the question, or None where that is not sure.

    Entries that have an answer in `language` only. `intent` is what the question was recognised as: entries
    with that tag are trusted sooner.
    """
    matches = await nearest(session, shop_id=shop_id, text=text, limit=3)
    best = next((match for match in matches if _answers(match, language)), None)
    if best is None or best.score < _enough(best, intent):
        return None
    rest = [match.score for match in matches if match is not best]
    if best.score < SURE and rest and best.score - max(rest) < LEAD:
        return None
    return best


async def nearest(session: AsyncSession, *, shop_id: int, text: str, limit: int = 5) -> list[Match]:
    """The shop's enabled entries with something in common with the text, the nearest first."""
    index = await _index_of(session, shop_id)
    found = index.nearest(features(normalised(text)), limit)
    if not found:
        return []
    query = select(FaqEntry).where(FaqEntry.id.in_([one.entry_id for one in found]))
    entries = {entry.id: entry for entry in await session.scalars(query)}
    return [Match(entries[one.entry_id], one.score, one.language) for one in found]


def _answers(match: Match, language: str) -> bool:
    return bool(match.entry.answer.get(language))


def _enough(match: Match, intent: str | None) -> float:
    on_topic = intent is None or intent in match.entry.tags
    return ENOUGH.get(match.language, max(ENOUGH.values())) + (0 if on_topic else OFF_TOPIC)


# The index of one shop's FAQs


@dataclass(frozen=True)
class _Wording:
    entry_id: int
    language: str


@dataclass(frozen=True)
class _Found:
    entry_id: int
    score: float
    language: str


class _Index:
    """Every wording's vector, turned around: feature → the wordings that have it, and how much.

    And every entry's topic in each of its languages: feature → its part of the topic.
    """

    def __init__(self, wordings: Iterable[tuple[_Wording, str]]) -> None:
        self._wordings: list[_Wording] = []
        counted: list[dict[str, float]] = []
        for wording, text in wordings:
            if found := features(normalised(text)):
                self._wordings.append(wording)
                counted.append(found)
        self._rarity = _rarity(counted)
        self._unknown = math.log(1 + len(counted))
        self._having: dict[str, list[tuple[int, float]]] = {}
        of_entry: dict[_Wording, list[dict[str, float]]] = {}
        for at, found in enumerate(counted):
            of_entry.setdefault(self._wordings[at], []).append(found)
            for feature, weight in self._vector(found).items():
                self._having.setdefault(feature, []).append((at, weight))
        self._topics = {wording: self._topic(found) for wording, found in of_entry.items()}

    def _topic(self, wordings: list[dict[str, float]]) -> dict[str, float]:
        """Nothing for an entry of few wordings, or of wordings that have nothing in common."""
        if len(wordings) < 3:
            return {}
        count = Counter(feature for found in wordings for feature in found)
        topic = {one: self._rarity[one] for one, times in count.items() if times >= COMMON * len(wordings)}
        whole = sum(topic.values())
        return {feature: rarity / whole for feature, rarity in topic.items()}

    def _on_topic(self, wording: _Wording, asked: dict[str, float]) -> bool:
        topic = self._topics[wording]
        return not topic or sum(part for feature, part in topic.items() if feature in asked) >= ON_TOPIC

    def _vector(self, found: dict[str, float]) -> dict[str, float]:
        """Weighted, of length 1."""
        weighted = {
            feature: count * self._rarity.get(feature, self._unknown) for feature, count in found.items()
        }
        length = math.sqrt(sum(weight * weight for weight in weighted.values()))
        return {feature: weight / length for feature, weight in weighted.items()} if length else {}

    def nearest(self, asked: dict[str, float], limit: int) -> list[_Found]:
        near: dict[int, float] = {}  # wording → cosine
        covered: dict[int, float] = {}  # entry → square of the share of the question that it speaks of
        for feature, weight in self._vector(asked).items():
            having = self._having.get(feature, ())
            for at, other in having:
                near[at] = near.get(at, 0.0) + weight * other
            for entry_id in {self._wordings[at].entry_id for at, _ in having}:
                covered[entry_id] = covered.get(entry_id, 0.0) + weight * weight
        best: dict[int, _Found] = {}
        for at in sorted(near, key=lambda one: (-near[one], one)):
            wording = self._wordings[at]
            if wording.entry_id not in best and (near[at] >= SURE or self._on_topic(wording, asked)):
                score = NEAREST * near[at] + (1 - NEAREST) * math.sqrt(covered[wording.entry_id])
                best[wording.entry_id] = _Found(wording.entry_id, min(score, 1.0), wording.language)
        return heapq.nlargest(limit, best.values(), key=lambda one: (one.score, -one.entry_id))


def _rarity(counted: list[dict[str, float]]) -> dict[str, float]:
    """Feature → ln(1 + wordings / wordings that have it)."""
    having: dict[str, int] = {}
    for found in counted:
        for feature in found:
            having[feature] = having.get(feature, 0) + 1
    return {feature: math.log(1 + len(counted) / number) for feature, number in having.items()}


_Stamp = tuple[object, ...]  # how many entries, their latest change, the sum of all changes
_indexes: OrderedDict[int, tuple[_Stamp, _Index]] = OrderedDict()


async def _index_of(session: AsyncSession, shop_id: int) -> _Index:
    """The shop's index, built anew when any enabled entry has come, gone or changed."""
    stamp = await _stamp_of(session, shop_id)
    kept = _indexes.get(shop_id)
    if kept is None or kept[0] != stamp:
        query = select(FaqEntry.id, FaqEntry.question, FaqEntry.variants)
        query = query.where(FaqEntry.shop_id == shop_id, FaqEntry.enabled).order_by(FaqEntry.id)
        rows = (await session.execute(query)).all()
        kept = stamp, _Index(wording for row in rows for wording in _wordings(row))
        _indexes[shop_id] = kept
        while len(_indexes) > _SHOPS_KEPT:
            _indexes.popitem(last=False)
    _indexes.move_to_end(shop_id)
    return kept[1]


async def _stamp_of(session: AsyncSession, shop_id: int) -> _Stamp:
    """Differs after every change. The sum tells of one that was committed later than a younger one."""
    query = select(
        func.count(),
        func.max(FaqEntry.updated_at),
        func.sum(extract("epoch", FaqEntry.updated_at)),
    ).where(FaqEntry.shop_id == shop_id, FaqEntry.enabled)
    return tuple((await session.execute(query)).one())


def _wordings(row: Row[int, dict[str, str], dict[str, list[str]]]) -> Iterable[tuple[_Wording, str]]:
    entry_id, question, variants = row
    for language, text in question.items():
        for wording in (text, *variants.get(language, ())):
            yield _Wording(entry_id, language), wording
