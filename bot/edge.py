"""What every request passes: limits on its body, headers on its answer, counters, who may call from where."""

import asyncio
import logging
import time

from fastapi import FastAPI, Request
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import errors
from bot.errors import Problem

MAX_BODY = 1024 * 1024  # bytes, where a route sets no lower limit
MAX_TABLE = 64 * 1024 * 1024 + 64 * 1024  # a table, as shop.tables reads it
MAX_UPLOAD = 10 * 1024 * 1024 + 64 * 1024  # a picture and the form around it
LIMITS = {"images": MAX_UPLOAD, "import": MAX_TABLE}  # by the last part of the path
SILENT_BODY = 30.0  # seconds between two parts of a body
PUBLIC = ("/channels/web/", "/widget.js")  # used by scripts on sellers' pages, which are of other origins
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

REQUESTS = Counter("karwan_requests_total", "HTTP requests", ["route", "status"])
SECONDS = Histogram("karwan_request_seconds", "Time until an answer begins", ["route"])

logger = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    app.add_middleware(Edge)
    app.add_middleware(OpenToSellers)


class OpenToSellers:
    """CORS for the widget's paths: any origin, no cookies. The token in the header is the key."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST", "OPTIONS"],
            allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
            expose_headers=["Retry-After"],
            max_age=86400,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        public = scope["type"] == "http" and scope["path"].startswith(PUBLIC)
        await (self._open if public else self._app)(scope, receive, send)


class Edge:
    """Pure ASGI: an event stream passes through untouched and ends when its client goes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                if cookie := scope.get("state", {}).get("set_cookie"):
                    headers.append("set-cookie", cookie)
                _count(scope, status, time.perf_counter() - begun)
            await send(message)

        try:
            await self._app(scope, _limited(scope, receive), answer)
        except Exception as error:
            logger.error("request failed", exc_info=error)
            if not status:
                await errors.body(500, "internal", "something broke on our side")(scope, receive, answer)


def _count(scope: Scope, status: int, seconds: float) -> None:
    """By the route's pattern, never by the path: an address may hold an id."""
    route = getattr(scope.get("route"), "path", "unknown")
    REQUESTS.labels(route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """`receive` that raises Problem: 413 at the announced or counted size, 408 when the body stops coming."""
    limit = LIMITS.get(scope["path"].rpartition("/")[2], MAX_BODY)
    announced = Headers(scope=scope).get("content-length", "0")
    read, complete = 0, False

    async def limited() -> Message:
        nonlocal read, complete
        if complete:  # what comes now is the news that the client has gone
            return await receive()
        if int(announced) > limit:
            raise _too_large(limit)
        try:
            async with asyncio.timeout(SILENT_BODY):
                message = await receive()
        except TimeoutError:
            raise Problem(408, "too_slow", "the rest of the body did not come") from None
        read += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if read > limit:
            raise _too_large(limit)
        return message

    return limited


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"the body has more than {limit // 1024} KB")


async def loopback_only(request: Request) -> None:
    """A dependency: 404 to whoever does not call from this machine, also through a proxy on it."""
    host = request.client.host if request.client else ""
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    if forwarded or host not in ("127.0.0.1", "::1"):
        raise Problem(404, "not_found", "Not Found")
