"""The whole product, as `karwan run` starts it: on free ports, with data of its own."""

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bot.accounts import save_account
from bot.demo import load_demo
from bot.orders.models import ShopSecret
from bot.vault import Vault
from shop.database import connect, transaction
from shop.shops import shop_by_slug

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Karwan:
    """The running product: its address, its database, its log, the process that supervises the others, and
    its engine's address and secret."""

    base: str
    database_url: str
    supervisor: subprocess.Popen[bytes]
    log: Path
    engine_url: str
    engine_secret: str

    def new_shop(self) -> str:
        """A demo shop of the caller's own."""
        slug = f"shop-{uuid.uuid4().hex[:12]}"

        async def load() -> None:
            engine, sessions = connect(self.database_url, pool_size=1)
            async with transaction(sessions) as session:
                await load_demo(session, slug)
            await engine.dispose()

        asyncio.run(load())
        return slug

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run a statement on its database; the rows, if it has any."""
        with psycopg.connect(self.database_url.replace("+psycopg", "", 1), autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def command(self, *words: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """`karwan …` beside the running product, on its data."""
        own = {
            "PORT": str(httpx.URL(self.base).port),
            "KARWAN_DATA": str(self.log.parent),
            "DATABASE_URL": "",
        }
        return subprocess.run(
            [sys.executable, "-m", "bot", *words],
            env={**os.environ, **own, **environment},
            cwd=ROOT,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
        )

    async def add_account(
        self, channel: str, shop: str, name: str, config: dict[str, Any], secrets: dict[str, str]
    ) -> None:
        """What `karwan channel add` does, in a tenth of its time."""
        vault = Vault([(self.log.parent / "secret.key").read_text().strip()])
        engine, sessions = connect(self.database_url, pool_size=1)
        async with transaction(sessions) as session:
            known = await shop_by_slug(session, shop)
            assert known is not None
            await save_account(
                session, vault, shop_id=known.id, channel=channel, name=name, config=config, secrets=secrets
            )
        await engine.dispose()

    async def set_secret(self, shop: str, name: str, word: str) -> None:
        """What an owner does on the page of that service."""
        vault = Vault([(self.log.parent / "secret.key").read_text().strip()])
        engine, sessions = connect(self.database_url, pool_size=1)
        async with transaction(sessions) as session:
            known = await shop_by_slug(session, shop)
            assert known is not None
            session.add(ShopSecret(shop_id=known.id, name=name, sealed=vault.seal({"word": word})))
        await engine.dispose()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def running(**environment: str) -> Iterator[Karwan]:
    """Started, waited for, and at the end stopped cleanly."""
    folder = Path(tempfile.mkdtemp(prefix="karwan-run-", dir=fast_directory()))
    folder.chmod(0o755)
    port = free_ports()
    log = folder / "log"
    secret = environment.setdefault("ENGINE_SECRET", uuid.uuid4().hex)
    with log.open("wb") as output:
        supervisor = start(port, folder, output, **environment)
    socket_folder = folder / "postgres"
    karwan = Karwan(
        f"http://127.0.0.1:{port}",
        f"postgresql+psycopg://postgres@/karwan?host={socket_folder}",
        supervisor,
        log,
        f"http://127.0.0.1:{port + 1}",
        secret,
    )
    try:
        until(lambda: supervisor.poll() is not None or karwan.is_ready(), 240, "ready")
        assert supervisor.poll() is None, log.read_text()
        yield karwan
    finally:
        supervisor.send_signal(signal.SIGTERM)
        try:
            status = supervisor.wait(90)
        finally:
            supervisor.kill()
    assert status == 0, log.read_text()
    shutil.rmtree(folder, ignore_errors=True)


def start(port: int, folder: Path, output: Any, **environment: str) -> subprocess.Popen[bytes]:
    """`karwan run`, not waited for."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "run"],
        env={**os.environ, "PORT": str(port), "KARWAN_DATA": str(folder), "DATABASE_URL": "", **environment},
        stdout=output,
        stderr=output,
        cwd=ROOT,
    )


def until(reached: Callable[[], object], seconds: float, what: str = "") -> None:
    """Poll until it is so. Raises AssertionError when three times what a quiet machine may need is over."""
    deadline = time.monotonic() + 3 * seconds
    while not reached():
        assert time.monotonic() < deadline, f"not within {3 * seconds} s: {what}"
        time.sleep(0.1)


def free_ports() -> int:
    """A port that is free, with the one after it."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return int(port)


def fast_directory() -> str | None:
    """Memory where there is plenty: cloning a database takes 10 ms there and up to 300 on a busy disk."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**29
    return str(memory) if roomy else None
