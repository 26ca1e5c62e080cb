"""The outbox on a database of its own, with a channel that does what a test says. No process, no waiting: a
test moves the hands of the clock by changing `next_at`."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import text

from bot.accounts import Accounts, Open, save_account
from bot.channels.rate import Rate
from bot.channels.seam import Account, Answer, Callback, File, Outgoing, Result, Sent, Take
from bot.channels.split import split
from bot.channels.tools import Tools
from bot.database import migrate
from bot.intake import Intake
from bot.jobs import single_statements
from bot.outbox import Outbox
from bot.vault import Vault
from shop.database import Sessions, connect, transaction
from shop.models import Shop


@dataclass
class Spoken:
    """A channel that answers as told, and remembers what it was given."""

    budget: int | None = None
    hold: float = 0.0
    limit: int = 1000
    results: list[Result | Exception] = field(default_factory=list)  # then Sent
    sent: list[tuple[str, str]] = field(default_factory=list)  # receiver, text: what the platform took
    tried: list[Outgoing] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None

    async def callback(self, callback: Callback, take: Take) -> Answer:
        return Answer()

    def split(self, text: str) -> list[str]:
        return split(text, self.limit, len)

    async def send(self, to: str, out: Outgoing) -> Result:
        self.tried.append(out)
        if self.before:
            await self.before()
        result = self.results.pop(0) if self.results else Sent(f"id-{len(self.sent)}")
        if isinstance(result, Exception):
            raise result
        if isinstance(result, Sent):
            self.sent.append((to, out.text))
        return result

    async def fetch(self, origin: Mapping[str, Any]) -> File:
        return File(b"", "")

    async def check(self) -> list[str]:
        return []

    async def close(self) -> None: ...


class Known(Accounts):
    """One account, whose channel is the test's."""

    def __init__(self, single: Sessions, vault: Vault, account: Account, channel: Spoken) -> None:
        super().__init__(Tools(single, single, vault))
        self.only = Open(account, channel, None, 0)  # type: ignore[arg-type]

    async def by_id(self, identity: int) -> Open | None:
        return self.only if identity == self.only.account.id else None


@dataclass
class Desk:
    sessions: Sessions
    single: Sessions
    account: Account
    channel: Spoken
    outbox: Outbox
    intake: Intake

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        async with self.single() as session:
            result = await session.execute(text(statement), values)
            return [tuple(row) for row in result.all()] if result.returns_rows else []

    async def states(self) -> list[tuple[Any, ...]]:
        return await self.rows("SELECT status, error FROM delivery ORDER BY seq")

    async def due(self) -> None:
        """The time that replies wait for has come."""
        await self.rows("UPDATE delivery SET next_at = now() - interval '1 second' WHERE status = 'waiting'")

    async def texts(self) -> list[str]:
        return [text for _, text in self.channel.sent]


@pytest.fixture(scope="session")
def migrated(postgres: str) -> str:
    """The name of a database as the migrations make it, job queue and all."""
    name = "karwan_migrated"
    with psycopg.connect(postgres.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    migrate(_named(postgres, name))
    return name


@pytest.fixture
def database(postgres: str, migrated: str) -> Iterator[str]:
    name = f"outbox_{uuid.uuid4().hex}"
    plain = postgres.replace("+psycopg", "", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated}")
        yield _named(postgres, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Desk]:
    engine, sessions = connect(database)
    single = single_statements(engine)
    vault = Vault(["k" * 32])
    async with transaction(sessions) as session:
        shop = Shop(slug="s", name={"zh": "店"}, settings={})
        session.add(shop)
        await session.flush()
        identity = await save_account(
            session,
            vault,
            shop_id=shop.id,
            channel="telegram",
            name="a",
            config={},
            secrets={"bot_token": "1:a", "secret_token": "b"},
        )
    channel = Spoken()
    account = Account(identity, shop.id, "telegram", "a", {}, {})
    outbox = Outbox(single, Known(single, vault, account, channel))
    yield Desk(sessions, single, account, channel, outbox, Intake(sessions, single, Rate(1000, 1000)))
    await engine.dispose()


def _named(url: str, database: str) -> str:
    return sqlalchemy.make_url(url).set(database=database).render_as_string(hide_password=False)
