"""What the WeChat and the WeCom peer share: errors with status 200, faults by path, callbacks to us."""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Self

import aiohttp
from aiohttp import web

from tests.peers.base import Cut, Peer, Trouble, in_thread
from tests.peers.phones import Phones, Shown

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PATIENCE = 5.0  # seconds the platform waits for an answer to a callback
TRIES = 3


class WeixinPeer(Peer):
    """A context manager: it runs in a thread of its own. `fail` troubles the next calls of a path, `plan` (of
    the base) sends to users; `phones` is what users see."""

    def __init__(self) -> None:
        super().__init__()
        self.phones = Phones()
        self.media: dict[str, tuple[str, bytes]] = {}
        self.patience = PATIENCE
        self._troubles: defaultdict[str, deque[Trouble | int]] = defaultdict(deque)
        self._running: contextlib.AbstractContextManager[Any] | None = None
        self._client: aiohttp.ClientSession | None = None

    # --- for tests ------------------------------------------------------------------------------------------

    def fail(self, path: str, *troubles: Trouble | int) -> None:
        """The next calls of that path meet these troubles, or the platform's errors of these codes."""
        self._troubles[path].extend(troubles)

    def run(self, doing: Coroutine[Any, Any, Any], within: float = 60) -> Any:
        """Run it in the peer's thread, and wait."""
        return self.soon(doing).result(within)

    def soon(self, doing: Coroutine[Any, Any, Any]) -> Future[Any]:
        assert self.loop is not None
        return asyncio.run_coroutine_threadsafe(doing, self.loop)

    def __enter__(self) -> Self:
        self._running = in_thread(self)
        self._running.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._running is not None
        self._running.__exit__(None, None, None)

    # --- for subclasses -------------------------------------------------------------------------------------

    def token_problem(self, request: web.Request) -> web.Response | None:
        raise NotImplementedError

    def limited(self, seconds: float) -> web.Response:
        return answer(45011, "api minute-quota reach limit")

    def coded(self, code: float) -> web.Response:
        return answer(int(code), "refused")

    @property
    def client(self) -> aiohttp.ClientSession:
        assert self._client is not None
        return self._client

    def post(self, path: str, handler: Handler) -> web.RouteDef:
        return web.post(path, self._troubled(path, handler))

    def get(self, path: str, handler: Handler) -> web.RouteDef:
        return web.get(path, self._troubled(path, handler))

    def show(self, user: str, shown: Shown) -> None:
        """A user sees it."""
        self.phones.show(user, shown)
        self.take(user, shown.text, way=shown.way)

    async def file(self, request: web.Request) -> web.Response:
        if problem := self.token_problem(request):
            return problem
        kind, content = self.media.get(request.query.get("media_id", ""), ("", b""))
        if not content:
            return answer(40007, "invalid media_id")
        return web.Response(body=content, content_type=kind)

    async def start(self, port: int = 0) -> Self:
        await super().start(port)
        self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self

    async def stop(self) -> None:
        await self.client.close()
        await super().stop()

    def _troubled(self, path: str, handler: Handler) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            self.calls[path] += 1
            if not self._troubles[path]:
                return await handler(request)
            trouble = self._troubles[path].popleft()
            if isinstance(trouble, int):
                return self.coded(trouble)
            if trouble in (Trouble.taken_cut, Trouble.taken_error):
                await handler(request)
            if trouble == Trouble.hang:
                await self._hang()
            if trouble in (Trouble.cut, Trouble.taken_cut, Trouble.hang):
                raise Cut
            if trouble == Trouble.garbage:
                return web.Response(text="<html>maintenance</html>")
            return web.Response(status=502, text="sorry")

        return handle


def answer(code: int, words: str = "ok", **fields: Any) -> web.Response:
    """JSON that calls itself text, as the platform's, also where a file was asked for."""
    response = web.json_response({"errcode": code, "errmsg": words, **fields})
    response.content_type = "text/plain"
    return response


async def body_of(request: web.Request) -> dict[str, Any]:
    body = await request.json()
    assert isinstance(body, dict)
    return body
