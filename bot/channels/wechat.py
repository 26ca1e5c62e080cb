"""The WeChat official account (微信公众号).

A callback is answered with the replies themselves when they are ready in time: that costs none of the five
sends a message allows. Otherwise it is answered `success`, and the outbox sends by the customer-service API.
An account without that API (it is not verified) answers by callbacks alone: while the replies are not ready,
the platform is left waiting, so that it asks again with the same message, twice, five seconds later each
time; then the shopper is told how to ask for them, and any message of theirs brings them.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy.exc
from sqlalchemy import Row, text

from bot import notices
from bot.channels.seam import (
    Account,
    Answer,
    BudgetSpent,
    Callback,
    File,
    Finding,
    Incoming,
    NoFile,
    Noticed,
    Outgoing,
    Pressed,
    Result,
    Sent,
    Take,
    Taken,
    TryLater,
    Value,
)
from bot.channels.split import split, utf8
from bot.channels.tools import Tools
from bot.channels.weixin import api, choices, incoming, results, xml
from bot.channels.weixin.door import Door
from bot.channels.weixin.in_place import LIMIT, Busy, Given, InPlace
from bot.channels.weixin.tokens import Tokens
from bot.live import news_within

PLATFORM = "https://api.weixin.qq.com"
TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105 - an address
SEND = "/cgi-bin/message/custom/send"
TYPING = "/cgi-bin/message/custom/typing"
PICTURES = ".qpic.cn"  # where the platform shows pictures to accounts that may not fetch them by id

TEXT = 1600  # bytes of a part: room is left for choices
IN_TIME = 4.0  # seconds from a callback's arrival until it must be answered; the platform waits for five
OUT_OF_TIME = 5.3  # the platform has gone by then, and asks again
LAST_TRY = 8.5  # seconds after the first callback: one that comes later is the third, and the last
TYPE_AFTER = 1.0  # seconds without an answer until the shopper sees that we write
BUSY = 0.1  # seconds until looking again whether an earlier reply is out

_HANDLED = text(
    """
    SELECT m.status, c.mode, c.language, EXTRACT(epoch FROM clock_timestamp() - m.at)::float AS age
    FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.id = :message
    """
)
# A conversation with something to wait for: a reply that is not out, or a message that is not handled.
_WAITED_FOR = text(
    """
    SELECT c.id, p.id AS pending FROM contact_inbox i JOIN conversation c ON c.contact_inbox_id = i.id
    LEFT JOIN LATERAL (SELECT id FROM message WHERE conversation_id = c.id AND status = 'pending'
                       ORDER BY seq DESC LIMIT 1) p ON true
    WHERE i.channel_account_id = :account AND i.external_id = :sender AND (
        p.id IS NOT NULL
        OR EXISTS (SELECT FROM delivery d
                   WHERE d.conversation_id = c.id AND d.status IN ('waiting', 'held'))
        OR EXISTS (SELECT FROM callback_answer a WHERE a.conversation_id = c.id AND a.key = :key))
    ORDER BY c.created_at DESC LIMIT 1
    """
)
SUCCESS = Answer(b"success")
ASKING = ("1", "１", "١")  # as notices.LATER and notices.MORE say

Said = Incoming | Pressed | Noticed


class WeChat:
    """One official account."""

    budget: int | None = 5
    hold = IN_TIME + 0.3

    def __init__(self, account: Account, tools: Tools) -> None:
        self._account, self._tools = account, tools
        self._service_api = not account.config.get("no_service_api")
        self._door = Door(account, account.config["app_id"])
        self._http = api.client()
        self._api = api.Api(
            self._http,
            Tokens(tools.single, tools.vault),
            api.Account(
                account.id,
                account.config.get("api_base") or PLATFORM,
                TOKEN_PATH,
                account.config["app_id"],
                account.secrets["app_secret"],
            ),
        )
        self._in_place = InPlace(tools.sessions, self.split, all_there_is=not self._service_api)
        self._typing: set[asyncio.Task[None]] = set()

    async def callback(self, callback: Callback, take: Take) -> Answer:
        """Raises Refused."""
        begun = time.monotonic()
        if callback.method == "GET":
            return Answer(self._door.echo(callback.query))
        fields = self._door.read(callback)
        value = incoming.of_official(fields)
        if value is None:
            return SUCCESS
        asked_for = await self._asked_for(value)
        if asked_for is None:
            value = await self._choice(value)
            stored = await self._taken(take, value, begun)
            asked_for = stored[0] if stored else None
        if asked_for is None or not isinstance(value, Incoming | Pressed | Noticed):
            return SUCCESS
        given = await self._ready(asked_for, value, begun)
        if given is None and self._service_api:
            await self._in_place.leave(asked_for.conversation, value.external_id)
        return self._answer(fields, given) if given else SUCCESS

    def split(self, text: str) -> list[str]:
        return split(text, TEXT, utf8)

    async def send(self, to: str, out: Outgoing) -> Result:
        if not self._service_api:
            return BudgetSpent()  # waits for a callback that can carry it
        try:
            await self._api.post(SEND, {"touser": to, **message(out)})
        except api.ApiError as error:
            return results.of_error(error)
        except api.ApiDown as error:
            return results.of_silence(error, self._api.failures)
        return Sent()

    async def fetch(self, origin: Mapping[str, Any]) -> File:
        """By its id; an account that may not has the address the platform shows it at."""
        file = origin["file"]
        try:
            if self._service_api or not file.get("url"):
                found = await self._api.media(file["media_id"])
            else:
                found = await api.download(self._http, self._shown_at(file["url"]))
        except api.ApiError as error:
            raise NoFile(str(error.code)) from None
        except api.TooLarge:
            raise NoFile("too_large") from None
        except api.ApiDown as error:
            raise TryLater(str(error)) from None
        return File(found.content, found.kind)

    async def check(self) -> list[Finding]:
        wrong = await self._door.check(self._tools.public_url)
        try:
            await self._api.get("/cgi-bin/get_api_domain_ip")
            if self._service_api:
                await self._typing_allowed()
        except (api.ApiError, api.ApiDown) as error:
            wrong.append(results.found(error))
        return wrong

    async def close(self) -> None:
        for task in self._typing:
            task.cancel()
        await self._http.aclose()

    # --- a callback -----------------------------------------------------------------------------------------

    async def _choice(self, value: Value) -> Value:
        """A number may be a choice of our last message."""
        if isinstance(value, Incoming) and value.text and not value.origin:
            chosen = await choices.chosen(self._tools.single, self._account.id, value.sender, value.text)
            if chosen:
                return Pressed(value.sender, value.external_id, *chosen)
        return value

    async def _taken(self, take: Take, value: Value, begun: float) -> list[Taken]:
        """Stored, also when the database is just being restarted. Raises what the last try raised, when the
        platform does not listen any more: it asks again."""
        while True:
            try:
                return await take([value])
            except (sqlalchemy.exc.OperationalError, sqlalchemy.exc.InterfaceError, OSError):
                if time.monotonic() - begun > IN_TIME - 1:
                    await _until(begun + OUT_OF_TIME)
                    raise
                await asyncio.sleep(0.3)

    async def _ready(self, taken: Taken, value: Said, begun: float) -> Given | None:
        """The replies, as soon as the message is handled and nothing is before them; None when they will not
        be in time, or there are none."""
        assert self._tools.live is not None
        typed = not self._service_api
        with self._tools.live.news_of(taken.conversation) as news:
            while (left := begun + IN_TIME - time.monotonic()) > 0:
                news.clear()
                row = await self._handled(taken)
                if row is None or row.status != "pending":
                    with contextlib.suppress(Busy):
                        return await self._in_place.take(taken.conversation, value.external_id)
                    left = min(left, BUSY)
                elif not typed and time.monotonic() - begun > TYPE_AFTER:
                    typed = True
                    self._show_typing(value.sender)
                await news_within(news, min(left, left if typed else TYPE_AFTER))
        return await self._late(taken, begun) if not self._service_api else None

    async def _late(self, taken: Taken, begun: float) -> Given | None:
        """Without the service API: let the platform ask again, twice; then say how to get the answer."""
        row = await self._handled(taken)
        if row is None or row.status != "pending":
            return None
        if row.age - (time.monotonic() - begun) < LAST_TRY:
            await _until(begun + OUT_OF_TIME)
            return None
        return Given(notices.LATER[row.language], _nothing)

    async def _asked_for(self, value: Value) -> Taken | None:
        """Without the service API the bare number 1 asks for what waits; then it is no message of its own."""
        if self._service_api or not isinstance(value, Incoming) or value.text.strip() not in ASKING:
            return None
        values = {"account": self._account.id, "sender": value.sender, "key": value.external_id}
        async with self._tools.single() as session:
            row = (await session.execute(_WAITED_FOR, values)).first()
        return Taken(row.id, row.pending, new=False) if row else None

    async def _handled(self, taken: Taken) -> Row[Any] | None:
        """How far the shopper's message is; None where there is none, as for an event."""
        if taken.message is None:
            return None
        async with self._tools.single() as session:
            return (await session.execute(_HANDLED, {"message": taken.message})).first()

    def _answer(self, fields: xml.Fields, given: Given) -> Answer:
        body = xml.write(
            ToUserName=xml.text_of(fields, "FromUserName"),
            FromUserName=xml.text_of(fields, "ToUserName"),
            CreateTime=int(time.time()),
            MsgType="text",
            Content=given.words,
        )
        return Answer(self._door.sealed(body), "application/xml; charset=utf-8", sent=given.sent)

    def _show_typing(self, sender: str) -> None:
        task = asyncio.create_task(self._type(sender))
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    async def _type(self, sender: str) -> None:
        with contextlib.suppress(api.ApiError, api.ApiDown):
            await self._api.post(TYPING, {"touser": sender, "command": "Typing"})

    async def _typing_allowed(self) -> None:
        """Whether the account has the service API. Raises ApiError 48001 where it has not."""
        try:
            await self._api.post(TYPING, {"touser": "nobody", "command": "Typing"})
        except api.ApiError as error:
            if error.code in results.SETUP:
                raise

    def _shown_at(self, url: str) -> str:
        """Raises NoFile for an address that is not the platform's."""
        parts = urlsplit(url)
        ours = urlsplit(self._account.config.get("api_base") or PLATFORM)
        if not (parts.hostname or "").endswith(PICTURES) and parts.netloc != ours.netloc:
            raise NoFile("address")
        return url


def message(out: Outgoing) -> dict[str, Any]:
    """A customer-service message: choices as a menu, or as numbered lines where they do not fit one."""
    if out.buttons and choices.fits_menu(out.text, out.buttons):
        items = choices.menu_items(out.message, out.buttons)
        listed = [{"id": identity, "content": words} for identity, words in items]
        return {
            "msgtype": "msgmenu",
            "msgmenu": {"head_content": out.text, "list": listed, "tail_content": ""},
        }
    words = choices.numbered(out.text, out.buttons, out.language, LIMIT)
    return {"msgtype": "text", "text": {"content": words}}


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))


async def _nothing() -> None:
    """There is nothing to mark."""
