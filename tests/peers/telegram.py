"""A Telegram Bot API server: https://core.telegram.org/bots/api, as far as a bot like ours meets it."""

import asyncio
import itertools
import json
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.peers.base import Peer

TEXT = 4096  # UTF-16 units
BUTTON = 64  # bytes of a button's data


@dataclass
class Bot:
    """One bot: its token, where its updates go, and what waits to be fetched."""

    token: str
    url: str = ""
    secret: str = ""
    allowed: list[str] = field(default_factory=list)
    waiting: deque[dict[str, Any]] = field(default_factory=deque)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)


class TelegramPeer(Peer):
    def __init__(self) -> None:
        super().__init__()
        self.bots: dict[str, Bot] = {}
        self.files: dict[str, bytes] = {}
        self.blocked: set[str] = set()
        self.gone: set[str] = set()
        self.migrated: dict[str, str] = {}
        self.answered_queries: list[str] = []
        self.last_error: tuple[float, str] | None = None
        self._message = itertools.count(1)
        self._update = itertools.count(1000)
        self._news: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def add_bot(self, number: int = 1) -> Bot:
        bot = Bot(f"{1000 + number}:AAtoken{number}", secret=f"secret-{number}")
        self.bots[bot.token] = bot
        return bot

    # --- what users do ------------------------------------------------------------------------------------

    def text(self, chat: int, text: str, **more: Any) -> dict[str, Any]:
        """An update: somebody writes to the bot."""
        return self.message(chat, text=text, **more)

    def message(
        self, chat: int, *, kind: str = "private", language: str = "zh-hans", **content: Any
    ) -> dict[str, Any]:
        message = {
            "message_id": next(self._message),
            "date": int(time.time()),
            "chat": {"id": chat, "type": kind, "first_name": "A"},
            "from": {"id": abs(chat), "is_bot": False, "first_name": "A", "language_code": language},
            **content,
        }
        return self.update(message=message)

    def photo(self, chat: int, content: bytes, **more: Any) -> dict[str, Any]:
        file = f"photo{len(self.files)}"
        self.files[file] = content
        sizes = [
            {"file_id": f"small-{file}", "file_unique_id": "s", "width": 90, "height": 90, "file_size": 1},
            {"file_id": file, "file_unique_id": "l", "width": 800, "height": 800, "file_size": len(content)},
        ]
        return self.message(chat, photo=sizes, **more)

    def edit(self, update: dict[str, Any], text: str) -> dict[str, Any]:
        return self.update(edited_message={**update["message"], "edit_date": int(time.time()), "text": text})

    def press(self, chat: int, data: str) -> dict[str, Any]:
        return self.update(
            callback_query={
                "id": f"q{next(self._message)}",
                "from": {"id": chat, "is_bot": False, "first_name": "A", "language_code": "zh"},
                "chat_instance": "1",
                "message": {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}},
                "data": data,
            }
        )

    def membership(self, chat: int, status: str, kind: str = "private") -> dict[str, Any]:
        user = {"id": 1001, "is_bot": True, "first_name": "bot"}
        member = {"user": user, "status": status, "until_date": 0}
        return self.update(
            my_chat_member={
                "chat": {"id": chat, "type": kind},
                "from": {"id": abs(chat), "is_bot": False, "first_name": "A"},
                "date": int(time.time()),
                "old_chat_member": {"user": user, "status": "left"},
                "new_chat_member": member,
            }
        )

    def update(self, **content: Any) -> dict[str, Any]:
        return {"update_id": next(self._update), **content}

    # --- delivering ---------------------------------------------------------------------------------------

    async def deliver(
        self, http: aiohttp.ClientSession, bot: Bot, update: dict[str, Any], tries: int = 60
    ) -> float:
        """As the platform does: again until it is taken. Seconds the successful try took."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": bot.secret}
        for attempt in range(tries):
            started = time.perf_counter()
            try:
                async with http.post(bot.url, json=update, headers=headers) as response:
                    await response.read()
                    if response.status == 200:
                        return time.perf_counter() - started
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(min(2.0, 0.2 * 2**attempt))
        raise AssertionError("a callback was never taken")

    def offer(self, bot: Bot, update: dict[str, Any]) -> None:
        """For a bot that fetches. Call it from the peer's own loop, or through `from_outside`."""
        bot.waiting.append(update)
        self._news[bot.token].set()

    def from_outside(self, call: Callable[..., None], *values: Any) -> None:
        assert self.loop
        self.loop.call_soon_threadsafe(call, *values)

    # --- the API ------------------------------------------------------------------------------------------

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/bot{token:[^/]+}/{method}", self._call),
            web.get("/file/bot{token:[^/]+}/{path}", self._file),
        ]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        bot = self.bots.get(request.match_info["token"])
        method = request.match_info["method"]
        self.calls[method] += 1
        if bot is None:
            return _error(401, "Unauthorized")
        given = {**request.query, **await _form(request)}
        handler = getattr(self, f"_do_{method.lower()}", None)
        if handler is None:
            return _error(404, "Not Found: method not found")
        response: web.StreamResponse = await handler(bot, given)
        return response

    async def _do_sendmessage(self, bot: Bot, given: dict[str, Any]) -> web.StreamResponse:
        chat, text = str(given.get("chat_id", "")), str(given.get("text", ""))
        if chat in self.migrated:
            moved = {"migrate_to_chat_id": int(self.migrated[chat])}
            return _error(400, "Bad Request: group chat was upgraded to a supergroup chat", moved)
        if chat in self.blocked:
            return _error(403, "Forbidden: bot was blocked by the user")
        if chat in self.gone:
            return _error(400, "Bad Request: chat not found")
        if not text.strip():
            return _error(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > TEXT:
            return _error(400, "Bad Request: message is too long")
        markup = json.loads(given.get("reply_markup") or "{}")
        buttons = [button for row in markup.get("inline_keyboard", []) for button in row]
        if any(not 1 <= len(button["callback_data"].encode()) <= BUTTON for button in buttons):
            return _error(400, "Bad Request: BUTTON_DATA_INVALID")

        def accept() -> web.Response:
            number = next(self._message)
            self.take(chat, text, buttons=buttons, token=bot.token, message_id=number)
            shown = {"message_id": number, "date": int(time.time()), "text": text}
            return _ok({**shown, "chat": {"id": int(chat), "type": "private"}})

        return await self.troubled_send(chat, accept)

    async def _do_getme(self, bot: Bot, _: dict[str, Any]) -> web.Response:
        return _ok(
            {"id": int(bot.token.split(":")[0]), "is_bot": True, "first_name": "b", "username": "b_bot"}
        )

    async def _do_getfile(self, _: Bot, given: dict[str, Any]) -> web.StreamResponse:
        file = str(given["file_id"])
        if file not in self.files:
            return _error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        shown = {
            "file_id": file,
            "file_unique_id": "u",
            "file_size": len(self.files[file]),
            "file_path": file,
        }
        return await self.troubled_send("file", lambda: _ok(shown))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=self.files[request.match_info["path"]])

    async def _do_answercallbackquery(self, _: Bot, given: dict[str, Any]) -> web.Response:
        self.answered_queries.append(str(given["callback_query_id"]))
        return _ok(True)

    async def _do_setmycommands(self, bot: Bot, given: dict[str, Any]) -> web.Response:
        bot.commands[str(given.get("language_code", ""))] = json.loads(given["commands"])
        return _ok(True)

    async def _do_setwebhook(self, bot: Bot, given: dict[str, Any]) -> web.Response:
        bot.url, bot.secret = str(given["url"]), str(given.get("secret_token", ""))
        bot.allowed = json.loads(given.get("allowed_updates") or "[]")
        return _ok(True)

    async def _do_deletewebhook(self, bot: Bot, _: dict[str, Any]) -> web.Response:
        bot.url = ""
        return _ok(True)

    async def _do_getwebhookinfo(self, bot: Bot, _: dict[str, Any]) -> web.Response:
        info: dict[str, Any] = {"url": bot.url, "has_custom_certificate": False, "pending_update_count": 0}
        if bot.allowed:
            info["allowed_updates"] = bot.allowed
        if self.last_error:
            info |= {"last_error_date": int(self.last_error[0]), "last_error_message": self.last_error[1]}
        return _ok(info)

    async def _do_getupdates(self, bot: Bot, given: dict[str, Any]) -> web.Response:
        if bot.url:
            return _error(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(given.get("offset", 0))
        while bot.waiting and bot.waiting[0]["update_id"] < offset:
            bot.waiting.popleft()  # asking for later ones confirms them
        if not bot.waiting:
            self._news[bot.token].clear()
            try:
                async with asyncio.timeout(float(given.get("timeout", 0))):
                    await self._news[bot.token].wait()
            except TimeoutError:
                pass
        return _ok(list(bot.waiting)[: int(given.get("limit", 100))])

    def limited(self, seconds: float) -> web.Response:
        after = {"retry_after": int(seconds)}
        return _error(429, f"Too Many Requests: retry after {int(seconds)}", after)

    def coded(self, code: float) -> web.Response:
        return _error(int(code), "Bad Request: can't parse entities")


async def _form(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        return dict(await request.json())
    return dict(await request.post())


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _error(code: int, description: str, parameters: dict[str, Any] | None = None) -> web.Response:
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=code)
