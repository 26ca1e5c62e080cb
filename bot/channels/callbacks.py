"""The door for platforms: `/channels/{channel}/{account}`. Verifies, stores, answers; the work comes later.

A request is counted by what became of it; of what it carries nothing is logged.
"""

import asyncio
import functools
import logging
import math
from dataclasses import dataclass
from typing import cast

from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask

from bot import errors
from bot.accounts import Accounts, Open
from bot.channels.rate import Rate
from bot.channels.registry import CHANNELS
from bot.channels.seam import Callback, Forged, Refused
from bot.errors import Problem
from bot.intake import Intake
from bot.metrics import CALLBACKS
from bot.vault import WrongKey

MAX_BODY = 512 * 1024  # bytes: platforms send references to files, never files
MAX_FIELD = 8 * 1024  # bytes of query and of each header

logger = logging.getLogger(__name__)
routes = APIRouter(prefix="/channels", tags=["callbacks"], include_in_schema=False)


@dataclass
class Door:
    accounts: Accounts
    intake: Intake
    forgeries: Rate  # of one address: a platform's own address is never slowed down


@routes.api_route("/{channel}/{account}", methods=["GET", "POST"])
async def callback(channel: str, account: str, request: Request) -> Response:
    if channel not in CHANNELS:
        raise Problem(404, "not_found", "Not Found")
    door = cast(Door, request.app.state.door)
    address = request.client.host if request.client else ""
    try:
        opened, read = await _read(door, channel, account, request, address)
        take = functools.partial(
            door.intake.take,
            opened.account,
            opened.channel.budget is not None,
            hold=opened.channel.hold,
        )
        answer = await opened.channel.callback(read, take)
    except Refused as refused:
        CALLBACKS.labels(channel, refused.reason).inc()
        if isinstance(refused, Forged) and (wait := door.forgeries.wait_for(address)):
            return _slow_down(wait)
        return errors.body(refused.status, refused.reason, "this callback is refused")
    except Problem as problem:
        CALLBACKS.labels(channel, problem.code).inc()
        raise
    except asyncio.CancelledError:
        CALLBACKS.labels(channel, "cut").inc()
        raise
    except Exception:
        CALLBACKS.labels(channel, "failed").inc()
        raise
    CALLBACKS.labels(channel, "taken").inc()
    after = BackgroundTask(answer.sent) if answer.sent else None
    return Response(answer.body, answer.status, media_type=answer.media_type, background=after)


async def _read(
    door: Door, channel: str, account: str, request: Request, address: str
) -> tuple[Open, Callback]:
    """The account and the request, within the limits. Raises Problem."""
    if len(request.url.query) > MAX_FIELD:
        raise Problem(414, "too_long", "the query is too long")
    if any(len(value) > MAX_FIELD for _, value in request.headers.raw):
        raise Problem(431, "too_long", "a header is too long")
    try:
        opened = await door.accounts.by_name(channel, account.replace("\0", "?"))
    except WrongKey as error:
        logger.error("an account's secrets cannot be opened: %s", error)
        raise Problem(503, "unavailable", "the account is not usable now") from None
    if opened is None:
        raise Problem(404, "unknown_account", "there is no such account")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(413, "too_large", f"a callback has at most {MAX_BODY // 1024} KB")
    headers = {name.lower(): value for name, value in request.headers.items()}
    read = Callback(request.method, dict(request.query_params), headers, bytes(body), address)
    return opened, read


def _slow_down(seconds: float) -> Response:
    wait = str(math.ceil(seconds))
    return errors.body(
        429, "too_fast", f"too many forged callbacks; wait {wait} s", None, {"Retry-After": wait}
    )
