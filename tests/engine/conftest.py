"""The engine: in this process, or as `python -m nlu.engine`, beside a small action server."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nlu.engine import quiet

quiet.hush()

import json  # noqa: E402

import pytest  # noqa: E402

from nlu.engine import patches, train  # noqa: E402
from nlu.engine.runtime import Engine  # noqa: E402
from tests.engine.action_server import ActionServer  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SECRET = "between the two"
METADATA = {"turn": "1", "shop": 1, "contact": "c", "language": "zh", "photos": []}


@pytest.fixture(scope="session")
def model() -> Path:
    """The model that fits, trained if there is none."""
    return train.train()


@pytest.fixture(scope="session")
def actions() -> Iterator[ActionServer]:
    with ActionServer() as server:
        yield server


@pytest.fixture
def patched() -> Iterator[None]:
    patches.apply()
    yield
    patches.revert()


@pytest.fixture(scope="session")
def engine(model: Path, actions: ActionServer) -> Engine:
    """The engine in this process; a turn needs an event loop of its own, so close() it at the end of one."""
    return Engine(model, actions.url, SECRET)


@dataclass
class Running:
    """`python -m nlu.engine`, and how to talk to it."""

    base: str
    process: "subprocess.Popen[str]"

    def post(
        self, path: str, body: Any, headers: dict[str, str] | None = None, method: str = "POST"
    ) -> tuple[int, dict[str, Any]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        shown = (
            {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
            if headers is None
            else headers
        )
        request = urllib.request.Request(self.base + path, raw, shown, method=method)
        try:
            with OPENER.open(request, timeout=20) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def turn(self, text: str, state: Any = None, **metadata: Any) -> tuple[int, dict[str, Any]]:
        return self.post("/turn", {"state": state, "text": text, "metadata": {**METADATA, **metadata}})

    def ready(self) -> bool:
        try:
            with OPENER.open(f"{self.base}/ready", timeout=2) as response:
                return bool(json.load(response)["ready"])
        except OSError:
            return False

    def stop(self, signum: int = signal.SIGTERM) -> tuple[int, str]:
        """Exit status, and whatever it printed."""
        self.process.send_signal(signum)
        printed = self.process.communicate(timeout=20)[0]
        return self.process.returncode, printed


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def start(actions_url: str, **settings: str) -> Running:
    """A running engine that answers. Raises RuntimeError with what it printed when it does not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = launch(ENGINE_PORT=str(port), ENGINE_SECRET=SECRET, ACTION_URL=actions_url, **settings)
    running = Running(f"http://127.0.0.1:{port}", process)
    deadline = time.monotonic() + 300  # a machine that others load, too
    while not running.ready():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(process.communicate()[0])
        time.sleep(0.05)
    return running


def launch(*arguments: str, **settings: str) -> "subprocess.Popen[str]":
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TF_", "RASA_", "LOG_LEVEL"))
    }
    environment = {**kept, "PYTHONPATH": str(ROOT), **settings}
    return subprocess.Popen(
        [sys.executable, "-m", "nlu.engine", *arguments],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="session")
def running(model: Path, actions: ActionServer) -> Iterator[Running]:
    """The engine as a process; an action may take three seconds."""
    started = start(actions.url, ACTION_TIMEOUT="3")
    yield started
    status, printed = started.stop()
    assert status == 0, printed
