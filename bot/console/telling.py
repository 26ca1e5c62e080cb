"""One piece of news for all the inboxes that hear it: read from the database once, each fragment rendered
once. What two hundred open inboxes cost is then little more than what one costs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.console.inbox import views_with
from bot.console.page import render
from bot.console.rows import Filters, row_of
from bot.console.words import Words
from bot.staff.access import Who
from bot.support import reading
from bot.support.desk import Support
from bot.support.feed import News
from bot.support.reading import Counted, Listed


class Telling:
    """Shared by the listeners of one shop. Whatever depends on who listens is part of a fragment's key."""

    def __init__(self, desk: Support, who: Who, news: News) -> None:
        self._desk, self._who, self._news = desk, who, news
        self._read: dict[str, asyncio.Future[Any]] = {}
        self._fragments: dict[tuple[object, ...], str] = {}

    @classmethod
    def of(cls, desk: Support, who: Who, news: News) -> "Telling":
        """The one that goes with the news."""
        telling: Telling = news.kept.setdefault("telling", cls(desk, who, news))
        return telling

    async def row(self, conversation: str, who: Who, filters: Filters, ours: Words, opened: str) -> str:
        """The conversation's row in that list, or word that it is not in it (any more)."""
        listed = (await self._listed()).get(conversation)
        item = listed.by(who) if listed else None
        if item is None:
            return f'<i data-gone="c-{conversation}"></i>'
        current = opened == conversation
        # What one was called to stays in one's list while one reads it there.
        read = current and filters.wanted.named and listed is not None and listed.names(who)
        if not read and not filters.fits(item, who):
            # Not in that list; it may ring all the same.
            row = row_of(item, who, filters, ours)
            return render("inbox/elsewhere.html", ours.language, who, c=row)
        known = bool(filters.search.strip())
        mine = (item["owner"] or {}).get("id") == who.staff_id
        key = (
            conversation,
            ours.language,
            item["unread"],
            item["named"],
            mine,
            filters.view == "waiting",
            known,
            current,
        )

        def write() -> str:
            row = row_of(item, who, filters, ours)
            html = render("inbox/row.html", ours.language, who, c=row, opened_id=opened if current else "")
            # The list is a search's: what changes is not looked for, so only rows that are there follow.
            return html.replace("<li ", '<li data-known="only" ', 1) if known else html

        return self._fragment(key, write)

    async def tabs(self, who: Who, filters: Filters, ours: Words) -> str:
        """The tabs with their numbers."""
        counted = (await self._counted()).by(who)

        def write() -> str:
            values = {"views": views_with(counted, ours), "filters": filters, "oob": False}
            return render("inbox/tabs.html", ours.language, who, **values)

        return self._fragment(("tabs", ours.language, filters.view, *counted.values()), write)

    def _fragment(self, key: tuple[object, ...], write: Callable[[], str]) -> str:
        if key not in self._fragments:
            self._fragments[key] = write()
        return self._fragments[key]

    async def _listed(self) -> dict[str, Listed]:
        async def read() -> dict[str, Listed]:
            async with self._desk.single() as session:
                return await reading.for_everyone(session, self._who, self._news.conversations)

        found: dict[str, Listed] = await self._once("listed", read)
        return found

    async def _counted(self) -> Counted:
        async def read() -> Counted:
            async with self._desk.single() as session:
                return await reading.count(session, self._who)

        counted: Counted = await self._once("counted", read)
        return counted

    async def _once(self, name: str, read: Callable[[], Awaitable[Any]]) -> Any:
        """Read by whoever comes first; it goes on when that one leaves."""
        if name not in self._read:
            self._read[name] = asyncio.ensure_future(read())
        return await asyncio.shield(self._read[name])
