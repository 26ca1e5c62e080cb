"""Who waits for news of which conversation: one LISTEN for the whole process, fanned out to waiters."""

import asyncio
import contextlib
import logging
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from typing import Self

import psycopg

CHANNEL = "karwan_conversation"

logger = logging.getLogger(__name__)


class Live:
    """Wakes waiters when a conversation has something new. A wake may be spurious; rows are the truth."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url.replace("+psycopg", "", 1)
        self._waiting: defaultdict[uuid.UUID, set[asyncio.Event]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        self._task = asyncio.create_task(self._listen())
        try:
            yield self
        finally:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @contextlib.contextmanager
    def news_of(self, conversation: uuid.UUID) -> Iterator[asyncio.Event]:
        """An event that is set at every piece of news; clear it before looking at the rows."""
        event = asyncio.Event()
        self._waiting[conversation].add(event)
        try:
            yield event
        finally:
            self._waiting[conversation].discard(event)
            if not self._waiting[conversation]:
                del self._waiting[conversation]

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except psycopg.Error as error:
                logger.warning("lost the database's notifications: %s", type(error).__name__)
                await asyncio.sleep(1)

    async def _listen_once(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._wake_all()  # whatever was missed while there was no connection
            async for notice in connection.notifies():
                for event in self._waiting.get(uuid.UUID(notice.payload), ()):
                    event.set()

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()
