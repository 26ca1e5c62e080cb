"""A Telegram bot, with python-telegram-bot's `Bot` and `Update`.

Of the library only what is stateless is used. `Bot.initialize` is not: it asks for the bot's own name before
anything else, so that a bot could not start while Telegram is away; nor is its `Application`, which keeps
handlers and queues in memory.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Mapping
from typing import Any

import httpx
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest, RequestData

from bot.channels.pictures import MAX_BYTES
from bot.channels.seam import (
    Account,
    Answer,
    Blocked,
    Callback,
    File,
    Finding,
    Forged,
    Gone,
    MovedTo,
    NoFile,
    Outgoing,
    Permanent,
    Refused,
    Result,
    RetryAt,
    Sent,
    Take,
    TryLater,
    Value,
)
from bot.channels.split import split, utf16
from bot.channels.telegram.check import wrong_with
from bot.channels.telegram.updates import press, read
from bot.channels.tools import Tools

MAX_TEXT = 4096  # UTF-16 units of a message
WITHIN = 10.0  # seconds a call may take
API = "https://api.telegram.org"

logger = logging.getLogger(__name__)


class Unavailable(NetworkError):
    """Telegram answered with a server error."""

    def __init__(self, status: int) -> None:
        super().__init__(f"server error {status}")
        self.status = status


class Limited(NetworkError):
    """Telegram asks to wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"limited for {seconds} s")
        self.seconds = seconds


class _Request(HTTPXRequest):
    """Tells a server's error, and a limit, from a line that broke: the library makes one of all."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *more: Any, **timeouts: Any
    ) -> tuple[int, bytes]:
        status, content = await super().do_request(url, method, request_data, *more, **timeouts)
        if status >= 500:
            raise Unavailable(status)
        if status == 429:
            raise Limited(_wait_asked_for(content))
        return status, content


class Telegram:
    budget: int | None = None
    hold = 0.0

    def __init__(self, account: Account, tools: Tools | None = None) -> None:
        self.account = account
        token, base = account.secrets["bot_token"], account.config.get("api_base") or API
        self._secret = account.secrets["secret_token"].encode()
        self._request = _Request(
            connection_pool_size=64,
            connect_timeout=3,
            read_timeout=WITHIN,
            write_timeout=WITHIN,
            pool_timeout=3,
            httpx_kwargs={"trust_env": base == API},
        )
        self._polling = _Request(connection_pool_size=1, connect_timeout=3, read_timeout=WITHIN)
        self.bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._polling,
        )
        self._background: set[asyncio.Task[None]] = set()

    # --- in -----------------------------------------------------------------------------------------------

    async def callback(self, callback: Callback, take: Take) -> Answer:
        given = callback.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret):
            raise Forged
        if callback.method != "POST":
            raise Refused(405, "method")
        try:
            body = json.loads(callback.body)
        except (ValueError, RecursionError):
            raise Refused(400, "unreadable") from None
        if not isinstance(body, dict) or not isinstance(body.get("update_id"), int):
            raise Refused(400, "unreadable")
        await take(self.values(body))
        self.soothe(body)
        return Answer(b"{}", "application/json")

    def values(self, body: dict[str, Any]) -> list[Value]:
        """An update's values; none of one we cannot read. Telegram would send that again without end."""
        try:
            update = Update.de_json(body, self.bot)
            return read(update)
        except Exception as error:  # the library raises whatever a missing field leads to
            logger.warning("update not readable: %s", type(error).__name__)
            return []

    def soothe(self, body: dict[str, Any]) -> None:
        """Stop the clock on a pressed button. Nothing is lost when that fails."""
        query = body.get("callback_query")
        identity = query.get("id") if isinstance(query, dict) else None
        if isinstance(identity, str):
            task = asyncio.create_task(self._answer_query(identity))
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _answer_query(self, identity: str) -> None:
        try:
            async with asyncio.timeout(WITHIN):
                await self.bot.answer_callback_query(identity)
        except (TelegramError, TimeoutError) as error:
            logger.info("a pressed button was not confirmed: %s", type(error).__name__)

    async def updates(self, offset: int | None, allowed: list[str], wait: int = 20) -> list[dict[str, Any]]:
        """Wait for updates from that number on; asking confirms those before it. Raises TelegramError."""
        given = {"timeout": wait, "allowed_updates": allowed, "limit": 100, "offset": offset}
        # Not `get_updates`: it logs a whole batch of shoppers' words, and drops it, for one it cannot read.
        found = await self.bot.do_api_request(
            "getUpdates",
            {key: value for key, value in given.items() if value is not None},
            read_timeout=wait + 5,
        )
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    # --- out ----------------------------------------------------------------------------------------------

    def split(self, text: str) -> list[str]:
        return split(text, MAX_TEXT, utf16)

    async def send(self, to: str, out: Outgoing) -> Result:
        rows = [
            [InlineKeyboardButton(button["title"], callback_data=press(out.message, number))]
            for number, button in enumerate(out.buttons)
        ]
        try:
            async with asyncio.timeout(WITHIN):
                sent = await self.bot.send_message(
                    int(to),
                    out.text,
                    reply_markup=InlineKeyboardMarkup(rows) if rows else None,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                )
        except TimeoutError:
            return RetryAt(0, "no_answer", doubt=True)
        except TelegramError as error:
            return result_of(error)
        except (AttributeError, KeyError, TypeError, ValueError):  # an answer that is not as described
            return RetryAt(0, "unavailable:answer", doubt=True)
        return Sent(str(sent.message_id))

    async def fetch(self, origin: Mapping[str, Any]) -> File:
        try:
            async with asyncio.timeout(3 * WITHIN):
                file = await self.bot.get_file(str(origin["file"]))
                if (file.file_size or 0) > MAX_BYTES:
                    raise NoFile("too_large")
                content = bytes(await file.download_as_bytearray())
        except BadRequest as error:
            raise NoFile("too_large" if "too big" in str(error).lower() else "expired") from None
        except (TimeoutError, NetworkError, RuntimeError) as error:
            raise TryLater(type(error).__name__) from None
        except TelegramError as error:
            raise NoFile(type(error).__name__) from None
        if len(content) > MAX_BYTES:
            raise NoFile("too_large")
        return File(content, "audio/ogg" if origin.get("kind") == "voice" else "")

    async def check(self) -> list[Finding]:
        return await wrong_with(self.bot, self.account)

    async def close(self) -> None:
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._request.shutdown()
        await self._polling.shutdown()


def result_of(error: TelegramError) -> Result:
    """What an error of a send means. The error's words are not kept: they may hold the token."""
    words = str(error).lower()
    match error:
        case Limited():
            return RetryAt(error.seconds, "limited")
        case ChatMigrated():
            return MovedTo(str(error.new_chat_id))
        case Forbidden():
            gone = "deactivated" in words or "kicked" in words
            return Gone() if gone else Blocked()
        case BadRequest():
            return Gone() if "chat not found" in words or "peer_id_invalid" in words else Permanent("refused")
        case InvalidToken():
            return RetryAt(30, "account")
        case Conflict():
            return RetryAt(5, "unavailable:409")
        case Unavailable():
            inside = error.status != 503  # it may have been done all the same
            return RetryAt(0, f"unavailable:{error.status}", fault=error.status == 500, doubt=inside)
        case TimedOut() | NetworkError():
            unsent = isinstance(
                error.__cause__, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout
            )
            return RetryAt(0, "no_answer", doubt=not unsent)
    return RetryAt(0, "unavailable", fault=True)


def _wait_asked_for(content: bytes) -> float:
    """Seconds; one where the answer does not say."""
    try:
        return max(0.1, min(3600.0, float(json.loads(content)["parameters"]["retry_after"])))
    except (ValueError, KeyError, TypeError):
        return 1.0
