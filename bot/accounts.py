"""Channel accounts: kept in the database, secrets sealed; one adapter each in a process, made when needed."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.registry import build
from bot.channels.seam import Account, Channel
from bot.channels.tools import Tools
from bot.models import ChannelAccount
from bot.vault import Vault
from shop.database import now

FRESH = 10.0  # seconds an account is used before its row is looked at again

_COLUMNS = "SELECT id, shop_id, channel, name, config, secrets, updated_at FROM channel_account"
_BY_NAME = text(f"{_COLUMNS} WHERE channel = :channel AND name = :name AND channel <> 'web'")
_BY_ID = text(f"{_COLUMNS} WHERE id = :id AND channel <> 'web'")
_ALL = text(f"{_COLUMNS} WHERE channel <> 'web' ORDER BY id")


class NameTaken(Exception):
    """Another shop has an account of that name on that channel."""


@dataclass
class Open:
    """An account in use."""

    account: Account
    channel: Channel
    version: datetime
    looked_at: float


class Accounts:
    """Finds accounts and keeps their adapters; a changed account gets a new adapter within ten seconds."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._single = tools.single
        self._vault = tools.vault
        self._open: dict[int, Open] = {}
        self._names: dict[tuple[str, str], tuple[float, int | None]] = {}
        self._lock = asyncio.Lock()

    async def by_name(self, channel: str, name: str) -> Open | None:
        """The account a callback is for; None where there is none."""
        looked_at, identity = self._names.get((channel, name), (-FRESH, None))
        if identity is not None and (found := self._fresh(identity)):
            return found
        if identity is None and time.monotonic() - looked_at < FRESH / 5:
            return None  # whoever guesses names does not reach the database each time
        found = await self._look(_BY_NAME, channel=channel, name=name)
        if len(self._names) > 10_000:
            self._names.clear()
        self._names[channel, name] = (time.monotonic(), found.account.id if found else None)
        return found

    async def by_id(self, identity: int) -> Open | None:
        return self._fresh(identity) or await self._look(_BY_ID, id=identity)

    async def all(self) -> list[Account]:
        """Every external account, for pollers and checks."""
        async with self._single() as session:
            return [self._account(row) for row in await session.execute(_ALL)]

    async def close(self) -> None:
        for entry in self._open.values():
            with contextlib.suppress(Exception):
                await entry.channel.close()
        self._open.clear()

    def _fresh(self, identity: int) -> Open | None:
        entry = self._open.get(identity)
        return entry if entry and time.monotonic() - entry.looked_at < FRESH else None

    async def _look(self, statement: Any, **values: Any) -> Open | None:
        async with self._single() as session:
            row = (await session.execute(statement, values)).first()
        if row is None:
            return None
        async with self._lock:
            entry = self._open.get(row.id)
            if entry is None or entry.version != row.updated_at:
                account = self._account(row)
                old, entry = (
                    entry,
                    Open(account, build(account, self._tools), row.updated_at, time.monotonic()),
                )
                self._open[row.id] = entry
                if old:
                    asyncio.get_running_loop().call_later(60, _close_soon, old.channel)
            entry.looked_at = time.monotonic()
            return entry

    def _account(self, row: Row[Any]) -> Account:
        secrets = self._vault.open(row.secrets)
        return Account(row.id, row.shop_id, row.channel, row.name, row.config, secrets)


_closing: set[asyncio.Task[None]] = set()


def _close_soon(channel: Channel) -> None:
    """An adapter that was replaced: sends that use it have ended by now."""
    task = asyncio.ensure_future(channel.close())
    _closing.add(task)
    task.add_done_callback(_closing.discard)


async def save_account(
    session: AsyncSession,
    vault: Vault,
    *,
    shop_id: int,
    channel: str,
    name: str,
    config: dict[str, Any],
    secrets: dict[str, str],
) -> int:
    """Add an account, or give the shop's account of that name new settings. Raises NameTaken."""
    owner = await session.scalar(
        text("SELECT shop_id FROM channel_account WHERE channel = :channel AND name = :name"),
        {"channel": channel, "name": name},
    )
    if owner not in (None, shop_id):
        raise NameTaken
    values = {"config": config, "secrets": vault.seal(secrets), "updated_at": now()}
    saved = (
        insert(ChannelAccount)
        .values(shop_id=shop_id, channel=channel, name=name, **values)
        .on_conflict_do_update(index_elements=["shop_id", "channel", "name"], set_=values)
        .returning(ChannelAccount.id)
    )
    return (await session.scalars(saved)).one()
