"""Who looks at which conversation, and who types. Nothing is stored: a sign of it lives fifteen seconds.

Every process hears every sign through the database's notifications.
"""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bot.live import Live
from bot.staff.access import Who
from shop.database import Sessions

CHANNEL = "karwan_presence"
LIVES = 15.0  # seconds

_TELL = text("SELECT pg_notify(:channel, :sign)")


@dataclass(frozen=True)
class Sign:
    """That someone looks at a conversation now; `typing`, too. Not looking: they have left it."""

    shop_id: int
    conversation: str
    staff_id: int
    name: str
    looking: bool
    typing: bool


class Presence:
    def __init__(self, single: Sessions, live: Live) -> None:
        self._single = single
        self._signs: dict[tuple[str, int], tuple[float, Sign]] = {}
        live.hear(CHANNEL, self._heard)
        self._hearers: set[Any] = set()

    async def tell(
        self, who: Who, conversation: uuid.UUID, *, looking: bool = True, typing: bool = False
    ) -> None:
        """The caller has checked that the conversation is of the asker's shop (`moves.moment`)."""
        sign = [who.shop_id, str(conversation), who.staff_id, who.name, looking, typing]
        async with self._single() as session:
            await session.execute(_TELL, {"channel": CHANNEL, "sign": json.dumps(sign, ensure_ascii=False)})

    def at(self, conversation: uuid.UUID) -> list[Sign]:
        """Who is there now, by name."""
        now = time.monotonic()
        here = [
            sign
            for (place, _), (until, sign) in self._signs.items()
            if place == str(conversation) and until > now and sign.looking
        ]
        return sorted(here, key=lambda sign: sign.name)

    @contextmanager
    def heard(self, hearer: Any) -> Iterator[None]:
        """Have `hearer(sign)` called at every sign, of any shop: it must look at `shop_id`."""
        self._hearers.add(hearer)
        try:
            yield
        finally:
            self._hearers.discard(hearer)

    def _heard(self, payload: str) -> None:
        if not payload:
            return
        sign = Sign(*json.loads(payload))
        now = time.monotonic()
        self._signs[(sign.conversation, sign.staff_id)] = (now + LIVES, sign)
        if len(self._signs) > 1_000:
            self._signs = {key: kept for key, kept in self._signs.items() if kept[0] > now}
        for hearer in tuple(self._hearers):
            hearer(sign)
