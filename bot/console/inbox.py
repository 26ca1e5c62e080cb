"""The inbox page and what it loads: the list, a conversation with its shopper, older lines, pictures."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.api.asking import Desk
from bot.console import lines, moods
from bot.console.asking import signed_in
from bot.console.card import Card, read_card
from bot.console.lines import Reader
from bot.console.opened import Opened, read_head, read_opened
from bot.console.page import is_script, page, render
from bot.console.people import SPOKEN
from bot.console.rows import CHANNELS, EMPTY, VIEWS, Filters, Row, row_of
from bot.console.told import Told
from bot.console.words import Words, words
from bot.errors import Problem
from bot.models import Attachment, Conversation
from bot.staff import accounts
from bot.staff.access import Right, Who
from bot.staff.audit import note_look
from bot.support import opened as marks
from bot.support import reading
from bot.support.desk import Support
from shop.database import transaction

routes = APIRouter(include_in_schema=False, route_class=Told)

Reading = Annotated[Who, Depends(signed_in(Right.read))]
Short = Annotated[str, Query(max_length=100)]


def filters_of(
    view: Annotated[str, Query(max_length=20)] = "waiting",
    search: Short = "",
    language: Annotated[str, Query(pattern="^(zh|ug)?$")] = "",
    channel: Annotated[str, Query(max_length=20)] = "",
    mood: Annotated[str, Query(max_length=20)] = "",
    agent: Annotated[str, Query(pattern=r"^\d{0,9}$")] = "",
    unread: Annotated[str, Query(max_length=1)] = "",
) -> Filters:
    return Filters(
        view if view in VIEWS else "waiting",
        search.replace("\0", ""),
        language,
        channel if channel in CHANNELS else "",
        mood if mood in moods.WORDS else "",
        int(agent) if agent else None,
        bool(unread),
    )


Chosen = Annotated[Filters, Depends(filters_of)]


class Listed:
    """A page of the list. `searched`: in how many conversations words were looked for, on a first page."""

    def __init__(self, rows: list[Row], after: str | None, searched: str = "") -> None:
        self.rows, self.next, self.searched = rows, after, searched


async def list_of(
    session: AsyncSession, who: Who, filters: Filters, ours: Words, after: str | None = None
) -> Listed:
    found = await reading.list_conversations(session, who, filters.wanted, after=after)
    items = [item for item in found.items if not filters.unread or item["unread"]]
    searched = f"{reading.SEARCHED:,}" if filters.wanted.search and after is None else ""
    return Listed([row_of(item, who, filters, ours) for item in items], found.after, searched)


async def views_of(session: AsyncSession, who: Who, ours: Words) -> list[tuple[str, str, int]]:
    """The tabs: (view, word, how many). Under *Mine* all that stands there, the mentions too."""
    return views_with((await reading.count(session, who)).by(who), ours)


def views_with(counted: dict[str, int], ours: Words) -> list[tuple[str, str, int]]:
    numbers = {
        "waiting": counted["queued"],
        "mine": counted["mine"] + counted["named"],
        "people": counted["human"],
    }
    return [(view, ours.gettext(word), numbers.get(view, 0)) for view, (word, _) in VIEWS.items()]


@routes.get("/inbox")
async def inbox(request: Request, who: Reading, desk: Desk, filters: Chosen) -> Response:
    return await _inbox(request, who, desk, filters, None)


@routes.get("/inbox/rows")
async def rows(
    who: Reading, desk: Desk, filters: Chosen, after: Annotated[str | None, Query(max_length=200)] = None
) -> HTMLResponse:
    ours = words(who.language)
    async with desk.single() as session:
        listed = await list_of(session, who, filters, ours, after)
        views = await views_of(session, who, ours)
    html = render("inbox/list.html", ours.language, who, listed=listed, opened_id="")
    if after is None:
        html += render("inbox/tabs.html", ours.language, who, views=views, filters=filters, oob=True)
    return fragment(html)


@routes.get("/inbox/{conversation}")
async def conversation(
    request: Request, who: Reading, desk: Desk, filters: Chosen, conversation: uuid.UUID
) -> Response:
    if not is_script(request):
        return await _inbox(request, who, desk, filters, conversation)
    ours = words(who.language)
    async with transaction(desk.sessions) as session:
        opened, card = await _open(session, who, desk, conversation, ours)
    return fragment(_opened_html(who, desk, opened, card))


@routes.get("/inbox/{conversation}/older")
async def older(
    who: Reading, desk: Desk, conversation: uuid.UUID, before: Annotated[int, Query(ge=1, le=2**31 - 1)]
) -> HTMLResponse:
    ours = words(who.language)
    async with desk.single() as session:
        head = await read_head(session, who, conversation, ours)
        reader = Reader(ours, head.name, desk.translator is not None)
        shown, further = await lines.page_of(session, conversation, reader, before=before)
    opened = Opened(**{**vars(head), "older": further})
    html = render("inbox/older.html", ours.language, who, opened=opened)
    return fragment(html + lines_html(who, shown))


@routes.get("/inbox/{conversation}/pictures/{picture}")
async def picture(who: Reading, desk: Desk, conversation: uuid.UUID, picture: uuid.UUID) -> Response:
    async with desk.single() as session:
        row = await reading.conversation_row(session, who, conversation)
        theirs = select(Conversation.id).filter_by(contact_id=row["contact_id"], shop_id=who.shop_id)
        found = await session.scalar(
            select(Attachment).where(Attachment.id == picture, Attachment.conversation_id.in_(theirs))
        )
    if found is None or not found.content_type.startswith("image/"):
        raise Problem(404, "not_found", "no such picture")
    headers = {
        "Cache-Control": "private, max-age=86400",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(found.content, media_type=found.content_type, headers=headers)


async def _inbox(
    request: Request, who: Who, desk: Support, filters: Filters, conversation: uuid.UUID | None
) -> Response:
    ours = words(who.language)
    number = await desk.feed.number()  # first: what happens while the page is read comes by the stream
    async with transaction(desk.sessions) as session:
        listed = await list_of(session, who, filters, ours)
        views = await views_of(session, who, ours)
        colleagues = await accounts.members(session, who)
        opened = card = None
        if conversation is not None:
            opened, card = await _open(session, who, desk, conversation, ours)
    word, empty = ours.gettext, EMPTY.get(filters.view)
    return page(
        request,
        "inbox.html",
        who,
        number=number,
        filters=filters,
        listed=listed,
        views=views,
        colleagues=colleagues,
        spoken=SPOKEN,
        channels={code: word(name) for code, name in CHANNELS.items()},
        moods={code: word(name) for code, name in moods.WORDS.items()},
        empty_word=word(empty) if empty else word("No conversations here."),
        keys=_keys(ours),
        oob=False,
        opened_id=str(conversation or ""),
        here_place="/inbox",
        **_opened_values(who, desk, opened, card),
    )


async def _open(
    session: AsyncSession, who: Who, desk: Support, conversation: uuid.UUID, ours: Words
) -> tuple[Opened, Card]:
    """Opening is reading: the mark goes to the last message, and the log knows of it."""
    opened = await read_opened(session, who, conversation, ours, translator=desk.translator is not None)
    card = await read_card(session, who, opened, ours)
    await marks.mark_read(session, who, conversation, opened.last_seq)
    await note_look(session, who, f"conversation {conversation}")
    return opened, card


def _opened_values(who: Who, desk: Support, opened: Opened | None, card: Card | None) -> dict[str, Any]:
    return {
        "opened": opened,
        "card": card,
        "may_act": who.may(Right.answer),
        "can_translate": desk.translator is not None,
    }


def _opened_html(who: Who, desk: Support, opened: Opened, card: Card) -> str:
    return render("inbox/open.html", who.language, who, **_opened_values(who, desk, opened, card))


def lines_html(who: Who, shown: list[lines.Line]) -> str:
    return render("inbox/lines.html", who.language, who, lines_shown=shown)


def fragment(html: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(html, status, headers={"Cache-Control": "no-store"})


def _keys(ours: Words) -> list[tuple[str, str]]:
    word = ours.gettext
    return [
        (word("Next, previous conversation"), "J K"),
        (word("Answer"), "R"),
        (word("Note"), "N"),
        (word("Ready answers, while writing"), "/"),
        (word("Send; new line"), "Enter Shift+Enter"),
        (word("Take this conversation"), "C"),
        (word("Give back to the bot"), "B"),
        (word("Back into the queue"), "Q"),
        (word("Pass on to a colleague"), "M"),
        (word("End the conversation"), "X"),
        (word("Messages, to scroll"), "L"),
        (word("Shopper"), "I"),
        (word("Search"), "/"),
        (word("Waiting, mine, and so on"), "1 2 3"),
        (word("Back to the list"), "U"),
        (word("Leave a field"), "Esc"),
        (word("These keys"), "?"),
    ]
