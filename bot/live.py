"""Who waits for news of which conversation: one LISTEN for the whole process, fanned out to waiters."""

import asyncio
import contextlib
import logging
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator

import psycopg

CHANNEL = "karwan_conversation"

logger = logging.getLogger(__name__)


class Live:
    """Wakes waiters when a conversation has something new. A wake may be spurious; rows are the truth."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url.replace("+psycopg", "", 1)
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._hearers: dict[str, Callable[[str], None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.closing = False

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def close(self) -> None:
        """Whoever waits shall end. May be called from a signal handler."""
        self.closing = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake_all)

    def hear(self, channel: str, hearer: Callable[[str], None]) -> None:
        """Have every notification of another channel given to `hearer`; "" when some may have been missed."""
        self._hearers[channel] = hearer

    @contextlib.contextmanager
    def news_of(self, conversation: uuid.UUID) -> Iterator[asyncio.Event]:
        """An event that is set at every piece of news; clear it before looking at the rows."""
        event, key = asyncio.Event(), str(conversation)
        self._waiting[key].add(event)
        try:
            yield event
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]

    def waiting(self, conversation: uuid.UUID) -> int:
        """How many wait for news of it in this process."""
        return len(self._waiting.get(str(conversation), ()))

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (psycopg.Error, OSError) as error:
                logger.warning("lost the database's notifications: %s", type(error).__name__)
            await asyncio.sleep(1)

    async def _listen_once(self) -> None:
        connect = psycopg.AsyncConnection.connect
        async with await connect(
            self._url, autocommit=True, connect_timeout=5, keepalives_idle=10
        ) as connection:
            for channel in (CHANNEL, *self._hearers):
                await connection.execute(f"LISTEN {channel}")
            self._wake_all()  # whatever was missed while there was no connection
            async for notice in connection.notifies():
                if hearer := self._hearers.get(notice.channel):
                    hearer(notice.payload)
                for event in self._waiting.get(notice.payload, ()):
                    event.set()

    def _wake_all(self) -> None:
        for hearer in self._hearers.values():
            hearer("")
        for events in self._waiting.values():
            for event in events:
                event.set()


async def news_within(event: asyncio.Event, seconds: float) -> bool:
    """Whether there was news in that time."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
