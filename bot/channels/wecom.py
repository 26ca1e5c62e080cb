"""WeCom customer service (微信客服).

A callback says only that something waits: it rings the account's mailbox, and a job fetches with `sync_msg`
until nothing is left, moving the cursor after each part is stored. Sessions are kept in state 1 (the
assistant's), also while staff answer from our inbox: in any other state the platform refuses what we send.
"""

import contextlib
import logging
import time
from collections.abc import Mapping
from typing import Any

from cachetools import TTLCache
from sqlalchemy import text

from bot import mailbox
from bot.channels.seam import (
    Account,
    Answer,
    Box,
    Callback,
    File,
    Finding,
    NoFile,
    Outgoing,
    Result,
    RetryAt,
    Sent,
    Take,
    TryLater,
    Value,
    WindowClosed,
)
from bot.channels.split import split, utf8
from bot.channels.tools import Tools
from bot.channels.weixin import api, choices, incoming, results, xml
from bot.channels.weixin.door import Door
from bot.channels.weixin.tokens import Tokens

PLATFORM = "https://qyapi.weixin.qq.com"
SYNC = "/cgi-bin/kf/sync_msg"
SEND = "/cgi-bin/kf/send_msg"
WELCOME = "/cgi-bin/kf/send_msg_on_event"
STATE = "/cgi-bin/kf/service_state/get"
TRANSFER = "/cgi-bin/kf/service_state/trans"
ACCOUNTS = "/cgi-bin/kf/account/list"

FRESH, ASSISTANT, POOL, PERSON, OVER = range(5)  # session states
WRONG_STATE, OLD_TICKET = 95018, 95007
LIMIT = 2048  # bytes of a text
TEXT = 1600  # of a part: room is left for choices
HISTORY = 60  # seconds before an account was added: what is older was not meant for us
WELCOME_WITHIN = 20  # seconds in which the platform takes a welcome
REMEMBERED = 3600  # seconds a session is believed to be in our state

logger = logging.getLogger(__name__)

_SALT = text("SELECT salt FROM mailbox WHERE channel_account_id = :account")
_NEW_BOX = text(
    "INSERT INTO mailbox (channel_account_id) VALUES (:account) ON CONFLICT (channel_account_id) DO NOTHING"
)
# The platform took it and could not deliver it: staff see why.
_FAILED = text(
    """
    UPDATE delivery SET status = 'failed', error = :error
    WHERE account_id = :account AND external_id = :id AND status = 'sent'
      AND sent_at > now() - interval '3 days'
    """
)


class WeCom:
    """One customer-service account."""

    budget: int | None = 5
    hold = 0.0

    def __init__(self, account: Account, tools: Tools) -> None:
        self._account, self._tools = account, tools
        self._corp, self._kfid = account.config["corp_id"], account.config["open_kfid"]
        self._door = Door(account, self._corp)
        self._http = api.client()
        base = account.config.get("api_base") or PLATFORM
        ours = api.Account(account.id, base, "", self._corp, account.secrets["secret"])
        self._api = api.Api(self._http, Tokens(tools.single, tools.vault), ours)
        self._salt = ""
        self._held: TTLCache[str, bool] = TTLCache(20_000, REMEMBERED)  # sessions that are in our state

    # --- in ---------------------------------------------------------------------------------------------

    async def callback(self, callback: Callback, take: Take) -> Answer:
        """Raises Refused."""
        if callback.method == "GET":
            return Answer(self._door.echo(callback.query))
        fields = self._door.read(callback)
        if xml.text_of(fields, "Event") == "kf_msg_or_event":
            kfid, ticket = xml.text_of(fields, "OpenKfId"), xml.text_of(fields, "Token")
            await mailbox.ring(self._tools.single, self._corp, kfid, ticket[:200])
        return Answer(b"success")

    async def pull(self, box: Box, take: Take) -> None:
        """Raises TryLater."""
        cursor, more = box.cursor, True
        while more:
            page = await self._page(cursor, box.ticket)
            listed = [message for message in page.get("msg_list") or [] if isinstance(message, dict)]
            if not box.cursor:
                oldest = box.created_at.timestamp() - HISTORY
                listed = [message for message in listed if _sent_at(message) >= oldest]
            await take(self._values(listed))
            for message in listed:
                await self._happened(message)
            following = str(page.get("next_cursor") or cursor)
            more = bool(page.get("has_more")) and following != cursor
            if following != cursor:
                await box.move(following)
            cursor = following

    async def _page(self, cursor: str, ticket: str) -> dict[str, Any]:
        body = {"cursor": cursor, "open_kfid": self._kfid, "limit": 1000, "voice_format": 0}
        try:
            try:
                return await self._api.post(SYNC, {**body, "token": ticket} if ticket else body)
            except api.ApiError as error:
                if error.code != OLD_TICKET:
                    raise
            return await self._api.post(SYNC, body)
        except (api.ApiError, api.ApiDown) as error:
            raise TryLater(str(error)) from None

    def _values(self, listed: list[dict[str, Any]]) -> list[Value]:
        return [value for message in listed if (value := incoming.of_service(message)) is not None]

    async def _happened(self, message: dict[str, Any]) -> None:
        """An event: greet who opens the conversation, note what could not be delivered."""
        event = message.get("event")
        if message.get("msgtype") != "event" or not isinstance(event, dict):
            return
        kind = event.get("event_type")
        if kind == "enter_session" and event.get("welcome_code"):
            if time.time() - _sent_at(message) < WELCOME_WITHIN:
                await self._welcome(str(event["welcome_code"]))
        elif kind == "msg_send_fail":
            values = {"account": self._account.id, "id": str(event.get("fail_msgid"))}
            async with self._tools.single() as session:
                await session.execute(_FAILED, {**values, "error": f"refused:{event.get('fail_type')}"})
        elif kind == "session_status_change":
            self._held.pop(str(event.get("external_userid")), None)

    async def _welcome(self, code: str) -> None:
        """A code is good for one message and twenty seconds; a greeting that fails is not missed."""
        body = {"code": code, "msgtype": "text", "text": {"content": incoming.WELCOME["zh"]}}
        with contextlib.suppress(api.ApiError, api.ApiDown):
            await self._api.post(WELCOME, body)

    # --- out --------------------------------------------------------------------------------------------

    def split(self, text: str) -> list[str]:
        return split(text, TEXT, utf8)

    async def send(self, to: str, out: Outgoing) -> Result:
        identity = f"{await self._beginning()}-{out.key}"[:32]
        body = {"touser": to, "open_kfid": self._kfid, "msgid": identity, **message(out)}
        try:
            if to not in self._held:
                await self._take_over(to)
            try:
                await self._api.post(SEND, body)
            except api.ApiError as error:
                if error.code != WRONG_STATE:
                    raise
                if problem := await self._elsewhere(to):
                    return problem
                await self._api.post(SEND, body)
        except api.ApiError as error:
            return Sent(identity) if _known(error) else results.of_error(error)
        except api.ApiDown as error:
            return results.of_silence(error, self._api.failures)
        return Sent(identity)

    async def _take_over(self, to: str) -> None:
        """Bring the session into our state. Where that is not allowed, sending says why. Raises ApiDown."""
        with contextlib.suppress(api.ApiError):
            await self._api.post(TRANSFER, {**self._session(to), "service_state": ASSISTANT})
            self._held[to] = True

    async def _elsewhere(self, to: str) -> Result | None:
        """Why the session takes nothing from us; None when it does now. Raises ApiError or ApiDown."""
        self._held.pop(to, None)
        state = (await self._api.post(STATE, self._session(to))).get("service_state")
        if state in (POOL, PERSON):
            return RetryAt(60, "elsewhere")
        if state == OVER:
            return WindowClosed()
        await self._take_over(to)
        return None

    def _session(self, to: str) -> dict[str, str]:
        return {"open_kfid": self._kfid, "external_userid": to}

    async def _beginning(self) -> str:
        """What our message ids begin with: the platform refuses one it has seen, which tells a repetition."""
        if not self._salt:
            values = {"account": self._account.id}
            async with self._tools.single() as session:
                await session.execute(_NEW_BOX, values)
                self._salt = str(await session.scalar(_SALT, values))
        return self._salt

    async def fetch(self, origin: Mapping[str, Any]) -> File:
        try:
            found = await self._api.media(origin["file"]["media_id"])
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
            listed = (await self._api.get(ACCOUNTS)).get("account_list") or []
        except (api.ApiError, api.ApiDown) as error:
            return [*wrong, results.found(error)]
        ours = [one for one in listed if one.get("open_kfid") == self._kfid]
        if not ours:
            wrong.append(results.SETUP[95000])
        elif not ours[0].get("manage_privilege", True):
            wrong.append(results.SETUP[60011])
        return wrong

    async def close(self) -> None:
        await self._http.aclose()


def message(out: Outgoing) -> dict[str, Any]:
    """Choices as a menu, or as numbered lines where they do not fit one."""
    if out.buttons and choices.fits_menu(out.text, out.buttons):
        items = choices.menu_items(out.message, out.buttons)
        listed = [{"type": "click", "click": {"id": identity, "content": words}} for identity, words in items]
        return {"msgtype": "msgmenu", "msgmenu": {"head_content": out.text, "list": listed}}
    words = choices.numbered(out.text, out.buttons, out.language, LIMIT)
    return {"msgtype": "text", "text": {"content": words}}


def _known(error: api.ApiError) -> bool:
    """The platform has seen this message id: an earlier try arrived. Its code for that is not published, so
    it is told by the words; our ids are always well-formed and used for one text only."""
    return error.code not in results.SENDS and "msgid" in error.words.lower()


def _sent_at(message: dict[str, Any]) -> float:
    moment = message.get("send_time")
    return float(moment) if isinstance(moment, int | float) else 0.0
