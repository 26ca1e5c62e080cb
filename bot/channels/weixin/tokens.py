"""The access token of an account: one row for the whole deployment, and one refresher at a time.

Refreshing is a lease on the row, taken by compare-and-set of its version: who gets it asks the platform, all
others wait for the new version. A refresher that dies leaves a lease that runs out. No transaction is open
while the platform is asked.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, TextClause, text

from bot.vault import Vault
from shop.database import Sessions

EARLY = 180  # seconds before its end a token is no longer used; the platform keeps the old one for 300
LEASE = 20  # seconds a refresher has
LOOK_AGAIN = 0.1  # seconds between two looks of those who wait for it
REMEMBERED = 30.0  # seconds a process uses a token without looking at the row

_ROW = text(
    "SELECT token, version, EXTRACT(epoch FROM expires_at - now())::float AS left"
    " FROM access_token WHERE channel_account_id = :account"
)
_LEASE = text(
    """
    INSERT INTO access_token (channel_account_id, token, version, expires_at, refreshing_until)
    VALUES (:account, ''::bytea, 0, to_timestamp(0), now() + make_interval(secs => :lease))
    ON CONFLICT (channel_account_id) DO UPDATE SET refreshing_until = excluded.refreshing_until
    WHERE access_token.version = :seen
      AND (access_token.refreshing_until IS NULL OR access_token.refreshing_until < now())
    RETURNING version
    """
)
_SET = text(
    """
    UPDATE access_token SET token = :token, version = version + 1, refreshing_until = NULL,
           expires_at = now() + make_interval(secs => :seconds)
    WHERE channel_account_id = :account AND version = :seen
    RETURNING version
    """
)
_GIVE_UP = text(
    "UPDATE access_token SET refreshing_until = NULL WHERE channel_account_id = :account AND version = :seen"
)


@dataclass(frozen=True)
class Token:
    value: str
    version: int
    good_until: float  # on this process's monotonic clock


@dataclass(frozen=True)
class Fresh:
    """What the platform answered: the token and for how many seconds it is good."""

    value: str
    seconds: int


#: asks the platform; True asks for another token than the one it gave last
Ask = Callable[[bool], Awaitable[Fresh]]


class Tokens:
    """In `single` sessions each statement is its own transaction."""

    def __init__(self, single: Sessions, vault: Vault) -> None:
        self._sessions = single
        self._vault = vault
        self._known: dict[int, Token] = {}

    async def get(self, account: int, ask: Ask) -> Token:
        """A token that is good now. Raises what `ask` raises."""
        known = self._known.get(account)
        if known is not None and time.monotonic() < known.good_until:
            return known
        return await self._renewed(account, None, ask)

    async def after_refusal(self, account: int, refused: Token, ask: Ask) -> Token:
        """Another one than that, which the platform did not take: the row's, if it is newer by now."""
        return await self._renewed(account, refused, ask)

    async def _renewed(self, account: int, refused: Token | None, ask: Ask) -> Token:
        deadline = time.monotonic() + LEASE + 5
        while time.monotonic() < deadline:
            row = await self._row(account)
            if row is not None and row.left > 0 and (refused is None or row.version > refused.version):
                return self._remember(account, self._vault.open(row.token)["token"], row.version, row.left)
            seen = row.version if row is not None else 0
            if await self._leased(account, seen):
                return await self._refresh(account, seen, refused, ask)
            await asyncio.sleep(LOOK_AGAIN)
        raise TimeoutError("nobody could refresh the access token")

    async def _refresh(self, account: int, seen: int, refused: Token | None, ask: Ask) -> Token:
        """Asked mildly first: where another deployment has refreshed it, the platform gives that one's."""
        try:
            fresh = await ask(False)
            if refused is not None and fresh.value == refused.value:
                fresh = await ask(True)
        except BaseException:
            await self._execute(_GIVE_UP, account=account, seen=seen)
            raise
        sealed = self._vault.seal({"token": fresh.value})
        seconds = max(fresh.seconds - EARLY, fresh.seconds / 2)
        await self._execute(_SET, account=account, seen=seen, token=sealed, seconds=seconds)
        return self._remember(account, fresh.value, seen + 1, seconds)

    def _remember(self, account: int, value: str, version: int, left: float) -> Token:
        token = Token(value, version, time.monotonic() + min(left, REMEMBERED))
        self._known[account] = token
        return token

    async def _row(self, account: int) -> Row[Any] | None:
        async with self._sessions() as session:
            return (await session.execute(_ROW, {"account": account})).first()

    async def _leased(self, account: int, seen: int) -> bool:
        values = {"account": account, "seen": seen, "lease": LEASE}
        async with self._sessions() as session:
            return (await session.execute(_LEASE, values)).first() is not None

    async def _execute(self, statement: TextClause, **values: object) -> None:
        async with self._sessions() as session:
            await session.execute(statement, values)
