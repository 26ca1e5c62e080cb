"""WeChat and WeCom under load: answers in place of callbacks, and by their APIs."""

import asyncio
import contextlib
import itertools
import random
import time
from typing import Any

from bench.faults.lines import PATIENCE, Line, Shopper
from bot.channels.split import split, utf8
from bot.channels.wechat import TEXT
from bot.channels.weixin.choices import HINT
from tests.instance import Karwan
from tests.peers.phones import Shown
from tests.peers.wechat import Official, WeChatPeer
from tests.peers.wecom import Corp, WecomPeer
from tests.peers.weixin import WeixinPeer

AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
MENU = "menu:"


class Weixin(Line):
    """Several replies may come as one message, and choices as numbered lines: compared are paragraphs."""

    peer: WeixinPeer

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._users = itertools.count(1)
        self._accounts: dict[str, str] = {}
        self._late: set[asyncio.Task[Any]] = set()

    async def shopper(self, shop: str) -> Shopper:
        return Shopper(shop, f"{self.name}-{next(self._users)}", account=self._accounts[shop])

    async def say(self, who: Shopper, text: str, *, wait: bool = True) -> list[dict[str, str]]:
        event = self.peer.watched.setdefault(who.key, asyncio.Event())
        event.clear()
        started = time.monotonic()
        await self._write(who, text)
        if not wait:
            return []
        async with asyncio.timeout(PATIENCE):
            await event.wait()
        who.silences.append(time.monotonic() - started)
        await asyncio.sleep(0.5)  # a second reply may follow
        return _choices(self.peer.phones[who.key].seen[-1])

    async def _write(self, who: Shopper, text: str) -> None:
        raise NotImplementedError

    async def seen(self, who: Shopper) -> list[str]:
        return [part for text in self.peer.phones[who.key].texts for part in _paragraphs(text)]

    def parts(self, text: str, buttons: list[dict[str, str]] | None) -> list[str]:
        return [piece for part in split(text, TEXT, utf8) for piece in _paragraphs(part)]

    def _soon(self, doing: Any) -> None:
        task = asyncio.create_task(doing)
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def close(self) -> None:
        await asyncio.gather(*self._late, return_exceptions=True)
        await super().close()


class WeChat(Weixin):
    name = "wechat"

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance)
        self.peer: WeChatPeer = WeChatPeer(Official(aes_key=AES_KEY))
        self._urls: dict[str, str] = {}

    async def open(self, karwan: Karwan, shops: list[str]) -> None:
        await self.peer.start()
        ours = self.peer.account
        config = {"app_id": ours.app_id, "api_base": self.peer.base}
        secrets = {"app_secret": ours.app_secret, "token": ours.token, "aes_key": ours.aes_key}
        for number, shop in enumerate(shops):
            account = self._accounts[shop] = f"faults-{number}"
            await karwan.add_account("wechat", shop, account, config, secrets)
            self._urls[shop] = f"{karwan.base}/channels/wechat/{account}"

    async def _write(self, who: Shopper, text: str) -> None:
        """A shopper who is told that the service is out of order writes again: a message of its own."""
        choice, _, words = text.removeprefix(MENU).partition(":") if text.startswith(MENU) else ("", "", text)
        fields = {"MsgType": "text", "Content": words, **({"bizmsgmenuid": choice} if choice else {})}
        url = self._urls[who.shop]
        while True:
            sent = {**fields, "MsgId": self.peer.new_id()}
            self.peer.wrote(who.key)
            copies = 2 if self._chance.random() < 0.08 else 1
            push = await self.peer.push(who.key, sent, copies, url=url)
            if 200 in push.status:
                who.taken.append(sent["MsgId"])
                if self._chance.random() < 0.08:
                    self._soon(self._again(who, sent, url))
                return
            await asyncio.sleep(1)

    async def _again(self, who: Shopper, sent: dict[str, str], url: str) -> None:
        await asyncio.sleep(self._chance.uniform(0.5, 8))
        await self.peer.again(who.key, sent, url=url)


class WeCom(Weixin):
    name = "wecom"

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance)
        self.peer: WecomPeer = WecomPeer(Corp(aes_key=AES_KEY))

    async def open(self, karwan: Karwan, shops: list[str]) -> None:
        """One account: its shop has all of this channel's shoppers."""
        await self.peer.start()
        corp = self.peer.corp
        config = {"corp_id": corp.corp_id, "open_kfid": corp.open_kfid, "api_base": self.peer.base}
        secrets = {"secret": corp.secret, "token": corp.token, "aes_key": corp.aes_key}
        await karwan.add_account("wecom", shops[0], "faults", config, secrets)
        corp.url = f"{karwan.base}/channels/wecom/faults"
        self._accounts = dict.fromkeys(shops, "faults")

    async def _write(self, who: Shopper, text: str) -> None:
        """What is written can be fetched from now on, whatever becomes of the ring: the platform has it."""
        identity = self.peer.new_id()
        choice, _, words = text.removeprefix(MENU).partition(":") if text.startswith(MENU) else ("", "", text)
        content = {"content": words, **({"menu_id": choice} if choice else {})}
        self.peer.add(who.key, "text", content, identity)
        who.taken.append(identity)
        if self._chance.random() < 0.05:
            self.peer.messages.append(self.peer.messages[-1])  # the platform lists one twice
        self._soon(self._ring())

    async def _ring(self) -> None:
        if self._chance.random() < 0.05:
            await asyncio.sleep(self._chance.uniform(0.5, 4))
        with contextlib.suppress(Exception):
            await self.peer.push(2 if self._chance.random() < 0.08 else 1)


def _paragraphs(text: str) -> list[str]:
    """Without the numbered choices, which are no text of ours."""
    return [part for part in text.split("\n\n") if not part.endswith(tuple(HINT.values()))]


def _choices(shown: Shown) -> list[dict[str, str]]:
    """What can be pressed, or written instead."""
    if shown.menu:
        return [{"title": words, "payload": f"{MENU}{identity}:{words}"} for identity, words in shown.menu]
    last = shown.text.split("\n\n")[-1]
    if not last.endswith(tuple(HINT.values())):
        return []
    lines = [line.split(" ", 1) for line in last.splitlines()[:-1]]
    return [{"title": words, "payload": number} for number, words in lines]
