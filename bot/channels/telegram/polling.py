"""Telegram accounts that fetch their updates: for servers that nobody can reach from outside.

One process of the deployment fetches for an account: an advisory lock of the database says which, and falls
free when that process dies. Asking for the next updates confirms those before, so what was not stored comes
again.
"""

import asyncio
import contextlib
import logging

import psycopg
from telegram.error import Conflict, InvalidToken

from bot.accounts import Accounts
from bot.channels.seam import Account
from bot.channels.telegram.adapter import Telegram
from bot.channels.telegram.updates import ALLOWED
from bot.intake import Intake

LOCK = "hashtextextended(%s, 0)"
LOOK_EVERY = 5.0  # seconds between two looks for accounts that nobody fetches for

logger = logging.getLogger(__name__)


class Pollers:
    """Fetches for every polling account that no other process fetches for."""

    def __init__(self, database_url: str, accounts: Accounts, intake: Intake) -> None:
        self._url = database_url.replace("+psycopg", "", 1)
        self._accounts = accounts
        self._intake = intake
        self._running: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._hold_locks()
            except (psycopg.Error, OSError) as error:
                logger.warning("polling interrupted: %s", type(error).__name__)
            finally:
                await self._stop(set(self._running))  # the locks are gone with the connection
            await asyncio.sleep(1)

    async def _hold_locks(self) -> None:
        connect = psycopg.AsyncConnection.connect
        async with await connect(self._url, autocommit=True, connect_timeout=5) as connection:
            while True:
                wanted = {a.id: a for a in await self._accounts.all() if _is_polled(a)}
                for account in set(self._running) - set(wanted):
                    await self._stop({account})
                    await connection.execute(
                        "SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [_lock(account)]
                    )
                for identity in set(wanted) - set(self._running):
                    got = await connection.execute(f"SELECT pg_try_advisory_lock({LOCK})", [_lock(identity)])
                    row = await got.fetchone()
                    if row and row[0]:
                        self._running[identity] = asyncio.create_task(self._poll(identity))
                await connection.execute("SELECT 1")
                await asyncio.sleep(LOOK_EVERY)

    async def _stop(self, accounts: set[int]) -> None:
        tasks = [self._running.pop(account) for account in accounts]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _poll(self, identity: int) -> None:
        offset: int | None = None
        while True:
            opened = await self._look_up(identity)
            if opened is None:
                await asyncio.sleep(LOOK_EVERY)
                continue
            try:
                offset = await self._round(*opened, offset)
            except Exception as error:  # what was not stored comes again
                await asyncio.sleep(_pause(error))

    async def _look_up(self, identity: int) -> tuple[Account, Telegram] | None:
        with contextlib.suppress(Exception):  # the database may be away
            opened = await self._accounts.by_id(identity)
            if opened is not None and isinstance(opened.channel, Telegram):
                return opened.account, opened.channel
        return None

    async def _round(self, account: Account, telegram: Telegram, offset: int | None) -> int | None:
        """One batch: stored, each once. The number to ask for next."""
        for update in await telegram.updates(offset, ALLOWED):
            await self._intake.take(account, False, telegram.values(update))
            telegram.soothe(update)
            if isinstance(number := update.get("update_id"), int):
                offset = number + 1
        return offset


def _pause(error: Exception) -> float:
    """Say what went wrong, without its words: they may hold the token. Seconds to wait."""
    if isinstance(error, InvalidToken | Conflict):
        what = (
            "the token is not accepted" if isinstance(error, InvalidToken) else "another program fetches too"
        )
        logger.error("polling: %s; run `karwan channel check`", what)
        return 10
    logger.warning("polling failed: %s", type(error).__name__)
    return 1


def _is_polled(account: Account) -> bool:
    return account.channel == "telegram" and bool(account.config.get("polling"))


def _lock(account: int) -> str:
    return f"karwan telegram polling {account}"
