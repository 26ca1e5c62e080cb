"""The channels under load: how a shopper of each writes, and what they have been shown."""

import asyncio
import itertools
import random
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from bot.channels.split import split, utf16
from tests.instance import Karwan
from tests.peers.base import Peer
from tests.peers.telegram import Bot, TelegramPeer

PATIENCE = 180.0  # seconds a shopper waits for anything at all; then the message counts as lost


@dataclass
class Shopper:
    """One conversation of a load, with what its platform has told us was taken."""

    shop: str
    key: str  # their id on the channel
    account: str = ""
    token: str = ""
    taken: list[str] = field(default_factory=list)  # external ids of the messages that were acknowledged
    silences: list[float] = field(default_factory=list)  # seconds from writing to the first word back
    shown: int = 0


class Line(ABC):
    """A channel: its accounts in the running product, its peer, its shoppers."""

    name: str
    peer: Peer | None = None

    @abstractmethod
    async def open(self, karwan: Karwan, shops: list[str]) -> None: ...

    @abstractmethod
    async def shopper(self, shop: str) -> Shopper: ...

    @abstractmethod
    async def say(self, who: Shopper, text: str, *, wait: bool = True) -> list[dict[str, str]]:
        """Write, until it is taken; wait for the first word back. The buttons shown with the last word."""

    @abstractmethod
    async def seen(self, who: Shopper) -> list[str]:
        """Everything the shopper has been shown by the shop, in order, as their platform has it."""

    def parts(self, text: str, buttons: list[dict[str, str]] | None) -> list[str]:
        """What one of our messages looks like on the platform."""
        return [text]

    async def close(self) -> None:
        if self.peer:
            await self.peer.stop()


class Telegram(Line):
    name = "telegram"

    def __init__(self, http: aiohttp.ClientSession, chance: random.Random) -> None:
        self.peer: TelegramPeer = TelegramPeer()
        self._http, self._chance = http, chance
        self._bots: dict[str, tuple[str, Bot]] = {}
        self._chats = itertools.count(100_000)
        self._late: set[asyncio.Task[Any]] = set()

    async def open(self, karwan: Karwan, shops: list[str]) -> None:
        await self.peer.start()
        for number, shop in enumerate(shops):
            bot = self.peer.add_bot(number)
            account = f"faults-{number}"
            secrets = {"bot_token": bot.token, "secret_token": bot.secret}
            await karwan.add_account("telegram", shop, account, {"api_base": self.peer.base}, secrets)
            bot.url = f"{karwan.base}/channels/telegram/{account}"
            self._bots[shop] = account, bot

    async def shopper(self, shop: str) -> Shopper:
        return Shopper(shop, str(next(self._chats)), account=self._bots[shop][0])

    async def say(self, who: Shopper, text: str, *, wait: bool = True) -> list[dict[str, str]]:
        chat, bot = int(who.key), self._bots[who.shop][1]
        event = self.peer.watched.setdefault(who.key, asyncio.Event())
        event.clear()
        update = self.peer.press(chat, text) if text.startswith("b:") else self.peer.text(chat, text)
        started = time.monotonic()
        await self._deliver(bot, update)
        who.taken.append(str(update["update_id"]))
        if not wait:
            return []
        async with asyncio.timeout(PATIENCE):
            await event.wait()
        who.silences.append(time.monotonic() - started)
        await asyncio.sleep(0.5)  # a second reply may follow
        shown = [one for one in self.peer.accepted if one.to == who.key]
        return [{"title": b["text"], "payload": b["callback_data"]} for b in shown[-1].data["buttons"]]

    async def _deliver(self, bot: Bot, update: dict[str, Any]) -> None:
        """Now and then twice at once, or once more some seconds later."""
        chance = self._chance.random()
        if chance < 0.08:
            await asyncio.gather(*(self.peer.deliver(self._http, bot, update) for _ in range(2)))
            return
        await self.peer.deliver(self._http, bot, update)
        if chance < 0.16:
            again = asyncio.create_task(self._again(bot, update))
            self._late.add(again)
            again.add_done_callback(self._late.discard)

    async def _again(self, bot: Bot, update: dict[str, Any]) -> None:
        await asyncio.sleep(self._chance.uniform(0.5, 8))
        await self.peer.deliver(self._http, bot, update)

    async def seen(self, who: Shopper) -> list[str]:
        return self.peer.texts(who.key)

    def parts(self, text: str, buttons: list[dict[str, str]] | None) -> list[str]:
        return split(text, 4096, utf16)

    async def close(self) -> None:
        await asyncio.gather(*self._late, return_exceptions=True)
        await super().close()


class Web(Line):
    name = "web"

    def __init__(self, http: aiohttp.ClientSession, chance: random.Random) -> None:
        self._http, self._chance = http, chance
        self._base = ""

    async def open(self, karwan: Karwan, shops: list[str]) -> None:
        self._base = f"{karwan.base}/channels/web"

    async def shopper(self, shop: str) -> Shopper:
        opened = await self._until_taken("POST", f"{self._base}/{shop}/sessions", {}, "")
        return Shopper(shop, opened["conversation"], token=opened["token"])

    async def say(self, who: Shopper, text: str, *, wait: bool = True) -> list[dict[str, str]]:
        message = {"message_id": uuid.uuid4().hex, "text": text}
        url = f"{self._base}/{who.shop}/messages"
        started = time.monotonic()
        await self._until_taken("POST", url, message, who.token)
        who.taken.append(message["message_id"])
        if self._chance.random() < 0.08:
            await self._until_taken("POST", url, message, who.token)
        if not wait:
            return []
        while time.monotonic() - started < PATIENCE:
            answer = await self._until_taken("POST", f"{url}?wait=10", message, who.token)
            if answer.get("messages"):
                who.silences.append(time.monotonic() - started)
                buttons: list[dict[str, str]] = answer["messages"][-1]["buttons"]
                return buttons
        raise TimeoutError

    async def seen(self, who: Shopper) -> list[str]:
        """As the widget reads: page by page, after the last number it has."""
        texts: list[str] = []
        after = 0
        while True:
            url = f"{self._base}/{who.shop}/messages?after={after}"
            page = (await self._until_taken("GET", url, None, who.token))["messages"]
            if not page:
                return texts
            texts += [message["text"] for message in page if message["from"] != "shopper"]
            after = page[-1]["seq"]

    async def _until_taken(
        self, method: str, url: str, body: dict[str, Any] | None, token: str
    ) -> dict[str, Any]:
        """As the widget: again, with the same id, until the server has it."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        for attempt in range(200):
            try:
                async with self._http.request(method, url, json=body, headers=headers) as response:
                    if response.status < 300:
                        return dict(await response.json())
                    assert response.status in (429, 500, 503), response.status
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(min(1.0, 0.1 * 2**attempt))
        raise AssertionError("the server never took a request")


def spread(lines: list[Line], shops: list[str]) -> Iterator[tuple[Line, str]]:
    """Conversations over channels and shops, evenly."""
    return zip(itertools.cycle(lines), (shop for shop in itertools.cycle(shops) for _ in lines), strict=False)
