"""Telegram accounts of the running product, each with its peer."""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.instance import Karwan, until
from tests.peers.base import in_thread
from tests.peers.telegram import Bot, TelegramPeer


@dataclass
class Line:
    """A Telegram account of a shop, and the platform at its other end."""

    karwan: Karwan
    peer: TelegramPeer
    bot: Bot
    name: str
    shop: str

    @property
    def url(self) -> str:
        return f"{self.karwan.base}/channels/telegram/{self.name}"

    def callback(self, update: Any, secret: str | None = None) -> httpx.Response:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.bot.secret if secret is None else secret}
        return httpx.post(self.url, json=update, headers=headers, trust_env=False, timeout=20)

    def says(self, chat: int, text: str, **more: Any) -> dict[str, Any]:
        """Somebody writes; the platform has delivered it."""
        update = self.peer.text(chat, text, **more)
        assert self.callback(update).status_code == 200
        return update

    def replies(self, chat: int, count: int = 1, seconds: float = 20) -> list[str]:
        """What the chat has been sent, once there are that many."""
        until(lambda: len(self.peer.texts(chat)) >= count, seconds, f"{count} replies")
        return self.peer.texts(chat)

    def answer(self, chat: int) -> list[str]:
        """What the chat has been sent in all, once everything is answered and out."""
        until(lambda: self.is_settled(chat), 20, "settled")
        return self.peer.texts(chat)

    def buttons(self, chat: int) -> list[dict[str, str]]:
        """Those of the chat's first message."""
        shown = next(message for message in self.peer.accepted if message.to == str(chat))
        buttons: list[dict[str, str]] = shown.data["buttons"]
        return buttons

    def conversation(self, chat: int) -> str:
        found = self.karwan.sql(
            "SELECT c.id FROM conversation c JOIN contact_inbox i ON i.id = c.contact_inbox_id"
            " JOIN channel_account a ON a.id = i.channel_account_id"
            " WHERE a.name = %s AND i.external_id = %s",
            self.name,
            str(chat),
        )
        assert len(found) == 1
        return str(found[0][0])

    def rows(self, chat: int, columns: str = "sender, text") -> list[tuple[Any, ...]]:
        """The conversation's messages."""
        return self.karwan.sql(
            f"SELECT {columns} FROM message WHERE conversation_id = %s ORDER BY seq", self.conversation(chat)
        )

    def is_settled(self, chat: int) -> bool:
        """Everything is answered, and every answer out."""
        return self.karwan.sql(
            "SELECT (SELECT count(*) FROM message WHERE conversation_id = %s AND status = 'pending')"
            " + (SELECT count(*) FROM delivery WHERE conversation_id = %s AND status = 'waiting')",
            *[self.conversation(chat)] * 2,
        ) == [(0,)]


@pytest.fixture(scope="session")
def shop_slug(karwan: Karwan) -> str:
    """One shop for all: nobody here changes an order."""
    return karwan.new_shop()


@pytest.fixture(scope="session")
def telegram() -> Iterator[TelegramPeer]:
    with in_thread(TelegramPeer()) as peer:
        yield peer


@pytest.fixture(scope="session")
def shared_line(karwan: Karwan, shop_slug: str, telegram: TelegramPeer) -> Line:
    return open_line(karwan, shop_slug, telegram)


@pytest.fixture
def line(shared_line: Line) -> Iterator[Line]:
    """One account for all: a test has chats of its own."""
    yield shared_line
    shared_line.peer.faults.clear()


@pytest.fixture
def chat() -> int:
    """A chat, and its neighbours, that no other test writes in."""
    return next(_chats)


_chats = itertools.count(1000, 10)


def open_line(karwan: Karwan, shop: str, peer: TelegramPeer, *more: str, number: int = 1) -> Line:
    bot = peer.add_bot(number)
    name = f"tg-{uuid.uuid4().hex[:8]}"
    done = karwan.command(
        *("channel", "add", "telegram", "--shop", shop, "--account", name, "--bot-token", "-"),
        *("--secret-token", bot.secret, "--api-base", peer.base, *more),
        typed=f"{bot.token}\n",
    )
    assert done.returncode == 0, done.stderr
    line = Line(karwan, peer, bot, name, shop)
    if "--polling" not in more:
        bot.url = line.url
    return line
