"""An entry's wordings as search sees them, kept beside the entry in the same transaction.

A wording that stays keeps its row and its embedding; a new one is found by its words from the next message
on, and by its meaning once `embed_pending` has been there.
"""

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.concepts import CONCEPT, concepts
from knowledge.features import features, normalised
from knowledge.models import FaqEntry, FaqIndex, FaqWording
from shop.database import Sessions, transaction

Vector = Sequence[float]
Embed = Callable[[list[str]], Awaitable[Sequence[Vector]]]
"""Texts to vectors of their meaning: 384 numbers each, centred, of length 1. Raises NoEmbedding."""

COMMON = 0.6  # the part of an entry's wordings that have a feature of its topic
FEW = 3  # wordings below which an entry has no topic
BATCH = 16  # texts embedded in one call: the engine answers messages in between
ROWS = 500  # written in one statement


class NoEmbedding(Exception):
    """Nothing turns texts into vectors now; words alone must do."""


async def index_entries(session: AsyncSession, entries: Sequence[FaqEntry]) -> None:
    """Make the wordings of these entries (which are flushed) what the entries say."""
    if not entries:
        return
    known: dict[int, dict[tuple[str, str], FaqWording]] = {}
    rows = await session.scalars(select(FaqWording).where(FaqWording.faq_id.in_([one.id for one in entries])))
    for row in rows:
        known.setdefault(row.faq_id, {})[row.language, row.text] = row
    new: list[dict[str, Any]] = []
    gone: list[int] = []
    for entry in entries:
        had = known.get(entry.id, {})
        for wording in _wordings(entry):
            place = wording["language"], wording["text"]
            if place not in had:
                new.append(wording)
                continue
            row = had.pop(place)
            if (row.live, row.topic) != (wording["live"], wording["topic"]):
                row.live, row.topic = wording["live"], wording["topic"]
        gone += [row.id for row in had.values()]
    await session.flush()
    if gone:
        await session.execute(delete(FaqWording).where(FaqWording.id.in_(gone)))
    for at in range(0, len(new), ROWS):
        await session.execute(_INSERT, new[at : at + ROWS])
    await touch(session, {entry.shop_id for entry in entries})


_INSERT = text(
    """
    INSERT INTO faq_wording (shop_id, faq_id, language, text, live, lexemes, topic)
    VALUES (:shop_id, :faq_id, :language, :text, :live, array_to_tsvector(CAST(:lexemes AS text[])), :topic)
    """
)


async def touch(session: AsyncSession, shops: Iterable[int]) -> None:
    """Tell every process that these shops' wordings have changed."""
    for shop_id in shops:
        count = select(func.count()).select_from(FaqWording).filter_by(shop_id=shop_id, live=True)
        values = {"wordings": count.scalar_subquery()}
        statement = insert(FaqIndex).values(shop_id=shop_id, version=1, **values)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=["shop_id"], set_={"version": FaqIndex.version + 1, **values}
            )
        )


def lexeme(shop_id: int, feature: str) -> str:
    """A feature of one shop's: shops share an index and never a posting."""
    return f"{shop_id} {feature}"


def _wordings(entry: FaqEntry) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for language in ("zh", "ug"):
        texts = dict.fromkeys(
            one for one in (entry.question.get(language), *(entry.variants or {}).get(language, ())) if one
        )
        held = [(text, _features(text)) for text in texts]
        topic = _topic([told for _, told in held if told])
        found += [
            {
                "shop_id": entry.shop_id,
                "faq_id": entry.id,
                "language": language,
                "text": text,
                "live": entry.enabled,
                "lexemes": [lexeme(entry.shop_id, one) for one in told],
                "topic": topic,
            }
            for text, told in held
        ]
    return found


def _features(text: str) -> list[str]:
    plain = normalised(text)
    return sorted({*features(plain), *concepts(plain)})


def _topic(wordings: list[list[str]]) -> list[str]:
    """What most wordings of an entry have in common; nothing for an entry of few wordings."""
    if len(wordings) < FEW:
        return []
    count = Counter(feature for told in wordings for feature in told if feature[0] != CONCEPT)
    return sorted(one for one, times in count.items() if times >= math.ceil(COMMON * len(wordings)))


# --- meaning ----------------------------------------------------------------------------------------------


async def embed_pending(sessions: Sessions, embed: Embed) -> int:
    """Give wordings without an embedding theirs, the newest first; how many were done. Raises NoEmbedding.

    Many may do it at once: each takes rows that nobody else has taken. A text that has been embedded before,
    in whatever shop, is not embedded again.
    """
    done = 0
    while True:
        async with transaction(sessions) as session:
            rows = (await session.execute(_PENDING, {"limit": BATCH})).all()
            if not rows:
                return done
            missing = list(dict.fromkeys(row.text for row in rows if row.known is None))
            vectors = [written(one) for one in await embed(missing)] if missing else []
            fresh = dict(zip(missing, vectors, strict=True))
            values = [{"id": row.id, "vector": row.known or fresh[row.text]} for row in rows]
            await session.execute(_EMBEDDED, values)
        done += len(rows)


async def embed_entry(session: AsyncSession, entry: int, embed: Embed) -> None:
    """Those of one entry, in the caller's transaction. Raises NoEmbedding."""
    query = select(FaqWording.id, FaqWording.text).filter_by(faq_id=entry, embedding=None)
    rows = (await session.execute(query)).all()
    for at in range(0, len(rows), BATCH):
        some = rows[at : at + BATCH]
        vectors = await embed([row.text for row in some])
        values = [{"id": row.id, "vector": written(one)} for row, one in zip(some, vectors, strict=True)]
        await session.execute(_EMBEDDED, values)


_PENDING = text(
    """
    SELECT w.id, w.text, known.vector AS known FROM faq_wording w
    LEFT JOIN LATERAL (
        SELECT CAST(o.embedding AS text) AS vector FROM faq_wording o
        WHERE o.text = w.text AND o.embedding IS NOT NULL LIMIT 1
    ) known ON true
    WHERE w.embedding IS NULL ORDER BY w.id DESC LIMIT :limit FOR UPDATE OF w SKIP LOCKED
    """
)
_EMBEDDED = text(
    """
    UPDATE faq_wording
    SET embedding = CAST(:vector AS halfvec), bits = binary_quantize(CAST(:vector AS halfvec))
    WHERE id = :id
    """
)


async def forget_embeddings(session: AsyncSession, shop_id: int | None = None) -> None:
    """For another encoder: all are made anew."""
    forgotten = update(FaqWording).values(embedding=None, bits=None)
    await session.execute(forgotten if shop_id is None else forgotten.where(FaqWording.shop_id == shop_id))


def written(vector: Vector) -> str:
    """As PostgreSQL reads it."""
    return "[" + ",".join(f"{part:.5f}" for part in vector) + "]"
