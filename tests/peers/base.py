"""What every peer has: a server, faults on demand, a record of what it accepted.

A peer lives in an event loop. `in_thread` gives it one of its own, so that a test without a loop can use it.
"""

import asyncio
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self, TypeVar

from aiohttp import web

HANG = 60.0  # seconds, longer than any client waits


class Trouble(StrEnum):
    """What a peer does instead of answering as it should."""

    limited = "limited"  # "too many requests", with the seconds to wait
    error = "error"  # 500
    unavailable = "unavailable"  # 503
    hang = "hang"  # takes the request and never answers
    cut = "cut"  # closes the connection without an answer
    taken_cut = "taken_cut"  # does what was asked for, then closes the connection
    taken_error = "taken_error"  # does it, then answers 500
    garbage = "garbage"  # 200 with something that is not the platform's format
    code = "code"  # the platform's own error of `value`


@dataclass
class Fault:
    """A trouble, for calls that fit, so many times (0: until removed)."""

    trouble: Trouble
    times: int = 1
    to: str | None = None  # only for sends to this receiver
    value: float = 1  # seconds to wait, or the platform's error code
    share: float = 1.0  # of the calls that fit


@dataclass(frozen=True)
class Accepted:
    """A message the platform took: what its user sees."""

    to: str
    text: str
    at: float
    data: dict[str, Any] = field(default_factory=dict)


P = TypeVar("P", bound="Peer")


class Peer:
    """Subclasses add their routes, and `limited` and `coded` as their platform answers."""

    def __init__(self) -> None:
        self.accepted: list[Accepted] = []
        self.calls: Counter[str] = Counter()
        self.troubled: Counter[Trouble] = Counter()
        self.faults: list[Fault] = []
        self.base = ""
        self.watched: dict[str, asyncio.Event] = {}  # set when that receiver is sent something
        self.loop: asyncio.AbstractEventLoop | None = None
        self._chance = random.Random(4)
        self._closing = asyncio.Event()

    # --- for tests ------------------------------------------------------------------------------------------

    def plan(self, trouble: Trouble, **more: Any) -> Fault:
        fault = Fault(trouble, **more)
        self.faults.append(fault)
        return fault

    def texts(self, to: str | int) -> list[str]:
        """What this receiver sees, in order."""
        return [accepted.text for accepted in self.accepted if accepted.to == str(to)]

    # --- for subclasses -------------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    def limited(self, seconds: float) -> web.Response:
        raise NotImplementedError

    def coded(self, code: float) -> web.Response:
        raise NotImplementedError

    async def troubled_send(self, to: str, accept: Callable[[], web.Response]) -> web.StreamResponse:
        """`accept` does and answers what was asked for; a planned fault happens before, after or instead."""
        fault = self._due(to)
        if fault is None:
            return accept()
        self.troubled[fault.trouble] += 1
        match fault.trouble:
            case Trouble.limited:
                return self.limited(fault.value)
            case Trouble.code:
                return self.coded(fault.value)
            case Trouble.error | Trouble.unavailable:
                return web.Response(status=500 if fault.trouble == Trouble.error else 503, text="sorry")
            case Trouble.garbage:
                return web.Response(text="<html>maintenance</html>")
            case Trouble.hang:
                await self._hang()
            case Trouble.taken_cut | Trouble.taken_error:
                accept()
                if fault.trouble == Trouble.taken_error:
                    return web.Response(status=500, text="sorry")
        raise Cut

    def take(self, to: str | int, text: str, **data: Any) -> None:
        self.accepted.append(Accepted(str(to), text, time.monotonic(), data))
        if event := self.watched.get(str(to)):
            event.set()

    def _due(self, to: str) -> Fault | None:
        for fault in self.faults:
            if fault.to in (None, to) and self._chance.random() < fault.share:
                if fault.times:
                    fault.times -= 1
                    if not fault.times:
                        self.faults.remove(fault)
                return fault
        return None

    async def _hang(self) -> None:
        try:
            async with asyncio.timeout(HANG):
                await self._closing.wait()
        except TimeoutError:
            pass

    # --- running --------------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> Self:
        self.loop = asyncio.get_running_loop()
        self._closing = asyncio.Event()
        application = web.Application(middlewares=[_cutting], client_max_size=64 * 2**20)
        application.add_routes(self.routes())
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        listening = self._runner.addresses[0]
        self.base = f"http://127.0.0.1:{listening[1]}"
        return self

    async def stop(self) -> None:
        self._closing.set()
        await self._runner.cleanup()


class Cut(Exception):
    """Close the connection without an answer."""


@web.middleware
async def _cutting(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except Cut:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


@contextmanager
def in_thread(peer: P) -> Iterator[P]:
    """The peer running in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(peer.start(), loop).result(10)
        yield peer
    finally:
        asyncio.run_coroutine_threadsafe(peer.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
