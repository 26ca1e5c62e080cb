"""Finding the FAQ entry that answers a question, or none: no answer is better than a wrong one.

Ways, in one shop's wordings alone (an entry's question and its variants):

- by words: features of both languages (knowledge.features) as lexemes of a full-text index. The rare ones of
  the question choose the candidates; these are compared by the cosine of their features, weighted by rarity,
  and by how much of the question the entry speaks of at all. What nobody's wording has counts as the rarest:
  what is asked beside the known makes everything less near. What most wordings of an entry share is its
  topic: where words alone decide, a question without it is not about that entry.
- by concepts (knowledge.concepts): the same, over what both languages have a word for, also of the answer.
- by meaning: sentence vectors, the same space for Chinese and Uyghur; the nearest by the signs of their parts
  (an index scan), these compared exactly. Not asked only where a wording is all but the question itself.

All are weighed by knowledge.deciding: answer, ask back among the nearest, or pass on.
"""

import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.deciding import SURE, Decision, Evidence, by_everything, by_words
from knowledge.features import normalised
from knowledge.indexing import Embed, NoEmbedding, lexeme, written
from knowledge.models import FaqEntry
from knowledge.nearness import Question, Row, Seen
from knowledge.rarity import Rarity, rarity_of
from shop.database import now
from shop.moments import CHINA

_CANDIDATES = 40  # wordings compared, by words and by meaning each
_POSTINGS = 800  # about as many wordings may share the features that choose candidates
_FEATURES = 3  # of them at least
_KEPT = 8  # entries looked at closely, the nearest by words, and as many by meaning
_INTENT = re.compile(r"[a-z]+_[a-z_]+")
_HAN = re.compile("[\u3400-\u9fff]")


@dataclass(frozen=True)
class Match:
    entry: FaqEntry
    score: float  # 0 to 1: how likely it is the right one
    language: str  # of the wording that came nearest: zh or ug
    wording: str
    words: float  # nearness by words, 0 to 1
    concepts: float  # nearness by concepts, 0 to 1
    meaning: float | None  # the same by meaning, -1 to 1; None: not asked


@dataclass(frozen=True)
class Found:
    """What the bot would do: `matches` are the answer, the choices, or what came nearest."""

    decision: Decision
    matches: list[Match]  # the nearest first
    vector: str | None = None  # the question's meaning, where it was asked for

    @property
    def best(self) -> Match | None:
        return self.matches[0] if self.decision is Decision.answer else None


async def search(
    session: AsyncSession,
    *,
    shop_id: int,
    text: str,
    intent: str | None = None,
    embed: Embed | None = None,
    limit: int = 5,
    today: date | None = None,
) -> Found:
    """What answers the question.

    `intent` is what it was recognised as: entries with that tag are trusted sooner. Without `embed`, or when
    it raises NoEmbedding, words alone decide.
    """
    rarity = await rarity_of(session, shop_id)
    question = Question(text, rarity)
    if not question.asked or not rarity.wordings:
        return Found(Decision.pass_on, [])
    language = "zh" if _HAN.search(normalised(text)) else "ug"
    book = _Shop(session, shop_id, language, intent, today or now().astimezone(CHINA).date())
    near = await book.near_by_words(question, rarity)
    if embed is None or any(one.strict >= SURE for one in near):
        found = await book.by_words(near)
        if embed is None or (found.matches and found.matches[0].score >= SURE):
            return replace(found, matches=found.matches[:limit])
    try:
        [meant] = await embed([text])
    except NoEmbedding:
        found, vector = await book.by_words(near), None
    else:
        vector = written(meant)
        found = await book.by_everything(question, near, vector)
    return Found(found.decision, found.matches[:limit], vector)


class _Shop:
    """One search in one shop, by a question in `language`, or at least by one that holds no Chinese."""

    def __init__(
        self, session: AsyncSession, shop_id: int, language: str, intent: str | None, today: date
    ) -> None:
        self._session, self._shop_id, self._today = session, shop_id, today
        self._language, self._intent = language, intent

    async def near_by_words(self, question: Question, rarity: Rarity) -> list[Seen]:
        choosing = _choosing(question.asked, rarity)
        lexemes = " | ".join(_quoted(lexeme(self._shop_id, one)) for one in choosing)
        values = {"shop": self._shop_id, "lexemes": lexemes, "limit": _CANDIDATES}
        return question.seen(await self._rows(_BY_WORDS, values))

    async def by_words(self, near: Iterable[Seen]) -> Found:
        some = heapq.nlargest(_KEPT, near, key=lambda one: (one.strict, one.words, -one.faq_id))
        return await self._weighed(None, some)

    async def by_everything(self, question: Question, near: Iterable[Seen], vector: str) -> Found:
        """The nearest each way, compared by all of their wordings."""
        worded = heapq.nlargest(_KEPT, near, key=lambda one: (one.words + one.concepts, -one.faq_id))
        values = {"shop": self._shop_id, "vector": vector, "limit": _CANDIDATES}
        meant = (await self._session.scalars(_BY_MEANING, {**values, "kept": _KEPT})).all()
        entries = sorted({*meant, *(one.faq_id for one in worded)})
        rows = await self._rows(_WHOLLY, {"entries": entries, "vector": vector})
        return await self._weighed(question, question.seen(rows))

    async def _rows(self, statement: Any, values: dict[str, Any]) -> list[Row]:
        found = await self._session.execute(statement, values)
        prefix = len(lexeme(self._shop_id, ""))
        return [
            Row(
                one.faq_id,
                one.language,
                one.text,
                [told[prefix:] for told in one.lexemes],
                one.topic,
                one.near,
            )
            for one in found
        ]

    async def _weighed(self, question: Question | None, near: Sequence[Seen]) -> Found:
        """Without the question, by words alone."""
        entries = await self._entries([one.faq_id for one in near])
        near = [one for one in near if one.faq_id in entries]
        evidence = [self._evidence(one, entries[one.faq_id], question) for one in near]
        verdict = by_words(evidence)
        if question:
            verdict = by_everything(evidence, self._language, question.substance)
        matches = [
            Match(entries[one.faq_id], score, one.language, one.wording, one.words, one.concepts, one.meaning)
            for one, score in ((near[at], score) for at, score in verdict.ranking)
        ]
        return Found(verdict.decision, matches)

    def _evidence(self, one: Seen, entry: FaqEntry, question: Question | None) -> Evidence:
        return Evidence(
            one.words,
            one.strict,
            one.concepts,
            one.meaning,
            question.answered(entry.answer.values()) if question else 0.0,
            one.language,
            self._language not in one.languages,
            _on_intent(entry.tags, self._intent),
        )

    async def _entries(self, numbers: Sequence[int]) -> dict[int, FaqEntry]:
        rows = await self._session.scalars(select(FaqEntry).where(FaqEntry.id.in_(numbers)))
        return {entry.id: entry for entry in rows if _valid(entry, self._today)}


_BY_WORDS = text(
    """
    SELECT faq_id, language, text, tsvector_to_array(lexemes) AS lexemes, topic, NULL AS near
    FROM faq_wording WHERE lexemes @@ CAST(:lexemes AS tsquery) AND shop_id = :shop AND live
    ORDER BY ts_rank(lexemes, CAST(:lexemes AS tsquery)) DESC, id LIMIT :limit
    """
)
_BY_MEANING = text(
    """
    WITH near AS (
        SELECT id FROM faq_wording WHERE shop_id = :shop AND live AND bits IS NOT NULL
        ORDER BY bits <~> binary_quantize(CAST(:vector AS halfvec)) LIMIT :limit
    )
    SELECT faq_id FROM faq_wording WHERE id IN (SELECT id FROM near)
    GROUP BY faq_id ORDER BY min(embedding <#> CAST(:vector AS halfvec)), faq_id LIMIT :kept
    """
)
_WHOLLY = text(
    """
    SELECT faq_id, language, text, tsvector_to_array(lexemes) AS lexemes, topic,
           -(embedding <#> CAST(:vector AS halfvec)) AS near
    FROM faq_wording WHERE faq_id = ANY(:entries) AND live
    """
)


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _on_intent(tags: Sequence[str], intent: str | None) -> bool:
    """Off topic is only what names intents, and others. A shop's own tags are words."""
    named = [tag for tag in tags if _INTENT.fullmatch(tag)]
    return intent is None or not named or intent in named


def _valid(entry: FaqEntry, today: date) -> bool:
    return (entry.valid_from is None or entry.valid_from <= today) and (
        entry.valid_until is None or today <= entry.valid_until
    )


def _choosing(asked: frozenset[str], rarity: Rarity) -> list[str]:
    """The question's rarest features: enough to find what is near, few enough to be quick in a large shop."""
    known = sorted((rarity.count(one), one) for one in asked if rarity.count(one))
    chosen: list[str] = []
    postings = 0
    for count, feature in known:
        if len(chosen) >= _FEATURES and postings + count > _POSTINGS:
            break
        chosen.append(feature)
        postings += count
    return chosen
