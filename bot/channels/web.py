"""The web channel: sessions, messages, pictures, and news by server-sent events (docs/api.md)."""

import asyncio
import json
import math
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal, cast

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import RowMapping, select, text
from starlette.requests import ClientDisconnect

from bot.channels.pictures import MAX_BYTES, NotAPicture, reencode
from bot.channels.rate import Rate
from bot.channels.web_sessions import WebSession, WebSessions
from bot.errors import Problem
from bot.inbox import ConversationGone, Stored, store_message
from bot.live import Live, news_within
from bot.models import Attachment
from nlu.text.clean import clean
from shop.database import Sessions, transaction
from shop.shops import shop_by_slug

MAX_TEXT = 4_000  # characters
MAX_BODY = 64 * 1024  # bytes of a message; pictures have their own limit
LONGEST_WAIT = 60.0  # seconds
LOOK_AGAIN = 5.0  # seconds after which a waiting request looks at the rows though nobody woke it
KEEP_ALIVE = 15.0  # seconds
PAGE = 200  # messages a read gives at most
STREAMS = 20  # of one conversation, with its waiting requests, in one process

_MESSAGES = text(
    """
    SELECT c.mode, c.language AS spoken, m.seq, m.sender, m.text, m.title, m.buttons, m.language,
           m.external_id, m.attachment_id, m.at
    FROM conversation c LEFT JOIN message m ON m.conversation_id = c.id AND m.seq > :after
    WHERE c.id = :conversation ORDER BY m.seq LIMIT :limit
    """
)
# For a waiting request: whether its message is handled, the replies so far, who has the conversation.
_ANSWER = text(
    """
    SELECT c.mode, c.language, m.status, r.seq, r.sender, r.text, r.buttons
    FROM message m JOIN conversation c ON c.id = m.conversation_id
    LEFT JOIN message r ON r.in_reply_to = m.id
    WHERE m.id = :message ORDER BY r.seq
    """
)

Id = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
Seconds = Annotated[float, Query(ge=0, description="how long to wait for the replies; 60 at most")]
After = Annotated[int, Query(ge=0, le=2**31 - 1, description="the last seq the client has")]


class NewSession(BaseModel):
    model_config = ConfigDict(extra="ignore")
    language: Literal["zh", "ug"] = "zh"


class NewMessage(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    message_id: Id
    text: str = Field(json_schema_extra={"maxLength": MAX_TEXT})
    title: Annotated[str, StringConstraints(max_length=200)] | None = None
    conversation: Annotated[str, StringConstraints(max_length=100)] | None = None


class Web:
    """What the routes work with. In `single` sessions each statement is its own transaction."""

    def __init__(
        self, sessions: Sessions, single: Sessions, live: Live, messages: Rate, new_sessions: Rate
    ) -> None:
        self.sessions = sessions
        self.single = single
        self.live = live
        self.tokens = WebSessions(single)
        self.messages = messages
        self.new_sessions = new_sessions


async def _web(request: Request) -> Web:
    return cast(Web, request.app.state.web)


Desk = Annotated[Web, Depends(_web)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


async def _shopper(shop: str, web: Desk, bearer: Bearer) -> WebSession:
    """Whose the token is. Raises Problem 401, 403, 404; the body has not been read then."""
    found = await web.tokens.find(bearer.credentials) if bearer else None
    if found is None:
        raise _no_session()
    if found.shop != shop:
        async with web.single() as session:
            if await shop_by_slug(session, _readable(shop)) is None:
                raise _unknown_shop()
        raise Problem(403, "other_conversation", "the token belongs to another shop's conversation")
    return found


Shopper = Annotated[WebSession, Depends(_shopper)]
routes = APIRouter(prefix="/channels/web/{shop}", tags=["web channel"])


def _takes(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The description of a body that a route reads itself, after it knows who sends it."""
    return {"requestBody": {"content": {media_type: {"schema": schema}}}}


@routes.post(
    "/sessions", status_code=201, openapi_extra=_takes("application/json", NewSession.model_json_schema())
)
async def open_session(shop: str, web: Desk, request: Request) -> dict[str, str]:
    _slow_down(web.new_sessions.wait_for(request.client.host if request.client else ""))
    body = await _json(request)
    wish = NewSession.model_validate({} if body is None else body)
    async with transaction(web.sessions) as session:
        known = await shop_by_slug(session, _readable(shop))
        if known is None:
            raise _unknown_shop()
        token, conversation = await web.tokens.open(session, known, wish.language)
    return {"token": token, "conversation": str(conversation)}


@routes.post("/messages", openapi_extra=_takes("application/json", NewMessage.model_json_schema()))
async def send(who: Shopper, web: Desk, request: Request, wait: Seconds = 0) -> Response:
    _slow_down(web.messages.wait_for(who.conversation))
    message = _checked(await _json(request))
    if message.conversation not in (None, str(who.conversation)):
        raise Problem(403, "other_conversation", "the token belongs to another conversation", "conversation")
    return await _taken(web, who, message, None, wait)


_PICTURE_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}, "message_id": {"type": "string"}},
}


@routes.post("/images", openapi_extra=_takes("multipart/form-data", _PICTURE_FORM))
async def send_picture(who: Shopper, web: Desk, request: Request, wait: Seconds = 0) -> Response:
    _slow_down(web.messages.wait_for(who.conversation))
    message, content = await _picture_form(request)
    try:
        picture = await reencode(content)
    except NotAPicture as error:
        raise Problem(422, "not_a_picture", str(error), "file") from None
    return await _taken(web, who, message, picture, wait)


@routes.get("/images/{picture}", response_class=Response)
async def show_picture(who: Shopper, web: Desk, picture: uuid.UUID) -> Response:
    async with web.single() as session:
        found = (await session.scalars(select(Attachment).filter_by(id=picture))).one_or_none()
    if found is None:
        raise Problem(404, "no_picture", "no such picture")
    if found.conversation_id != who.conversation:
        raise Problem(403, "other_conversation", "the picture belongs to another conversation")
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(found.content, media_type=found.content_type, headers=headers)


@routes.get("/messages")
async def read(who: Shopper, web: Desk, after: After = 0) -> dict[str, Any]:
    return await _messages(web, who, after)


@routes.get("/events", response_class=StreamingResponse)
async def events(
    who: Shopper, web: Desk, after: After = 0, last_event_id: Annotated[str, Header()] = ""
) -> StreamingResponse:
    if web.live.waiting(who.conversation) >= STREAMS:
        _slow_down(5)
    number = last_event_id if last_event_id.isascii() and last_event_id.isdecimal() else "0"
    start = max(after, int(number[:18]))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(web, who, start), media_type="text/event-stream", headers=headers)


async def _json(request: Request) -> Any:
    """The body as JSON; None where there is none. Raises Problem 413 or 422."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(413, "too_long", f"a message has at most {MAX_TEXT} characters")
    try:
        return json.loads(body.decode()) if body else None
    except (ValueError, RecursionError):
        raise Problem(422, "unreadable", "the body is not JSON in UTF-8") from None


def _checked(body: Any) -> NewMessage:
    """Raises ValidationError or Problem. The database takes no NUL; nobody means one."""
    message = NewMessage.model_validate(body)
    if len(message.text) > MAX_TEXT:
        raise Problem(413, "too_long", f"a message has at most {MAX_TEXT} characters", "text")
    try:
        f"{message.text}{message.title}".encode()
    except UnicodeEncodeError:
        raise Problem(422, "unreadable", "the text has half a character (a lone surrogate)", "text") from None
    message.text = message.text.replace("\0", "")
    message.title = message.title.replace("\0", "") if message.title else None
    if not clean(message.text):
        raise Problem(422, "empty", "the message is empty", "text")
    return message


async def _picture_form(request: Request) -> tuple[NewMessage, bytes]:
    """The multipart form's message id (one is made where there is none) and file."""
    try:
        form = await request.form(max_files=1, max_fields=5, max_part_size=1024)
    except (Problem, ClientDisconnect):
        raise
    except Exception:  # whatever the parser says of a form that is none
        raise Problem(422, "unreadable", "the body must be multipart/form-data with a file") from None
    try:
        file = form.get("file")
        if file is None or isinstance(file, str):
            raise Problem(422, "unreadable", "the form needs a file", "file")
        identity = form.get("message_id") or uuid.uuid4().hex
        message = NewMessage.model_validate({"message_id": identity, "text": ""})
        content = await file.read(MAX_BYTES + 1)
    finally:
        await form.close()
    if len(content) > MAX_BYTES:
        raise Problem(413, "too_large", "a picture has at most 10 MB", "file")
    return message, content


async def _taken(
    web: Web, who: WebSession, message: NewMessage, picture: bytes | None, wait: float
) -> JSONResponse:
    """Store the message; 202 at once, or, having waited up to `wait` seconds, 200 with the replies to it."""
    with web.live.news_of(who.conversation) as news:
        try:
            async with web.single() as session:
                stored = await store_message(
                    session,
                    who.conversation,
                    external_id=message.message_id,
                    words=message.text,
                    title=message.title,
                    picture=picture,
                )
        except ConversationGone:
            raise _no_session() from None
        if not wait:
            return JSONResponse({"seq": stored.seq}, 202)
        return await _answered(web, stored, min(wait, LONGEST_WAIT), news)


async def _answered(web: Web, stored: Stored, wait: float, news: asyncio.Event) -> JSONResponse:
    clock = asyncio.get_running_loop()
    deadline = clock.time() + wait
    while True:
        news.clear()
        async with web.single() as session:
            rows = (await session.execute(_ANSWER, {"message": stored.id})).mappings().all()
        if not rows:
            raise _no_session()
        replies = [_reply(row) for row in rows if row["seq"] is not None]
        body = {"messages": replies, "mode": rows[0]["mode"], "language": rows[0]["language"]}
        if replies or rows[0]["status"] != "pending" or rows[0]["mode"] == "human":
            return JSONResponse(body)
        left = deadline - clock.time()
        if left <= 0 or web.live.closing:
            return JSONResponse({"seq": stored.seq, **body}, 202)
        await news_within(news, min(left, LOOK_AGAIN))


async def _messages(web: Web, who: WebSession, after: int) -> dict[str, Any]:
    """The conversation's messages after that number, and who has it."""
    values = {"conversation": who.conversation, "after": after, "limit": PAGE}
    async with web.single() as session:
        rows = (await session.execute(_MESSAGES, values)).mappings().all()
    if not rows:
        raise _no_session()
    messages = [_shown(row, who) for row in rows if row["seq"] is not None]
    return {"messages": messages, "mode": rows[0]["mode"], "language": rows[0]["spoken"]}


async def _events(web: Web, who: WebSession, after: int) -> AsyncIterator[str]:
    """Messages after `after`, changes of mode, and a comment now and then so that proxies keep the line."""
    mode = None
    with web.live.news_of(who.conversation) as news:
        while not web.live.closing:
            news.clear()
            current = await _messages(web, who, after)
            messages = current.pop("messages")
            if current["mode"] != mode:
                mode = current["mode"]
                yield _event("mode", current)
            for message in messages:
                after = message["seq"]
                yield _event("message", message, after)
            if messages and messages[-1]["from"] == "shopper" and mode != "human":
                yield _event("typing", {})
            if len(messages) < PAGE and not await news_within(news, KEEP_ALIVE):
                yield ": still here\n\n"


def _event(name: str, data: dict[str, Any], number: int | None = None) -> str:
    head = f"id: {number}\n" if number is not None else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _reply(row: RowMapping) -> dict[str, Any]:
    return {"seq": row["seq"], "from": row["sender"], "text": row["text"], "buttons": row["buttons"] or []}


def _shown(row: RowMapping, who: WebSession) -> dict[str, Any]:
    picture = row["attachment_id"]
    return {
        **_reply(row),
        "title": row["title"],
        "language": row["language"] or None,
        "message_id": row["external_id"],
        "image": f"/channels/web/{who.shop}/images/{picture}" if picture else None,
        "at": row["at"].isoformat(),
    }


def _readable(slug: str) -> str:
    return slug.replace("\0", "?")  # the database takes no NUL


def _no_session() -> Problem:
    message = "the token is missing, forged or expired; open a new session"
    return Problem(401, "no_session", message, headers={"WWW-Authenticate": "Bearer"})


def _unknown_shop() -> Problem:
    return Problem(404, "unknown_shop", "there is no such shop")


def _slow_down(seconds: float) -> None:
    if seconds:
        wait = str(math.ceil(seconds))
        raise Problem(429, "too_fast", f"too fast; wait {wait} s", headers={"Retry-After": wait})
