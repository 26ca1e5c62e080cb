"""What a shop can learn from talk: questions without a good answer, grouped, and entries that need care."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.models import FaqEntry

DAYS = 60  # looked back
QUESTIONS = 400  # the latest, at most
ALIKE = 0.6  # the nearness from which on two questions are one
SAME = 0.8  # two entries' questions
BAD = 2  # stars, at most
EXAMPLES = 5

# Questions that were asked back or passed on, and those answered in a talk that was rated badly.
_OPEN = text(
    """
    SELECT a.id, a.outcome, a.faq_id, m.text, m.language, m.conversation_id, m.at,
           (SELECT s.text FROM message s WHERE s.conversation_id = m.conversation_id AND s.seq > m.seq
                AND s.sender = 'staff' ORDER BY s.seq LIMIT 1) AS staff_answer
    FROM faq_asked a JOIN message m ON m.id = CAST(a.turn AS bigint)
    WHERE a.shop_id = :shop AND NOT a.done AND a.at > now() - make_interval(days => :days)
      AND a.turn ~ '^[0-9]{1,18}$' AND m.sender = 'shopper' AND m.text <> '' AND m.text NOT LIKE '/%'
      AND (a.outcome IN ('ask', 'pass') OR EXISTS (
           SELECT FROM rating r WHERE r.conversation_id = m.conversation_id AND r.score <= :bad
                AND a.outcome = 'answer'))
    ORDER BY a.id DESC LIMIT :limit
    """
)
_PAIRS = text(
    """
    SELECT a.id AS one, b.id AS other FROM faq_asked a JOIN faq_asked b ON a.id > b.id
    WHERE a.id = ANY(:ids) AND b.id = ANY(:ids) AND -(a.embedding <#> b.embedding) > :alike
    """
)
_UNUSED = text(
    """
    SELECT f.id FROM faq f WHERE f.shop_id = :shop AND f.enabled AND f.created_at < now() - interval '14 days'
      AND NOT EXISTS (SELECT FROM faq_asked a WHERE a.shop_id = :shop AND a.faq_id = f.id
                      AND a.outcome = 'answer' AND a.at > now() - make_interval(days => :days))
    ORDER BY f.id LIMIT 100
    """
)
# Of each entry's question the nearest wording of another entry, where both answer and not alike.
_AGAINST = text(
    """
    SELECT DISTINCT least(w.faq_id, o.faq_id) AS one, greatest(w.faq_id, o.faq_id) AS other,
           max(o.near) AS near
    FROM (SELECT * FROM faq_wording WHERE shop_id = :shop AND live AND embedding IS NOT NULL
          ORDER BY id DESC LIMIT 2000) w
    CROSS JOIN LATERAL (
        SELECT x.faq_id, -(x.embedding <#> w.embedding) AS near FROM faq_wording x
        WHERE x.shop_id = :shop AND x.live AND x.faq_id <> w.faq_id AND x.language = w.language
          AND x.bits IS NOT NULL
        ORDER BY x.bits <~> w.bits LIMIT 1
    ) o
    WHERE o.near > :same GROUP BY 1, 2 ORDER BY near DESC LIMIT 50
    """
)
_DONE = text("UPDATE faq_asked SET done = true WHERE shop_id = :shop AND id = ANY(:ids)")


@dataclass
class Group:
    """Questions that mean the same."""

    ids: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)  # the latest first, each once
    conversation: Any = None  # of the latest
    answer: str = ""  # what a colleague said to one of them
    rated_badly: bool = False

    @property
    def count(self) -> int:
        return len(self.ids)


async def open_questions(session: AsyncSession, shop_id: int) -> list[Group]:
    """The largest group first."""
    values = {"shop": shop_id, "days": DAYS, "bad": BAD, "limit": QUESTIONS}
    rows = (await session.execute(_OPEN, values)).all()
    pairs = await session.execute(_PAIRS, {"ids": [row.id for row in rows], "alike": ALIKE})
    leader = _leaders((row.one, row.other) for row in pairs)
    by_text: dict[str, int] = {}
    groups: dict[int, Group] = {}
    for row in rows:
        place = leader.get(row.id, row.id)
        place = by_text.setdefault(row.text.strip(), place)
        group = groups.setdefault(place, Group(conversation=row.conversation_id))
        group.ids.append(row.id)
        if row.text.strip() not in group.examples:
            group.examples.append(row.text.strip()[:300])
        group.answer = group.answer or (row.staff_answer or "")[:2_000]
        group.rated_badly = group.rated_badly or row.outcome == "answer"
    return sorted(groups.values(), key=lambda one: -one.count)


def _leaders(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Each question's place in its group: that of the newest one it is alike, not of a chain of them."""
    leader: dict[int, int] = {}
    for one, other in sorted(pairs, reverse=True):
        if one not in leader:  # it leads, and takes what is alike and not taken yet
            leader.setdefault(other, one)
    return leader


async def deal_with(session: AsyncSession, shop_id: int, ids: list[int]) -> None:
    await session.execute(_DONE, {"shop": shop_id, "ids": ids})


async def unused(session: AsyncSession, shop_id: int) -> list[FaqEntry]:
    """Published entries that answered nobody lately."""
    rows = await session.scalars(_UNUSED, {"shop": shop_id, "days": DAYS})
    return await _entries(session, list(rows))


async def against(session: AsyncSession, shop_id: int) -> list[tuple[FaqEntry, FaqEntry]]:
    """Pairs of entries that are asked alike and answer differently."""
    rows = (await session.execute(_AGAINST, {"shop": shop_id, "same": SAME})).all()
    known = {
        entry.id: entry
        for entry in await _entries(session, [n for row in rows for n in (row.one, row.other)])
    }
    pairs = [(known[row.one], known[row.other]) for row in rows]
    return [(one, other) for one, other in pairs if one.answer != other.answer]


async def _entries(session: AsyncSession, ids: list[int]) -> list[FaqEntry]:
    return list(await session.scalars(select(FaqEntry).where(FaqEntry.id.in_(ids)).order_by(FaqEntry.id)))
