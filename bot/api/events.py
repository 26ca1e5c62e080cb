"""The stream of a shop's changes (server-sent events), resumable by number."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse

from bot.api.asking import Desk, find_asker, may
from bot.staff.access import Right, Who
from bot.staff.errors import StaffError
from bot.support.attendance import show_life
from bot.support.desk import Support
from bot.support.feed import News, event, unhurt
from bot.support.presence import Sign

KEEP_ALIVE = 15.0  # seconds; as often it is checked whether the login still lives

routes = APIRouter(tags=["conversations"])
Reader = Annotated[Who, Depends(may(Right.read))]


@routes.get("/events", response_class=StreamingResponse)
async def events(
    desk: Desk,
    who: Reader,
    request: Request,
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    last_event_id: Annotated[str, Header()] = "",
) -> StreamingResponse:
    """`change` (its id is the number to go on from), `reset` when too much was missed: load everything anew,
    and `presence`. Without a number it begins now."""
    known = last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) <= 18
    start = int(last_event_id) if known else after
    if start is None:
        start = await desk.feed.number()
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _events(desk, who, request, start), media_type="text/event-stream", headers=headers
    )


async def _events(desk: Support, who: Who, request: Request, after: int) -> AsyncIterator[str]:
    outbox: asyncio.Queue[News | Sign] = asyncio.Queue()

    def heard(sign: Sign) -> None:
        if sign.shop_id == who.shop_id and sign.staff_id != who.staff_id:
            outbox.put_nowait(sign)

    async def pump() -> None:
        async for news in desk.feed.follow(who.shop_id, after, KEEP_ALIVE):
            outbox.put_nowait(news)

    pumping = asyncio.create_task(pump())
    pumping.add_done_callback(lambda _: outbox.put_nowait(News(0, reset=True)))
    clock = asyncio.get_running_loop().time
    look_again = clock() + KEEP_ALIVE
    try:
        with desk.presence.heard(heard):
            while True:
                item = await outbox.get()
                if pumping.done() or (clock() > look_again and await unhurt(_ended(desk, who, request))):
                    return
                look_again = clock() + KEEP_ALIVE if clock() > look_again else look_again
                yield event("presence", _sign(item)) if isinstance(item, Sign) else item.as_events
    finally:
        pumping.cancel()


def _sign(sign: Sign) -> dict[str, Any]:
    return {
        "conversation": sign.conversation,
        "staff": {"id": sign.staff_id, "name": sign.name},
        "looking": sign.looking,
        "typing": sign.typing,
    }


async def _ended(desk: Support, who: Who, request: Request) -> bool:
    """Whether the login that opened the stream is over; if not, an open inbox is a sign of life."""
    try:
        if await find_asker(request, desk, touch=False) is None:
            return True
    except StaffError:  # they work here no longer
        return True
    async with desk.single() as session:
        await show_life(session, who)
    return False
