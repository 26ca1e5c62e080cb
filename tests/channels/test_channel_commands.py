"""`karwan channel add` and `check`."""

import time
from collections.abc import Iterator

import pytest

from bot.channels.telegram.updates import ALLOWED
from tests.channels.conftest import Line, open_line
from tests.instance import Karwan
from tests.peers.base import in_thread
from tests.peers.telegram import TelegramPeer

PUBLIC = "https://shop.example"


@pytest.fixture
def own() -> Iterator[TelegramPeer]:
    with in_thread(TelegramPeer()) as peer:
        yield peer


def check(line: Line, **environment: str) -> tuple[int, str]:
    done = line.karwan.command("channel", "check", "--account", line.name, **environment)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_webhook_is_set_and_all_is_well(karwan: Karwan, shop_slug: str, own: TelegramPeer) -> None:
    line = open_line(karwan, shop_slug, own)
    line.bot.url = ""
    well = (0, f"telegram {line.name}: all well\n")
    assert check(line, PUBLIC_URL=PUBLIC) == well
    assert line.bot.url == f"{PUBLIC}/channels/telegram/{line.name}"
    assert line.bot.allowed == ALLOWED
    assert line.bot.secret == "secret-1"
    assert set(line.bot.commands) == {"", "ug"}
    assert check(line, PUBLIC_URL=PUBLIC) == well
    own.last_error = (time.time(), "Wrong response from the webhook: 403 Forbidden")
    status, said = check(line, PUBLIC_URL=PUBLIC)
    assert (status, "another secret" in said) == (1, True)
    own.last_error = (time.time(), "SSL error: certificate verify failed")
    assert "certificate" in check(line, PUBLIC_URL=PUBLIC)[1]
    own.last_error = (time.time() - 7200, "Connection timed out")
    assert check(line, PUBLIC_URL=PUBLIC) == well
    assert "PUBLIC_URL" in check(line)[1]
    del own.bots[line.bot.token]
    status, said = check(line, PUBLIC_URL=PUBLIC)
    assert (status, "does not accept the token" in said) == (1, True)


def test_a_polling_account_takes_the_webhook_away(karwan: Karwan, shop_slug: str, own: TelegramPeer) -> None:
    line = open_line(karwan, shop_slug, own, "--polling")
    line.bot.url = "https://elsewhere.example"
    assert "removed" in check(line)[1]
    assert line.bot.url == ""
    karwan.sql("DELETE FROM channel_account WHERE name = %s", line.name)


def test_a_server_that_does_not_answer(karwan: Karwan, shop_slug: str) -> None:
    with in_thread(TelegramPeer()) as peer:
        line = open_line(karwan, shop_slug, peer)
    status, said = check(line, PUBLIC_URL=PUBLIC)
    assert (status, "does not answer" in said) == (1, True)


GOOD = {
    "--shop": "demo",
    "--account": "refused",
    "--bot-token": "1:a",
    "--secret-token": "b",
}


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--shop", "nowhere", "there is no shop nowhere"),
        ("--account", "a b", "--account may have"),
        ("--account", "", "--account may have"),
        ("--bot-token", "token", "no Telegram token"),
        ("--bot-token", "-", "--bot-token is empty"),
        ("--secret-token", "ä", "--secret-token may have"),
        ("--secret-token", "", "--secret-token is empty"),
        ("--api-base", "ftp://x", "--api-base must be"),
    ],
)
def test_what_cannot_be_added(karwan: Karwan, option: str, value: str, said: str) -> None:
    options = [part for pair in {**GOOD, option: value}.items() for part in pair]
    done = karwan.command("channel", "add", "telegram", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("karwan: ")
    assert len(done.stderr.splitlines()) == 1
    assert said in done.stderr


def test_a_name_belongs_to_one_shop(line: Line) -> None:
    done = line.karwan.command(
        *("channel", "add", "telegram", "--shop", "demo", "--account", line.name),
        *("--bot-token", "1:a", "--secret-token", "b"),
    )
    assert (done.returncode, "another shop has" in done.stderr) == (2, True)


def test_the_secret_may_be_left_to_karwan(karwan: Karwan, shop_slug: str) -> None:
    account = f"{shop_slug}-own-secret"
    done = karwan.command(
        *("channel", "add", "telegram", "--shop", shop_slug, "--account", account, "--bot-token", "1:a")
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_no_such_account(karwan: Karwan) -> None:
    done = karwan.command("channel", "check", "--account", "nobody")
    assert (done.returncode, "no such account" in done.stderr) == (2, True)


def test_another_key_is_told(line: Line) -> None:
    done = line.karwan.command("channel", "check", "--account", line.name, KARWAN_KEY="another")
    assert done.returncode == 2
    assert "sealed with another key" in done.stderr
