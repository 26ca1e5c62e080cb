"""The web channel: sessions, messages, pictures, and news by server-sent events (docs/api.md)."""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.pictures import MAX_BYTES, NotAPicture, reencode
from bot.channels.rate import Rate
from bot.channels.web_sessions import WebSession, WebSessions
from bot.errors import Problem
from bot.inbox import Stored, store_message
from bot.live import Live
from bot.models import Attachment
from nlu.text.clean import clean
from shop.database import Sessions, transaction
from shop.shops import shop_by_slug

MAX_TEXT = 4_000  # characters
MAX_BODY = 64 * 1024  # bytes of a message; pictures have their own limit
KEEP_ALIVE = 15.0  # seconds
PAGE = 200  # messages a read gives at most

logger = logging.getLogger(__name__)

_MESSAGES = text(
    """
    SELECT seq, sender, text, title, buttons, language, external_id, attachment_id, at FROM message
    WHERE conversation_id = :conversation AND seq > :after ORDER BY seq LIMIT :limit
    """
)
# One reading for a waiting request: whether its message is handled, the replies so far, who has the conversation.
_ANSWER = text(
    """
    SELECT c.mode, c.language, m.status, r.seq, r.sender, r.text, r.buttons
    FROM message m JOIN conversation c ON c.id = m.conversation_id
    LEFT JOIN message r ON r.in_reply_to = m.id
    WHERE m.id = :message ORDER BY r.seq
    """
)
_MODE = text("SELECT mode, language FROM conversation WHERE id = :conversation")

Id = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class NewSession(BaseModel):
    model_config = ConfigDict(extra="ignore")
    language: Literal["zh", "ug"] = "zh"


class NewMessage(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    message_id: Id
    text: str
    title: Annotated[str, StringConstraints(max_length=200)] | None = None
    conversation: str | None = Field(None, max_length=100)


class Web:
    """What the routes work with."""

    def __init__(self, sessions: Sessions, live: Live, messages: Rate, new_sessions: Rate) -> None:
        self.sessions = sessions
        self.live = live
        self.tokens = WebSessions(sessions)
        self.messages = messages
        self.new_sessions = new_sessions


def router(web: Web) -> APIRouter:
    routes = APIRouter(prefix="/channels/web/{shop}")

    async def shopper(shop: str, authorization: Annotated[str, Header()] = "") -> WebSession:
        scheme, _, token = authorization.partition(" ")
        found = await web.tokens.find(token) if scheme.lower() == "bearer" and token else None
        if found is None:
            raise Problem(401, "no_session", "the token is missing, forged or expired; open a new session")
        if found.shop != shop:
            async with web.sessions() as session:
                known = await shop_by_slug(session, shop)
            if known is None:
                raise _unknown_shop()
            raise Problem(403, "other_conversation", "the token belongs to another shop's conversation")
        return found

    Shopper = Annotated[WebSession, Depends(shopper)]

    @routes.post("/sessions", status_code=201)
    async def open_session(shop: str, request: Request) -> dict[str, str]:
        _slow_down(web.new_sessions.wait_for(request.client.host if request.client else ""))
        wish = NewSession.model_validate(await _json(request) or {})
        async with transaction(web.sessions) as session:
            known = await shop_by_slug(session, shop)
            if known is None:
                raise _unknown_shop()
            token, conversation = await web.tokens.open(session, known, wish.language)
        return {"token": token, "conversation": str(conversation)}

    @routes.post("/messages")
    async def send(
        who: Shopper, request: Request, wait: Annotated[float, Query(ge=0, le=30)] = 0
    ) -> Response:
        message = await _new_message(request)
        if message.conversation not in (None, str(who.conversation)):
            raise Problem(403, "other_conversation", "the token belongs to another conversation")
        _slow_down(web.messages.wait_for(who.conversation))
        with web.live.news_of(who.conversation) as news:
            async with transaction(web.sessions) as session:
                stored = await store_message(
                    session,
                    who.conversation,
                    external_id=message.message_id,
                    words=message.text,
                    title=message.title,
                )
            return await _answered(web, who, stored, wait, news)

    @routes.post("/images")
    async def send_picture(
        who: Shopper,
        file: UploadFile,
        request: Request,
        wait: Annotated[float, Query(ge=0, le=30)] = 0,
    ) -> Response:
        form = await request.form()
        message_id = str(form.get("message_id") or uuid.uuid4())
        if len(message_id) > 100:
            raise Problem(422, "unreadable", "message_id is longer than 100 characters", "message_id")
        _slow_down(web.messages.wait_for(who.conversation))
        picture = await _picture(file)
        with web.live.news_of(who.conversation) as news:
            async with transaction(web.sessions) as session:
                stored = await _store_picture(session, who, message_id, picture)
            return await _answered(web, who, stored, wait, news)

    @routes.get("/images/{picture}")
    async def show_picture(who: Shopper, picture: uuid.UUID) -> Response:
        async with web.sessions() as session:
            found = await session.get(Attachment, picture)
        if found is None:
            raise Problem(404, "no_picture", "no such picture")
        if found.conversation_id != who.conversation:
            raise Problem(403, "other_conversation", "the picture belongs to another conversation")
        headers = {"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return Response(found.content, media_type=found.content_type, headers=headers)

    @routes.get("/messages")
    async def read(who: Shopper, after: Annotated[int, Query(ge=0)] = 0) -> dict[str, Any]:
        async with web.sessions() as session:
            messages = await _messages(session, who, after)
            mode = (await session.execute(_MODE, {"conversation": who.conversation})).one()
        return {"messages": messages, "mode": mode.mode, "language": mode.language}

    @routes.get("/events")
    async def events(
        who: Shopper,
        after: Annotated[int, Query(ge=0)] = 0,
        last_event_id: Annotated[str, Header()] = "",
    ) -> StreamingResponse:
        start = max(after, int(last_event_id)) if last_event_id.isdigit() else after
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_events(web, who, start), media_type="text/event-stream", headers=headers)

    return routes


async def _new_message(request: Request) -> NewMessage:
    body = await _json(request)
    if not isinstance(body, dict):
        raise Problem(422, "unreadable", "the body must be a JSON object with message_id and text")
    message = NewMessage.model_validate(body)
    if len(message.text) > MAX_TEXT:
        raise Problem(413, "too_long", f"a message has at most {MAX_TEXT} characters", "text")
    try:
        message.text.encode()
    except UnicodeEncodeError:
        raise Problem(422, "unreadable", "the text is not valid Unicode", "text") from None
    message.text = message.text.replace("\0", "")
    if not clean(message.text).strip():
        raise Problem(422, "empty", "the message is empty", "text")
    return message


async def _json(request: Request) -> Any:
    """The body as JSON; None where there is none. Raises Problem 413 or 422."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(413, "too_long", f"a message body has at most {MAX_BODY} bytes")
    if not body:
        return None
    try:
        return json.loads(bytes(body))
    except (ValueError, RecursionError):
        raise Problem(422, "unreadable", "the body is not JSON in UTF-8") from None


async def _picture(file: UploadFile) -> bytes:
    content = await file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise Problem(413, "too_large", "a picture has at most 10 MB", "file")
    try:
        return await asyncio.to_thread(reencode, content)
    except NotAPicture as error:
        raise Problem(422, "not_a_picture", str(error), "file") from None


async def _store_picture(session: AsyncSession, who: WebSession, message_id: str, picture: bytes) -> Stored:
    attachment = Attachment(conversation_id=who.conversation, content_type="image/jpeg", content=picture)
    session.add(attachment)
    await session.flush()
    stored = await store_message(
        session, who.conversation, external_id=message_id, words="", attachment=attachment.id
    )
    if not stored.is_new:
        await session.delete(attachment)
    return stored


async def _answered(
    web: Web, who: WebSession, stored: Stored, wait: float, news: asyncio.Event
) -> JSONResponse:
    """202 at once, or, having waited up to `wait` seconds, 200 with the replies to this message."""
    if not wait:
        return JSONResponse({"seq": stored.seq}, 202)
    deadline = asyncio.get_running_loop().time() + wait
    while True:
        news.clear()
        async with web.sessions() as session:
            rows = (await session.execute(_ANSWER, {"message": stored.id})).mappings().all()
        body = {
            "messages": [_reply(row) for row in rows if row["seq"] is not None],
            "mode": rows[0]["mode"],
            "language": rows[0]["language"],
        }
        if rows[0]["status"] != "pending" or body["messages"]:
            return JSONResponse(body)
        try:
            async with asyncio.timeout_at(deadline):
                await news.wait()
        except TimeoutError:
            return JSONResponse({"seq": stored.seq, **body}, 202)


async def _messages(session: AsyncSession, who: WebSession, after: int) -> list[dict[str, Any]]:
    rows = await session.execute(_MESSAGES, {"conversation": who.conversation, "after": after, "limit": PAGE})
    return [_shown(row, who) for row in rows.mappings()]


async def _events(web: Web, who: WebSession, after: int) -> AsyncIterator[str]:
    """Messages after `after`, changes of mode, and a comment now and then so that proxies keep the line."""
    mode = None
    with web.live.news_of(who.conversation) as news:
        while True:
            news.clear()
            async with web.sessions() as session:
                messages = await _messages(session, who, after)
                current = (await session.execute(_MODE, {"conversation": who.conversation})).one()
            if current.mode != mode:
                mode = current.mode
                yield _event("mode", {"mode": mode, "language": current.language})
            for message in messages:
                after = message["seq"]
                yield _event("message", message, after)
            if messages and messages[-1]["from"] == "shopper" and mode != "human":
                yield _event("typing", {})
            if len(messages) == PAGE:
                continue
            try:
                async with asyncio.timeout(KEEP_ALIVE):
                    await news.wait()
            except TimeoutError:
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


def _unknown_shop() -> Problem:
    return Problem(404, "unknown_shop", "there is no such shop")


def _slow_down(seconds: float) -> None:
    if seconds:
        wait = str(max(1, round(seconds)))
        raise Problem(429, "too_fast", f"too many messages; wait {wait} s", headers={"Retry-After": wait})
