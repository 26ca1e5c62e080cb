"""What is refused at the door, and how: never an unhandled error, everything counted."""

import contextlib
import json
import re
from typing import Any

import httpx
import pytest

from tests.channels.conftest import Line

MEGABYTE = 2**20


def send(
    line: Line, body: bytes, *, account: str = "", secret: str | None = None, **more: Any
) -> httpx.Response:
    headers = {"X-Telegram-Bot-Api-Secret-Token": line.bot.secret if secret is None else secret}
    url = line.url.replace(line.name, account) if account else line.url
    return httpx.post(
        url, content=body, headers={**headers, **more.pop("headers", {})}, trust_env=False, timeout=30, **more
    )


def counted(line: Line, result: str) -> float:
    metrics = httpx.get(f"{line.karwan.base}/metrics", trust_env=False).text
    found = re.search(rf'karwan_callbacks_total{{channel="telegram",result="{result}"}} ([\d.]+)', metrics)
    return float(found[1]) if found else 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"garbage",
        b'{"update_id": 1, "message": {"text": "\xff\xfe"}}',
        b'{"update_id": 1, "mess',
        b"[]",
        b"null",
        b"{}",
        b'{"update_id": "one"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
)
def test_what_is_no_update(line: Line, body: bytes) -> None:
    before = counted(line, "unreadable")
    answer = send(line, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unreadable")
    assert counted(line, "unreadable") == before + 1


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"message": None},
        {"message": 5},
        {"message": []},
        {"message": {"message_id": 1}},
        {"message": {"message_id": 1, "date": "x", "chat": {"id": 1, "type": "private"}}},
        {"message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "unheard-of"}, "text": "x"}},
        {"channel_post": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "channel"}, "text": "x"}},
        {"poll": {"id": "1"}},
        {"something_new": {"id": 1}},
        {"callback_query": {"id": 5}},
        {"edited_message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}},
        {"my_chat_member": {"chat": {"id": 1, "type": "private"}}},
    ],
)
def test_an_update_we_have_no_use_for_is_taken_and_left(line: Line, content: dict[str, Any]) -> None:
    """Anything but 200 would bring it again without end."""
    answer = line.callback({"update_id": 77, **content})
    assert (answer.status_code, answer.json()) == (200, {})


def test_methods(line: Line) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": line.bot.secret}
    assert httpx.get(line.url, trust_env=False).status_code == 403
    assert httpx.get(line.url, headers=headers, trust_env=False).status_code == 405
    assert httpx.put(line.url, headers=headers, trust_env=False).status_code == 405


def test_forgeries_are_counted_and_slowed_down(line: Line) -> None:
    before = counted(line, "forged")
    headers = {"X-Telegram-Bot-Api-Secret-Token": "no"}
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")  # what that address may do is used up
    with httpx.Client(transport=elsewhere, headers=headers, trust_env=False) as stranger:
        statuses = [stranger.post(line.url, content=b"{}").status_code for _ in range(80)]
    assert set(statuses) == {403, 429}
    assert statuses[:20] == [403] * 20
    assert counted(line, "forged") == before + 80
    assert line.says(1, "/start")  # the platform itself is let through all the same


def test_unknown_accounts_and_channels(line: Line) -> None:
    assert send(line, b"{}", account="nobody").status_code == 404
    assert send(line, b"{}", account="%00").status_code == 404
    other = line.url.replace("telegram", "pigeon")
    assert httpx.post(other, content=b"{}", trust_env=False).status_code == 404


@pytest.mark.parametrize("size", [600 * 1024, 20 * MEGABYTE])
def test_large_bodies(line: Line, size: int) -> None:
    body = json.dumps({"update_id": 1, "message": "x" * size}).encode()
    assert send(line, body).status_code == 413

    def chunks() -> Any:
        for at in range(0, len(body), 65_536):
            yield body[at : at + 65_536]

    # The answer may come, and the connection go, before all is written.
    with contextlib.suppress(httpx.WriteError, httpx.ReadError):
        assert send(line, chunks()).status_code == 413  # type: ignore[arg-type]


def test_large_headers_and_queries(line: Line) -> None:
    assert send(line, b"{}", headers={"X-Much": "x" * 20_000}).status_code == 431
    assert send(line, b"{}", params={"much": "x" * 20_000}).status_code == 414


def test_nothing_of_a_message_is_logged(line: Line, chat: int) -> None:
    line.says(chat, "只有我们知道的话pomegranate4711")
    line.answer(chat)
    line.callback({"update_id": 5, "message": {"message_id": 1, "text": "只有我们知道的话pomegranate4711"}})
    log = line.karwan.log.read_text()
    assert "pomegranate" not in log
    assert line.bot.token not in log
    assert line.bot.secret not in log
    stored = line.karwan.sql("SELECT secrets, config::text FROM channel_account WHERE name = %s", line.name)[
        0
    ]
    assert line.bot.token.encode() not in bytes(stored[0])
    assert line.bot.token not in stored[1]
