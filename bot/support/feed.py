"""The numbered feed of a shop's changes: one reader a process and shop, any number of listeners.

A number is an *era*: all changes of transactions before it have been told. Transactions commit in another
order than they began, so the newest changes may be told again after a break (each has an `id`); none is ever
left out. Rows are kept for a week.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import sqlalchemy.exc
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.live import Live
from shop.database import Sessions

CHANNEL = "karwan_inbox"  # a trigger notifies it with the shop's id
KEEP_DAYS = 7
LOOK_AGAIN = 5.0  # seconds after which rows are looked at though no notification came
TOGETHER = 0.02  # seconds in which changes are gathered to be read at once
MOST = 2_000  # changes told at once; whoever missed more loads everything anew

_SINCE = text(
    """
    SELECT id, conversation_id, kind, seq, details, era FROM change
    WHERE shop_id = :shop AND era >= :era ORDER BY era, id LIMIT :limit
    """
)
_SETTLED = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_NOW = text(f"SELECT {_SETTLED}")
_BACKLOG = text(
    f"""
    WITH kept AS (SELECT era FROM change ORDER BY at LIMIT 1)
    SELECT {_SETTLED} AS settled,
           (SELECT era FROM kept) <= :era AND :era <= {_SETTLED} AS whole
    """  # noqa: S608 - a constant
)
# The newest of the old ones stays: it tells how far back the feed reaches (the migration laid the first).
_FORGET = text(
    """
    DELETE FROM change
    WHERE at < (SELECT max(at) FROM change WHERE at < now() - make_interval(days => :days))
    """
)

logger = logging.getLogger(__name__)
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Change:
    """One thing that happened to a conversation."""

    id: int
    conversation: str
    kind: str  # message, state, note, seen, rating, handover, delivery
    seq: int | None  # of the message
    details: dict[str, Any]  # message: from; state: mode, owner, epoch

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "conversation": self.conversation,
            "kind": self.kind,
            "seq": self.seq,
            **self.details,
        }


@dataclass(frozen=True, eq=False)
class News:
    """Changes in order, and the number to go on from after them.

    `reset`: so much was missed that everything must be loaded anew. `kept`: what one listener has made of it
    and the others need, too; it goes with the news.
    """

    number: int
    changes: tuple[Change, ...] = ()
    reset: bool = False
    kept: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def conversations(self) -> tuple[str, ...]:
        """The conversations concerned, each once, the one that changed last at the end."""
        return tuple(reversed(dict.fromkeys(change.conversation for change in reversed(self.changes))))

    @cached_property
    def as_events(self) -> str:
        """As server-sent events, written once for all who listen; without changes a comment that carries the
        number on."""
        if self.reset:
            return event("reset", {}, self.number)
        if not self.changes:
            return f"id: {self.number}\n: still here\n\n"
        *others, last = (change.as_json() for change in self.changes)
        return "".join(event("change", one) for one in others) + event("change", last, self.number)


def event(name: str, data: dict[str, Any], number: int | None = None) -> str:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class Feed:
    """Event streams follow it. Take `number()` before a page is read: what happens in between comes by it."""

    def __init__(self, single: Sessions, live: Live, most: int = MOST) -> None:
        self._single = single
        self._most = most
        self._live = live
        self._shops: dict[int, _Shop] = {}
        live.hear(CHANNEL, self._wake)

    async def number(self) -> int:
        async with self._single() as session:
            return int(await session.scalar(_NOW) or 0)

    async def follow(self, shop_id: int, after: int, wait: float = 15.0) -> AsyncIterator[News]:
        """News after that number, until the process stops; one without changes after `wait` quiet seconds."""
        with self._listening(shop_id) as (shop, queue):
            await asyncio.shield(shop.begun)  # what commits after the backlog was read comes by the reader
            news = await unhurt(self._missed(shop_id, after))
            told = {change.id for change in news.changes}
            yield news
            while not self._live.closing:
                try:
                    async with asyncio.timeout(wait):
                        news = await queue.get()
                except TimeoutError:
                    news = News(news.number)
                if news.changes and told:
                    changes = tuple(change for change in news.changes if change.id not in told)
                    told.difference_update(change.id for change in news.changes)
                    news = News(news.number, changes, news.reset)
                yield news

    def listeners(self, shop_id: int) -> int:
        shop = self._shops.get(shop_id)
        return len(shop.queues) if shop else 0

    @contextlib.contextmanager
    def _listening(self, shop_id: int) -> Iterator[tuple["_Shop", asyncio.Queue[News]]]:
        shop = self._shops.get(shop_id)
        if shop is None:
            shop = self._shops[shop_id] = _Shop(shop_id, asyncio.create_task(unhurt(self.number())))
            shop.reader = asyncio.create_task(self._read(shop))
        queue: asyncio.Queue[News] = asyncio.Queue()
        shop.queues.add(queue)
        try:
            yield shop, queue
        finally:
            shop.queues.discard(queue)
            if not shop.queues:
                self._shops.pop(shop_id, None)
                if shop.reader is not None:
                    shop.reader.cancel()

    def _wake(self, payload: str) -> None:
        """A shop has news; an empty payload: perhaps all have."""
        shops = [self._shops.get(int(payload))] if payload else list(self._shops.values())
        for shop in shops:
            if shop is not None:
                shop.news.set()

    async def _missed(self, shop_id: int, after: int) -> News:
        async with self._single() as session:
            known = (await session.execute(_BACKLOG, {"era": after})).one()
            if not known.whole:
                return News(known.settled, reset=True)
            # Read after the number was taken: what commits in between is told now and once more later.
            rows = (await session.execute(_SINCE, {"shop": shop_id, "era": after, "limit": self._most})).all()
        if len(rows) == self._most:
            return News(known.settled, reset=True)
        return News(known.settled, tuple(map(_change, rows)))

    async def _read(self, shop: "_Shop") -> None:
        """Tell every listener of the shop what is new, each change once."""
        try:
            number, told = await asyncio.shield(shop.begun), set[int]()
        except sqlalchemy.exc.SQLAlchemyError:
            return  # whoever listens is told the same, and goes
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN):
                    await shop.news.wait()
                    await asyncio.sleep(TOGETHER)
            shop.news.clear()
            try:
                settled, rows = await unhurt(self._since(shop.id, number))
            except (sqlalchemy.exc.DBAPIError, sqlalchemy.exc.TimeoutError) as error:
                logger.warning("the feed could not be read: %s", type(error).__name__)
                await asyncio.sleep(1)
                shop.news.set()
                continue
            fresh = tuple(_change(row) for row in rows if row.id not in told)
            if fresh or settled != number:
                news = News(settled, fresh, reset=len(rows) == self._most)
                for queue in shop.queues:
                    queue.put_nowait(news)
            number, told = settled, {row.id for row in rows if row.era >= settled}

    async def _since(self, shop_id: int, number: int) -> tuple[int, list[Row[Any]]]:
        async with self._single() as session:
            settled = int(await session.scalar(_NOW) or 0)
            rows = await session.execute(_SINCE, {"shop": shop_id, "era": number, "limit": self._most})
            return settled, list(rows.all())


async def unhurt(work: Coroutine[Any, Any, _Made]) -> _Made:
    """Whoever waits for it may be cancelled at any moment, as streams are: its statements go on to their end,
    and the connection goes back whole."""
    task = asyncio.create_task(work)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return await asyncio.shield(task)


async def all_through() -> None:
    """Wait for the statements that nobody waits for any more: before the connections are closed."""
    await asyncio.gather(*_under_way, return_exceptions=True)


_under_way: set[asyncio.Task[Any]] = set()


class _Shop:
    """Those in this process who listen to one shop."""

    def __init__(self, shop_id: int, begun: asyncio.Task[int]) -> None:
        self.id = shop_id
        self.begun = begun
        """The number the reader tells from."""
        self.queues: set[asyncio.Queue[News]] = set()
        self.news = asyncio.Event()
        self.reader: asyncio.Task[None] | None = None


def _change(row: Row[Any]) -> Change:
    return Change(row.id, str(row.conversation_id), row.kind, row.seq, row.details or {})


async def forget_old_changes(session: AsyncSession) -> None:
    """The sweep's. Whoever comes back after longer than that loads everything anew."""
    await session.execute(_FORGET, {"days": KEEP_DAYS})
