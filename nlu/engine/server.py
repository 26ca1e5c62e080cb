"""The engine's narrow interface: POST /turn, POST /parse, POST /embed, GET /ready.

Loopback only, with a shared secret.

Errors are `{"error": {"code", "message"}}`: 400 unreadable request, 401 wrong secret, 413 too long,
502 an action failed, 503 the action server does not answer, 500 anything else. A turn answers 200 only
when the whole of it was done.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from nlu.engine import meaning
from nlu.engine.runtime import Engine, TurnFailed

MAX_BODY = 256 * 1024
MAX_TEXT = 8_000
MAX_TEXTS = 64  # embedded in one request
STATUS = {"action_failed": 502, "actions_away": 503}

logger = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def serve(engine: Engine, port: int, secret: str, stop: asyncio.Event) -> None:
    """Serve until `stop` is set."""
    await engine.warm_up()
    runner = web.AppRunner(application(engine, secret), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await stop.wait()
    await runner.cleanup()
    await engine.close()


def application(engine: Engine, secret: str) -> web.Application:
    """The aiohttp application over a loaded engine."""

    async def ready(_: web.Request) -> web.Response:
        return web.json_response({"ready": True, "model": engine.model})

    async def parse(request: web.Request) -> web.Response:
        body = await _body(request)
        return web.json_response(await engine.parse(body["text"], body["metadata"]))

    async def turn(request: web.Request) -> web.Response:
        body = await _body(request)
        try:
            answer = await engine.turn(body.get("state"), body["text"], body["metadata"])
        except TurnFailed as failure:
            logger.error("turn failed: %s (%s)", failure.code, _kind(failure))
            return _error(STATUS.get(failure.code, 500), failure.code, str(failure))
        return web.json_response(asdict(answer))

    async def embed(request: web.Request) -> web.Response:
        """In a thread: encoding takes up to 25 ms a text, and turns are answered meanwhile."""
        found = await asyncio.to_thread(meaning.vectors, await _texts(request))
        return web.json_response({"vectors": found})

    app = web.Application(client_max_size=MAX_BODY, middlewares=[_guard(secret)])
    app.add_routes([web.get("/ready", ready), web.post("/parse", parse), web.post("/turn", turn)])
    app.add_routes([web.post("/embed", embed)])
    return app


class _BadRequest(Exception):
    status = 400
    code = "bad_request"


class _TooLong(_BadRequest):
    status = 413
    code = "too_long"


async def _read(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; empty for other JSON, which lacks whatever is looked for."""
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise _BadRequest("the body is not JSON") from error
    return body if isinstance(body, dict) else {}


async def _body(request: web.Request) -> dict[str, Any]:
    """The request's `text`, `metadata` and whatever else it holds."""
    body = await _read(request)
    if not isinstance(body.get("text"), str):
        raise _BadRequest("the body needs a text")
    if len(body["text"]) > MAX_TEXT:
        raise _TooLong(f"the text is longer than {MAX_TEXT} characters")
    if not isinstance(body.setdefault("metadata", {}), dict):
        raise _BadRequest("metadata must be an object")
    return {**body, "text": _sendable(body["text"])}


async def _texts(request: web.Request) -> list[str]:
    """The request's `texts`."""
    texts = (await _read(request)).get("texts")
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise _BadRequest("the body needs texts")
    if len(texts) > MAX_TEXTS or any(len(text) > MAX_TEXT for text in texts):
        raise _TooLong(f"at most {MAX_TEXTS} texts of {MAX_TEXT} characters")
    return [_sendable(text) for text in texts]


def _sendable(text: str) -> str:
    """Half an emoji cannot be sent on."""
    return text.encode("utf-8", "replace").decode()


def _guard(secret: str) -> Any:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        wanted = f"Bearer {secret}"
        if request.path != "/ready" and not hmac.compare_digest(_bytes(given), _bytes(wanted)):
            return _error(401, "unauthorized", "wrong or missing secret")
        try:
            return await handler(request)
        except _BadRequest as error:
            return _error(error.status, error.code, str(error))
        except web.HTTPRequestEntityTooLarge:
            return _error(413, "too_long", f"the body is longer than {MAX_BODY} bytes")
        except web.HTTPException as error:
            return _error(error.status, "http", error.reason)
        except Exception as error:
            logger.error("request failed: %s", _kind(error))
            return _error(500, "internal", type(error).__name__)

    return guard


def _error(status: int, code: str, message: str) -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


def _bytes(header: str) -> bytes:
    return header.encode("utf-8", "surrogateescape")


def _kind(error: BaseException) -> str:
    """The kinds of an error and its causes, without their messages, which may hold a shopper's words."""
    kinds = []
    cause: Any = error
    while cause is not None:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__
    return " < ".join(kinds)
