"""The two systems under measure, with one model and one set of actions: Karwan, and Rasa as it comes.

Stock is `rasa run` with its SQL tracker store on the same PostgreSQL and an action server of its own (our
actions; on uvicorn, which is faster than the one rasa-sdk brings).
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import psutil
import psycopg
import yaml

from bot.settings import ENGINE_PYTHON, ROOT

SECRET = "bench"


@dataclass
class System:
    """A running system: its processes by name, and the seconds until it answered."""

    name: str
    processes: dict[str, psutil.Process] = field(default_factory=dict)
    ready_after: float = 0

    def memory(self) -> dict[str, float]:
        """MiB by process name; pages that processes share are counted once (PSS)."""
        return {name: _tree_pss(process) for name, process in self.processes.items()}


class Karwan(System):
    def __init__(self, base: str) -> None:
        super().__init__("Karwan")
        self.base = base

    async def open(self, http: aiohttp.ClientSession) -> Any:
        async with http.post(f"{self.base}/channels/web/demo/sessions", json={}) as response:
            return (await response.json())["token"]

    async def say(self, http: aiohttp.ClientSession, token: Any, text: str) -> int:
        """The number of replies; at least one is there when this returns."""
        message = {"message_id": uuid.uuid4().hex, "text": text}
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.base}/channels/web/demo/messages?wait=30"
        async with http.post(url, json=message, headers=headers) as response:
            body = await response.json()
            assert response.status == 200, body
            assert body["mode"] == "bot", body  # no turn failed and was passed on to a person
            return len(body["messages"])


class Stock(System):
    def __init__(self, base: str, shop: int) -> None:
        super().__init__("stock Rasa")
        self.base = base
        self.shop = shop

    async def open(self, http: aiohttp.ClientSession) -> Any:
        return str(uuid.uuid4())

    async def say(self, http: aiohttp.ClientSession, sender: Any, text: str) -> int:
        metadata = {
            "turn": uuid.uuid4().hex,
            "conversation": sender,
            "contact": sender,
            "shop": self.shop,
            "language": "zh",
            "photos": [],
        }
        body = {"sender": sender, "message": text, "metadata": metadata}
        async with http.post(f"{self.base}/webhooks/rest/webhook", json=body) as response:
            return len(await response.json())


@contextlib.contextmanager
def both() -> Iterator[tuple[Karwan, Stock]]:
    """Both running on one embedded PostgreSQL; stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="karwan-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _karwan(folder) as karwan, _stock(folder, karwan) as stock:
            yield karwan, stock


@contextlib.contextmanager
def _karwan(folder: Path) -> Iterator[Karwan]:
    port = _free_port()
    environment = {
        "PORT": str(port),
        "KARWAN_DATA": str(folder),
        "DATABASE_URL": "",
        "ENGINE_SECRET": SECRET,
        "WEB_MESSAGES_PER_SECOND": "100000",
    }
    karwan = Karwan(f"http://127.0.0.1:{port}")
    with _process([sys.executable, "-m", "bot", "run"], environment) as supervisor:
        karwan.ready_after = _wait(f"{karwan.base}/readyz")
        children = psutil.Process(supervisor.pid).children()
        karwan.processes = {"supervisor": psutil.Process(supervisor.pid)} | {_name(c): c for c in children}
        postmaster = (folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        karwan.processes["postgres"] = psutil.Process(int(postmaster))
        yield karwan


@contextlib.contextmanager
def _stock(folder: Path, karwan: Karwan) -> Iterator[Stock]:
    host = str(folder / "postgres")
    with psycopg.connect(host=host, user="postgres", dbname="karwan", autocommit=True) as connection:
        connection.execute("CREATE DATABASE rasa")
        shop = connection.execute("SELECT id FROM shop WHERE slug = 'demo'").fetchone()
    action_port, port = _free_port(), _free_port()
    endpoints = folder / "endpoints.yml"
    endpoints.write_text(yaml.safe_dump(_endpoints(host, action_port)))
    (folder / "credentials.yml").write_text("rest:\n")
    model = subprocess.check_output(
        [ENGINE_PYTHON, "-m", "nlu.engine.train"], cwd=ROOT, env=quiet_environment({}), text=True
    ).strip()
    url = f"postgresql+psycopg://postgres@/karwan?host={host}"
    actions = {"DATABASE_URL": url, "PORT": str(action_port), "ENGINE_SECRET": SECRET}
    rasa = [
        "-m",
        "rasa",
        "run",
        "-m",
        model,
        "-p",
        str(port),
        "-i",
        "127.0.0.1",
        "--endpoints",
        str(endpoints),
    ]
    rasa += ["--credentials", str(folder / "credentials.yml"), "--enable-api", "--quiet"]
    stock = Stock(f"http://127.0.0.1:{port}", shop[0] if shop else 0)
    with (
        _process([sys.executable, "-m", "bench.action_server"], actions) as server,
        _process([str(ENGINE_PYTHON), *rasa], {}) as process,
    ):
        stock.ready_after = _wait(f"{stock.base}/status")
        _wait(f"http://127.0.0.1:{action_port}/healthz")
        stock.processes = {"rasa": psutil.Process(process.pid), "action server": psutil.Process(server.pid)}
        stock.processes["postgres"] = karwan.processes["postgres"]
        yield stock


def _endpoints(host: str, action_port: int) -> dict[str, Any]:
    return {
        "tracker_store": {
            "type": "SQL",
            "dialect": "postgresql",
            "db": "rasa",
            "username": "postgres",
            "query": {"host": host},
        },
        "action_endpoint": {
            "url": f"http://127.0.0.1:{action_port}/actions",
            "headers": {"Authorization": f"Bearer {SECRET}"},
            "enable_selective_domain": True,
        },
    }


@contextlib.contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=quiet_environment(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def quiet_environment(more: dict[str, str]) -> dict[str, str]:
    """This process's environment with `more`, and every library told to keep quiet."""
    quiet = {
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "OMP_NUM_THREADS": "1",
        "LOG_LEVEL": "ERROR",
    }
    return {**os.environ, **quiet, **more}


def _wait(url: str) -> float:
    started = time.monotonic()
    while time.monotonic() - started < 120:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=5, trust_env=False).status_code == 200:
                return time.monotonic() - started
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer within 120 s")


def _free_port() -> int:
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            with contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port


def _name(process: psutil.Process) -> str:
    """What a child of the supervisor is: the last word of its command."""
    return process.cmdline()[-1].removeprefix("nlu.")


def _tree_pss(process: psutil.Process) -> float:
    total = 0
    own = [process] if process.is_running() else []
    # The supervisor's children are listed under their own names.
    below = (
        [] if "run" in process.cmdline() and "bot" in process.cmdline() else process.children(recursive=True)
    )
    for part in [*own, *below]:
        with contextlib.suppress(psutil.Error):
            total += part.memory_full_info().pss
    return total / 2**20
