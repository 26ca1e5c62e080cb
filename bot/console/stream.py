"""The inbox's event stream: what changed, as HTML that is ready to be put in place, numbered by the feed.

A page that comes back with its last number gets exactly what it missed, each conversation's row once and each
line of the open conversation once.
"""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.ext.asyncio import AsyncSession

from bot.api.asking import Desk, find_asker
from bot.console import lines
from bot.console.asking import signed_in
from bot.console.inbox import Chosen, lines_html
from bot.console.lines import Reader
from bot.console.opened import read_head
from bot.console.page import render
from bot.console.rows import Filters
from bot.console.telling import Telling
from bot.console.words import words
from bot.staff.access import Right, Who
from bot.staff.errors import NotFound, StaffError
from bot.support import reading
from bot.support.attendance import show_life
from bot.support.desk import Support
from bot.support.feed import News
from bot.support.presence import LIVES, Sign

KEEP_ALIVE = 10.0  # seconds; presence is said again as often, the login looked at half as often
MOST_ROWS = 150  # conversations told one by one; a page that missed more is loaded anew

routes = APIRouter(include_in_schema=False)
Reading = Annotated[Who, Depends(signed_in(Right.read))]


@routes.get("/inbox/events", response_class=StreamingResponse)
async def events(
    request: Request,
    who: Reading,
    desk: Desk,
    filters: Chosen,
    open: Annotated[str, Query(max_length=40)] = "",
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    last_event_id: Annotated[str, Header()] = "",
) -> StreamingResponse:
    start = int(last_event_id[:18]) if last_event_id.isascii() and last_event_id.isdecimal() else after
    if start is None:
        start = await desk.feed.number()
    stream = Stream(request, desk, who, filters, _uuid(open))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream.events(start), media_type="text/event-stream", headers=headers)


class Stream:
    """One inbox that listens."""

    def __init__(
        self, request: Request, desk: Support, who: Who, filters: Filters, opened: uuid.UUID | None
    ) -> None:
        self._request = request
        self._desk = desk
        self._who = who
        self._filters = filters
        self._opened = opened
        self._ours = words(who.language)
        self._others: dict[str, list[str]] = {}
        self._inbox: asyncio.Queue[News | Sign | None] = asyncio.Queue()
        self._gone = False  # whoever listened

    async def events(self, after: int) -> AsyncIterator[str]:
        """The work is a task's: when the reader goes, the framework cancels again and again whatever this
        generator waits for, and a statement cut off like that loses its connection. So the task is not
        cancelled either: it ends with what it has in hand."""
        ready: asyncio.Queue[str | None] = asyncio.Queue()
        working = asyncio.create_task(self._work(after, ready))
        working.add_done_callback(lambda _: ready.put_nowait(None))
        try:
            while (event := await ready.get()) is not None:
                yield event
        finally:
            self._gone = True
            self._inbox.put_nowait(None)

    async def _work(self, after: int, ready: asyncio.Queue[str | None]) -> None:
        await self._check()
        inbox = self._inbox

        def heard(sign: Sign) -> None:
            if sign.conversation == str(self._opened) and sign.staff_id != self._who.staff_id:
                inbox.put_nowait(sign)

        async def pump() -> None:
            async for news in self._desk.feed.follow(self._who.shop_id, after, KEEP_ALIVE * spread):
                inbox.put_nowait(news)

        clock = asyncio.get_running_loop().time
        spread = random.uniform(0.7, 1)  # noqa: S311 - so that many inboxes do not all look at one moment
        looks, look_again = 0, clock() + KEEP_ALIVE * random.uniform(0.2, 1)  # noqa: S311
        pumping = asyncio.create_task(pump())
        pumping.add_done_callback(lambda _: inbox.put_nowait(None))
        try:
            await self._look(True)
            with self._desk.presence.heard(heard):
                while (item := await inbox.get()) is not None and not self._gone:
                    async for event in self._told(item):  # first: looking takes a while
                        ready.put_nowait(event)
                    if clock() > look_again:
                        looks += 1
                        if looks % 2 and await self._ended():
                            return
                        await self._look(True)
                        look_again = clock() + KEEP_ALIVE * spread
        finally:
            pumping.cancel()
            await self._look(False)

    async def _told(self, item: News | Sign) -> AsyncIterator[str]:
        if isinstance(item, News):
            if item.reset or len(item.conversations) > MOST_ROWS:
                yield _event("gone", "{}")
                return
            html = await self._html(item) if item.changes else ""
            yield _event("update", html, item.number) if html else f"id: {item.number}\n: still here\n\n"
        others = self._here()
        if others != self._others:
            self._others = others
            yield _event("others", json.dumps(others, ensure_ascii=False))

    async def _html(self, news: News) -> str:
        """Rows, then the lines and the head of the open conversation, then the tabs' numbers."""
        telling = Telling.of(self._desk, self._who, news)
        opened, reader = str(self._opened or ""), (self._who, self._filters, self._ours)
        # Who has seen that a note names them changes a number alone: no row moves under their eyes.
        told = {change.conversation for change in news.changes if change.kind != "seen"}
        parts = [await telling.row(one, *reader, opened) for one in news.conversations if one in told]
        if opened in told:
            async with self._desk.single() as session:
                parts.append(await self._thread(session, news))
        if any(change.kind in ("state", "note", "seen") for change in news.changes):
            parts.append(await telling.tabs(*reader))
        return "".join(parts)

    async def _thread(self, session: AsyncSession, news: News) -> str:
        assert self._opened is not None
        mine = [change for change in news.changes if change.conversation == str(self._opened)]
        try:
            head = await read_head(session, self._who, self._opened, self._ours)
        except NotFound:  # deleted meanwhile
            return ""
        seqs = {change.seq for change in mine if change.seq is not None}
        heard = [change.seq for change in mine if change.seq and change.details.get("from") == "shopper"]
        if heard:
            seqs.update(await lines.answered_by(session, self._opened, max(heard)))
        shown = await lines.these(
            session,
            self._opened,
            Reader(self._ours, head.name, self._desk.translator is not None),
            seqs=sorted(seqs),
            notes=[int(change.details["row"]) for change in mine if change.kind == "note"],
            handovers=any(change.kind in ("state", "handover") for change in mine),
        )
        html = lines_html(self._who, shown)
        if any(change.kind in ("state", "handover") for change in mine):
            html += self._render("inbox/head.html", opened=head)
            html += self._render("inbox/why.html", opened=head)
            html += self._render("inbox/seat.html", opened=head)
        return html

    def _render(self, name: str, **values: Any) -> str:
        return render(name, self._ours.language, self._who, **values)

    def _here(self) -> dict[str, list[str]]:
        if self._opened is None:
            return {"looking": [], "typing": []}
        signs = [sign for sign in self._desk.presence.at(self._opened) if sign.staff_id != self._who.staff_id]
        return {
            "looking": [sign.name for sign in signs],
            "typing": [sign.name for sign in signs if sign.typing],
        }

    async def _check(self) -> None:
        """That what is open is of the reader's shop; else nothing is."""
        if self._opened is None:
            return
        async with self._desk.single() as session:
            try:
                await reading.conversation_row(session, self._who, self._opened)
            except NotFound:
                self._opened = None

    async def _look(self, looking: bool) -> None:
        if self._opened is not None:
            await self._desk.presence.tell(self._who, self._opened, looking=looking)

    async def _ended(self) -> bool:
        """Whether the login that opened the stream is over; if not, an open inbox is a sign of life.

        The cookie it came with may only have been changed for a fresh one: then the page comes again.
        """
        try:
            if await find_asker(self._request, self._desk, touch=False) is None:
                return True
        except StaffError:  # they work here no longer
            return True
        async with self._desk.single() as session:
            await show_life(session, self._who)
        return False


assert KEEP_ALIVE < LIVES


def _event(name: str, data: str, number: int | None = None) -> str:
    """Of HTML: its lines each in a `data` field, which the browser joins again."""
    head = f"id: {number}\n" if number is not None else ""
    body = "".join(f"data: {line}\n" for line in data.splitlines())
    return f"{head}event: {name}\n{body}\n"


def _uuid(given: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(given)
    except ValueError:
        return None
