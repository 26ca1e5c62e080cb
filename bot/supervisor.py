"""One process that starts the others, waits until they answer, restarts what dies, and stops them cleanly."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import httpx

from bot.database import add_demo, migrate, server
from bot.settings import ENGINE_PYTHON, ROOT, Failed, Settings, SettingsError
from bot.staff.demo import DemoLogin, demo_logins

STOP_WITHIN = 10.0  # seconds a process may take to end before it is killed
READY_WITHIN = 90.0  # seconds until everything must answer
SETTLED = 30.0  # seconds after which a process counts as having started well
LONGEST_PAUSE = 15.0  # seconds between two starts of a process that keeps dying


@dataclass
class Part:
    """A process that must run."""

    name: str
    command: list[str]
    environment: dict[str, str]
    patience: int = 0  # as `nice`: who answers platforms and people goes before who works for later
    process: subprocess.Popen[bytes] | None = None
    started: float = 0
    failures: int = 0
    again_at: float = field(default=0)

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we stop the parts in order.
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.command, cwd=ROOT, env=self.environment, start_new_session=True
        )
        self.started = time.monotonic()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.process.pid, self.patience)
            # Where Linux shares out time by sessions, and this is one, only the session's own value counts.
            Path(f"/proc/{self.process.pid}/autogroup").write_text(str(self.patience), "ascii")

    def watch(self) -> None:
        """Start it again if it died, after a pause that grows with each failure in a row."""
        if self.process is not None and self.process.poll() is not None:
            status, self.process = self.process.returncode, None
            well = time.monotonic() - self.started > SETTLED
            self.failures = 1 if well else self.failures + 1
            self.again_at = time.monotonic() + min(LONGEST_PAUSE, 0.5 * 2 ** (self.failures - 1))
            print(f"karwan: {self.name} ended ({status}); starting it again", file=sys.stderr, flush=True)
        if self.process is None and time.monotonic() >= self.again_at:
            self.start()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def supervise(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Raises Failed when it cannot start."""
    stopping = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopping.set()

    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, stop)
    if not ENGINE_PYTHON.exists():
        raise Failed("the engine's environment is not there: run `make setup`")
    _check_ports(settings)
    with server(settings) as database:
        migrate(database.url)
        add_demo(database.url)
        logins = (
            [] if settings.karwan_env == "production" else demo_logins(database.url, settings.karwan_data)
        )
        parts = _parts(settings, database.url)
        for part in parts:
            part.start()
        try:
            if _wait_ready(settings, parts, stopping):
                _greet(settings, logins)
            while not stopping.wait(0.3):
                database.watch()
                for part in parts:
                    part.watch()
        finally:
            _stop(parts)
    print("karwan: stopped", flush=True)


def _parts(settings: Settings, url: str) -> list[Part]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore",
        "DATABASE_URL": url,
        "PORT": str(settings.port),
        "ENGINE_PORT": str(settings.engine_port),
        "ENGINE_URL": settings.engine_url,
        "ENGINE_SECRET": settings.engine_secret,
        "ACTION_URL": f"{settings.local_url}/actions",
    }
    karwan = [sys.executable, "-m", "bot"]
    return [
        Part("engine", [str(ENGINE_PYTHON), "-m", "nlu.engine"], environment, patience=5),
        Part("app", [*karwan, "serve"], environment),
        Part("worker", [*karwan, "worker"], environment, patience=5),
    ]


def _stop(parts: list[Part]) -> None:
    """The worker first: it finishes its turns, which need engine and app."""
    deadline = time.monotonic() + STOP_WITHIN
    for part in reversed(parts):
        part.stop()
        part.wait(deadline)


def _check_ports(settings: Settings) -> None:
    for name, host, port in (
        ("PORT", settings.host, settings.port),
        ("ENGINE_PORT", "127.0.0.1", settings.engine_port),
    ):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise SettingsError(
                        f"port {port} is in use; stop what uses it, or set {name} to another"
                    ) from None
                raise SettingsError(
                    f"HOST and {name}: cannot listen on {host}:{port} ({error.strerror})"
                ) from None


def _wait_ready(settings: Settings, parts: list[Part], stopping: threading.Event) -> bool:
    deadline = time.monotonic() + READY_WITHIN
    url = f"{settings.local_url}/readyz"
    while not stopping.wait(0.2) and time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=3, trust_env=False).status_code == 200:
                return True
        for part in parts:
            part.watch()
    if not stopping.is_set():
        print(f"karwan: not ready after {READY_WITHIN:.0f} s; still trying", file=sys.stderr, flush=True)
    return False


#: of the demo shop, with the last four digits of their phones; what can be tried with each
ORDERS_TO_TRY = (
    ("20261101001005", "6612", "paid: change it or cancel it"),
    ("20261101001014", "7791", "on its way: where is it?"),
    ("20261101001031", "5702", "delivered: send it back"),
)


def _greet(settings: Settings, logins: list[DemoLogin]) -> None:
    print(
        f"Karwan is ready.\n"
        f"  demo shop with the widget   {settings.local_url}/\n"
        f"  the same in Uyghur          {settings.local_url}/?lang=ug\n"
        f"  chat in the terminal        .venv/bin/python -m bot chat --shop demo\n"
        f"  inbox                       {settings.local_url}/inbox",
        *(f"    {login.role:5}  {login.email}  {login.password}" for login in logins),
        "Orders to try, with the last four digits of the phone:",
        *(f"  {number}  {digits}  {what}" for number, digits, what in ORDERS_TO_TRY),
        "Ctrl-C stops everything.",
        sep="\n",
        flush=True,
    )
