"""How rare each feature is in a shop's FAQs: counted by the database, kept in memory until they change."""

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.features import weight
from knowledge.indexing import lexeme
from knowledge.models import FaqIndex

KEPT = 400_000  # features in memory, of all shops
LARGE = 3_000  # wordings from which on a small change does not count anew
SMALL_CHANGE = 50  # a change of one in so many


@dataclass(frozen=True)
class Rarity:
    """Of one shop's live wordings."""

    version: int
    wordings: int
    counts: dict[str, int]
    _weights: dict[str, float] = field(default_factory=dict)  # of known features, made when first needed

    def of(self, feature: str) -> float:
        """ln(1 + wordings / wordings that have it); what nobody has is the rarest."""
        return math.log(1 + max(self.wordings, 1) / max(self.counts.get(feature, 0), 1))

    @property
    def rarest(self) -> float:
        """Of a feature that one wording has."""
        return math.log(1 + max(self.wordings, 1))

    def weigh(self, feature: str) -> float:
        """How much a feature counts: how much of a question it makes up, and how rare it is."""
        known = self._weights.get(feature)
        if known is None:
            known = weight(feature) * self.of(feature)
            if feature in self.counts:
                self._weights[feature] = known
        return known

    def count(self, feature: str) -> int:
        return self.counts.get(feature, 0)


_kept: WeakKeyDictionary[Engine | Connection, OrderedDict[int, Rarity]] = WeakKeyDictionary()

# ts_stat counts in the server, in C; it takes a query as text, so the shop is put in as a number.
_COUNT = "SELECT word, ndoc FROM ts_stat('SELECT lexemes FROM faq_wording WHERE live AND shop_id = {shop}')"


async def rarity_of(session: AsyncSession, shop_id: int) -> Rarity:
    row = (
        await session.execute(select(FaqIndex.version, FaqIndex.wordings).filter_by(shop_id=shop_id))
    ).first()
    if row is None:
        return Rarity(0, 0, {})
    shops = _kept.setdefault(session.get_bind(), OrderedDict())
    known = shops.get(shop_id)
    if known is None or not _still_good(known, row.version, row.wordings):
        known = shops[shop_id] = await _counted(session, shop_id, row.version, row.wordings)
    shops.move_to_end(shop_id)
    while len(shops) > 1 and sum(len(one.counts) for one in shops.values()) > KEPT:
        shops.popitem(last=False)
    return known


def _still_good(known: Rarity, version: int, wordings: int) -> bool:
    """In a large shop a few changes make no feature rarer that anyone would notice.

    Each change raises the version by one, however many entries it is about; hence the look at the number.
    """
    if known.version == version:
        return True
    few = abs(known.wordings - wordings) + (version - known.version) < wordings / SMALL_CHANGE
    return wordings > LARGE and few


async def _counted(session: AsyncSession, shop_id: int, version: int, wordings: int) -> Rarity:
    prefix = len(lexeme(shop_id, ""))
    rows = await session.execute(text(_COUNT.format(shop=int(shop_id))))
    return Rarity(version, wordings, {row.word[prefix:]: row.ndoc for row in rows})
