"""`karwan staff …`, and the demo shop's logins that a start prints."""

import os
import re
import subprocess
import sys
import uuid

import httpx
import pytest

from tests.instance import ROOT, Karwan


def staff(karwan: Karwan, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "staff", *arguments],
        env={**os.environ, "DATABASE_URL": karwan.database_url},
        input=typed,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def log_in(karwan: Karwan, email: str, password: str) -> httpx.Response:
    body = {"email": email, "password": password}
    return httpx.post(f"{karwan.base}/api/v1/login", json=body, trust_env=False, timeout=30)


def test_an_account_is_made(karwan: Karwan, shop_slug: str) -> None:
    email = f"{uuid.uuid4().hex}@shop.example"
    who = ("--shop", shop_slug, "--email", email, "--name", "New")
    made = staff(karwan, "create", *who, "--role", "owner")
    assert made.returncode == 0, made.stderr
    told = log_in(karwan, email, made.stdout.split()[-1]).json()
    assert told["shops"][0]["role"] == "owner"
    again = staff(karwan, "create", *who)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    new = staff(karwan, "password", "--email", email)
    assert log_in(karwan, email, made.stdout.split()[-1]).status_code == 401
    assert log_in(karwan, email, new.stdout.split()[-1]).json()["must_change_password"]


def test_a_password_is_read_from_the_input(karwan: Karwan, shop_slug: str) -> None:
    email = f"{uuid.uuid4().hex}@shop.example"
    who = ("--shop", shop_slug, "--email", email, "--name", "New", "--password", "-")
    made = staff(karwan, "create", *who, typed="long enough, this\n")
    assert made.returncode == 0, made.stderr
    assert "long enough" not in made.stdout
    assert log_in(karwan, email, "long enough, this").status_code == 200


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "--shop", "no-such-shop", "--email", "a@shop.example", "--name", "A"),
        ("create", "--shop", "demo", "--email", "none", "--name", "A"),
        ("create", "--shop", "demo", "--email", "b@shop.example", "--name", "A", "--password", "short"),
        ("password", "--email", "nobody@shop.example"),
    ],
)
def test_an_error_is_one_line(karwan: Karwan, arguments: tuple[str, ...]) -> None:
    failed = staff(karwan, *arguments)
    assert failed.returncode == 2
    assert re.fullmatch(r"karwan: .+\n", failed.stderr)


def test_a_start_prints_the_demo_shops_logins(karwan: Karwan) -> None:
    printed = re.findall(r"(owner|agent) +(\S+@demo\.example) +(\S+)", karwan.log.read_text())
    assert [role for role, _, _ in printed] == ["owner", "agent", "agent"]
    for role, email, password in printed:
        assert log_in(karwan, email, password).json()["shops"][0]["role"] == role
