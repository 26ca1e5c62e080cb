"""`karwan run` and the other commands: starting, refusing to start, stopping."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.supervisor import ORDERS_TO_TRY
from tests.instance import ROOT, Karwan, free_ports, running
from tests.shopper import Shopper, events
from tests.system.processes import alive, family


def command(*words: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *words],
        env={**os.environ, "DATABASE_URL": "", **environment},
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The only line of an error, with exit status 2."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("karwan: ")
    return done.stderr.strip()


def test_it_stops_cleanly_and_leaves_no_process() -> None:
    """With an open event stream and a waiting request, which need not be waited for."""
    with running() as karwan, Shopper.of(karwan, "demo") as shopper:
        everyone = family(karwan.supervisor.pid)
        assert len(everyone) >= 4
        with shopper.http.stream("GET", "/events") as stream:
            coming = events(stream)
            assert next(coming)["event"] == "mode"
            karwan.supervisor.send_signal(signal.SIGTERM)
            assert list(coming) == []  # ended, not cut off
        assert karwan.supervisor.wait(20) == 0
        assert [pid for pid in everyone if alive(pid)] == []
        said = karwan.log.read_text()
        assert said.rstrip().endswith("karwan: stopped")
        for number, digits, _ in ORDERS_TO_TRY:
            assert f"{number}  {digits}" in said


def test_the_orders_to_try_are_there(own: Karwan) -> None:
    for number, digits, _ in ORDERS_TO_TRY:
        found = own.sql(
            'SELECT right(c.phone, 4) FROM "order" o JOIN customer c ON c.id = o.customer_id'
            " JOIN shop s ON s.id = o.shop_id WHERE s.slug = 'demo' AND o.order_number = %s",
            number,
        )
        assert found == [(digits,)]


def test_a_port_in_use(own: Karwan, tmp_path: Path) -> None:
    port = httpx.URL(own.base).port
    assert port
    assert f"port {port} is in use" in one_line(command("run", PORT=str(port), KARWAN_DATA=str(tmp_path)))
    assert "set ENGINE_PORT" in one_line(
        command("run", PORT=str(free_ports()), ENGINE_PORT=str(port), KARWAN_DATA=str(tmp_path))
    )


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("PORT", "http", "PORT: "),
        ("PORT", "0", "PORT: "),
        ("PORT", "65535", "PORT: "),
        ("HOST", "203.0.113.7", "cannot listen on 203.0.113.7"),
        ("KARWAN_ENV", "test", "KARWAN_ENV: "),
        ("KARWAN_ENV", "production", "ENGINE_SECRET must be set"),
        ("DATABASE_URL", "mysql://localhost/x", "DATABASE_URL must be"),
        ("DATABASE_URL", "postgresql://localhost:1/x", "the database does not answer"),
        ("KARWAN_DATA", "/dev/null/data", "KARWAN_DATA: "),
    ],
)
def test_bad_settings(tmp_path: Path, setting: str, value: str, said: str) -> None:
    settings = {"PORT": str(free_ports()), "KARWAN_DATA": str(tmp_path), setting: value}
    assert said in one_line(command("run", **settings))


@pytest.mark.parametrize(
    "words", [("fly",), ("run", "--fast"), ("chat", "--language", "en"), ("chat", "--shop")]
)
def test_bad_usage(words: tuple[str, ...]) -> None:
    one_line(command(*words))


@pytest.mark.parametrize(
    "words", [(), ("run",), ("serve",), ("worker",), ("chat",), ("train",), ("migrate",)]
)
def test_help(words: tuple[str, ...]) -> None:
    done = command(*words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Usage" in done.stdout


def test_parts_need_what_they_share() -> None:
    for part in ("serve", "worker"):
        assert "DATABASE_URL is not set" in one_line(command(part))
        assert "ENGINE_SECRET is not set" in one_line(command(part, DATABASE_URL="postgresql://localhost/x"))


def test_a_chat_in_the_terminal(own: Karwan) -> None:
    port = str(httpx.URL(own.base).port)
    done = command("chat", typed="你好\n什么时候发货？\n", PORT=port)
    assert (done.returncode, done.stderr) == (0, "")
    assert "天山果园" in done.stdout
    assert "no such shop" in one_line(command("chat", "--shop", "nowhere", PORT=port))
    assert "make run" in one_line(command("chat", PORT=str(free_ports())))


def test_a_chat_is_left_with_ctrl_c(own: Karwan) -> None:
    chat = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        env={**os.environ, "PORT": str(httpx.URL(own.base).port)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a background shell ignores it
    )
    assert chat.stdout
    try:
        while chat.stdout.read(1) != b">":  # the prompt
            assert chat.poll() is None
        chat.send_signal(signal.SIGINT)
        _, error = chat.communicate(timeout=20)
    finally:
        chat.kill()
    assert (chat.returncode, error) == (2, b"karwan: interrupted\n")
