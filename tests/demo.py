"""A database with the demo shop in it, loaded once for all the tests that only read it."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy

from bot.demo import load_demo
from shop.database import connect, transaction


@contextmanager
def demo_database(postgres: str, template: str) -> Iterator[str]:
    """The URL of a clone of `template` with the demo shop."""
    name = f"demo_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.replace("+psycopg", "", 1), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        url = sqlalchemy.make_url(postgres).set(database=name).render_as_string(hide_password=False)
        asyncio.run(_load(url))
        yield url
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _load(url: str) -> None:
    engine, sessions = connect(url)
    async with transaction(sessions) as session:
        assert await load_demo(session)
    await engine.dispose()
