"""Whatever is sent: a clear error or a sensible reply; nothing twice, nothing crashes, nothing leaks."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.instance import Karwan
from tests.shopper import Shopper


def refused(response: httpx.Response, status: int, code: str) -> str | None:
    """The field the error names."""
    assert response.status_code == status, response.text
    error = response.json()["error"]
    assert set(error) == {"code", "message", "field"}
    assert error["code"] == code
    assert error["message"]
    return str(error["field"]) if error["field"] else None


BAD_BODIES = {
    "no JSON": b"hello",
    "broken JSON": b'{"message_id": "1", "text": ',
    "nothing": b"",
    "binary": bytes(range(256)),
    "GB18030": '{"message_id": "1", "text": "你好"}'.encode("gb18030"),
    "deep": b"[" * 30_000,
    "a number too long for Python": b'{"message_id": "1", "text": ' + b"9" * 5_000 + b"}",
    "a list": b"[]",
    "a string": b'"text"',
    "no text": b'{"message_id": "1"}',
    "no id": b'{"text": "hello"}',
    "text is a number": b'{"message_id": "1", "text": 5}',
    "text is null": b'{"message_id": "1", "text": null}',
    "text is a list": b'{"message_id": "1", "text": ["a"]}',
    "id is a number": b'{"message_id": 1, "text": "a"}',
    "id is empty": b'{"message_id": "", "text": "a"}',
    "id too long": b'{"message_id": "' + b"1" * 101 + b'", "text": "a"}',
    "id with NUL": b'{"message_id": "1\\u0000", "text": "a"}',
    "id with half a character": b'{"message_id": "\\ud800", "text": "a"}',
    "text with half a character": b'{"message_id": "1", "text": "\\ud800"}',
    "title with half a character": b'{"message_id": "1", "text": "a", "title": "\\udfff"}',
    "title is an object": b'{"message_id": "1", "text": "a", "title": {}}',
    "title too long": b'{"message_id": "1", "text": "a", "title": "' + b"t" * 201 + b'"}',
    "conversation is a number": b'{"message_id": "1", "text": "a", "conversation": 7}',
}


@pytest.mark.parametrize("body", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_unreadable(shopper: Shopper, body: bytes) -> None:
    refused(shopper.http.post("/messages", content=body), 422, "unreadable")
    assert shopper.messages() == []


EMPTY = {
    "empty": "",
    "blank": " \n\t ",
    "ideographic space": "\u3000",
    "zero-width": "\u200b\u200c\u200d\ufeff\u2060",
    "bidi controls": "\u202a\u202e\u2066\u2069\u200e\u200f\u061c",
    "NUL": "\0\0",
    "controls": "\x01\x02\x1b",
}


@pytest.mark.parametrize("text", EMPTY.values(), ids=EMPTY.keys())
def test_empty(shopper: Shopper, text: str) -> None:
    assert refused(shopper.post(text), 422, "empty") == "text"
    assert shopper.messages() == []


@pytest.mark.parametrize("text", ["a" * 100_000, "好" * 4_001, "😀" * 4_001, "9" * 60_000])
def test_too_long(shopper: Shopper, text: str) -> None:
    refused(shopper.post(text), 413, "too_long")
    assert shopper.messages() == []


ODD = {
    "longest": "好" * 4_000,
    "longest, escaped": "😀" * 4_000,
    "many digits": "9" * 4_000,
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "SQL": "'; DROP TABLE message; --",
    "template": "{{7*7}} {order} %s ${x} {0}",
    "bidi and zero-width among words": "\u202e我\u200b的\u2066订单\u2069",
    "marks": "z" + "\u0301" * 500,
    "NUL among words": "你\0好",
    "a command of the engine": '/restart{"a": 1}',
    "a broken command": '/inform{"order_number": ',
    "a slash": "/",
    "private use": "\ue000\uf8ff",
    "line ends": "你好\r\n\u2028\u2029\u0085再见",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_odd_texts_are_answered(shopper: Shopper, text: str) -> None:
    answer = shopper.say(text, message_id="odd")
    assert answer["messages"]
    assert answer["mode"] == "bot"
    stored = [message["text"] for message in shopper.messages() if message["from"] == "shopper"]
    assert stored == [text.replace("\0", "")]


@pytest.mark.parametrize("number", ["9" * 30, "-1", "x", "1e3", "²"])
def test_a_bad_number_to_read_from(shopper: Shopper, number: str) -> None:
    assert refused(shopper.http.get("/messages", params={"after": number}), 422, "unreadable") == "after"
    assert refused(shopper.http.get("/events", params={"after": number}), 422, "unreadable") == "after"


@pytest.mark.parametrize("wait", ["-1", "x", "nan"])
def test_a_bad_time_to_wait(shopper: Shopper, wait: str) -> None:
    body = {"message_id": "1", "text": "a"}
    refused(shopper.http.post("/messages", params={"wait": wait}, json=body), 422, "unreadable")
    assert shopper.messages() == []


@pytest.mark.parametrize("body", [{"language": "en"}, {"language": 5}, [], "zh", 5])
def test_a_bad_session(karwan: Karwan, shop_slug: str, body: Any) -> None:
    url = f"{karwan.base}/channels/web/{shop_slug}/sessions"
    refused(httpx.post(url, json=body, trust_env=False), 422, "unreadable")


@pytest.mark.parametrize("slug", ["nowhere", "%00", "%ff%fe", "..%2f..", "a" * 3000, "'%20OR%201=1"])
def test_an_unknown_shop(karwan: Karwan, shopper: Shopper, slug: str) -> None:
    base = f"{karwan.base}/channels/web/{slug}"
    status, code = (404, "not_found") if slug == "..%2f.." else (404, "unknown_shop")
    refused(httpx.post(f"{base}/sessions", trust_env=False), status, code)
    headers = dict(shopper.http.headers)
    refused(httpx.get(f"{base}/messages", headers=headers, trust_env=False), status, code)


def ways_in(http: httpx.Client) -> Iterator[httpx.Response]:
    """Every route that needs a token."""
    yield http.post("/messages", json={"message_id": "1", "text": "a"})
    yield http.post("/images", files={"file": b"x"})
    yield http.get("/messages")
    yield http.get("/events")
    yield http.get(f"/images/{uuid.uuid4()}")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer forged", "Basic x", "Bearer \xff", "x" * 5000])
def test_without_a_valid_token(karwan: Karwan, shop_slug: str, header: str) -> None:
    headers = {b"Authorization": header.encode("latin-1")} if header else {}
    base = f"{karwan.base}/channels/web/{shop_slug}"
    with httpx.Client(base_url=base, headers=headers, trust_env=False) as http:
        for response in ways_in(http):
            refused(response, 401, "no_session")


def test_an_expired_token(karwan: Karwan, shopper: Shopper) -> None:
    karwan.sql(
        "UPDATE contact_inbox SET expires_at = now() - interval '1 second'"
        " FROM conversation c WHERE c.contact_inbox_id = contact_inbox.id AND c.id = %s",
        shopper.conversation,
    )
    for response in ways_in(shopper.http):
        refused(response, 401, "no_session")


def test_a_deleted_conversation(karwan: Karwan, shopper: Shopper) -> None:
    assert shopper.messages() == []  # the token is remembered now
    karwan.sql("DELETE FROM conversation WHERE id = %s", shopper.conversation)
    refused(shopper.post("你好"), 401, "no_session")
    refused(shopper.http.get("/messages"), 401, "no_session")


def test_a_token_is_for_one_shop(karwan: Karwan, shopper: Shopper) -> None:
    base = f"{karwan.base}/channels/web/{karwan.new_shop()}"
    with httpx.Client(base_url=base, headers=dict(shopper.http.headers), trust_env=False) as elsewhere:
        for response in ways_in(elsewhere):
            refused(response, 403, "other_conversation")


def test_a_token_is_for_one_conversation(karwan: Karwan, shop_slug: str, shopper: Shopper) -> None:
    with Shopper.of(karwan, shop_slug) as other:
        assert (
            refused(shopper.post("你好", conversation=other.conversation), 403, "other_conversation")
            == "conversation"
        )
        refused(shopper.post("你好", conversation="x"), 403, "other_conversation")
        assert other.messages() == shopper.messages() == []
    assert shopper.post("你好", conversation=shopper.conversation).status_code == 202


def test_too_fast(shopper: Shopper) -> None:
    for _ in range(2000):
        response = shopper.post("你好", message_id="again and again")
        if response.status_code != 202:
            break
    refused(response, 429, "too_fast")
    assert int(response.headers["Retry-After"]) >= 1


def test_too_many_streams(shopper: Shopper) -> None:
    open_ones = [shopper.http.stream("GET", "/events") for _ in range(20)]
    try:
        assert [stream.__enter__().status_code for stream in open_ones] == [200] * 20
        refused(shopper.http.get("/events"), 429, "too_fast")
    finally:
        for stream in open_ones:
            stream.__exit__(None, None, None)


def test_a_body_that_never_ends(karwan: Karwan, shopper: Shopper) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100_000):
            yield b" " * 65_536

    refused(shopper.http.post("/messages", content=endless()), 413, "too_long")


@pytest.mark.parametrize("path", ["/nowhere", "/channels/web", "/api/v0"])
def test_unknown_addresses(karwan: Karwan, path: str) -> None:
    refused(httpx.get(karwan.base + path, trust_env=False), 404, "not_found")
    refused(httpx.put(f"{karwan.base}/healthz", trust_env=False), 405, "method_not_allowed")


def test_the_engine_alone_may_call_actions(karwan: Karwan) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}):
        refused(
            httpx.post(f"{karwan.base}/actions", json={}, headers=headers, trust_env=False),
            401,
            "unauthorized",
        )


def test_the_engine_alone_may_ask_for_catalogues(karwan: Karwan, shop_slug: str) -> None:
    ((shop,),) = karwan.sql("SELECT id FROM shop WHERE slug = %s", shop_slug)
    url = f"{karwan.base}/catalogue/{shop}"
    for headers in ({}, {"Authorization": "Bearer x"}):
        refused(httpx.get(url, headers=headers, trust_env=False), 401, "unauthorized")
    shown = httpx.get(url, headers={"Authorization": f"Bearer {karwan.engine_secret}"}, trust_env=False)
    assert "哈密瓜" in {product["name"]["zh"] for product in shown.json()["products"]}


def test_nothing_of_a_shopper_in_logs_and_metrics(karwan: Karwan, shop_slug: str) -> None:
    words = "蓝莓酱的秘密"
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say(f"{words} 13912345678")
        refused(shopper.http.post("/messages", content=json.dumps([words])), 422, "unreadable")
        shopper.http.get("/messages", params={"after": words})
        metrics = httpx.get(f"{karwan.base}/metrics", trust_env=False).text
        assert 'karwan_requests_total{route="/channels/web/{shop}/messages",status="200"}' in metrics
        for text in (metrics, karwan.log.read_text("utf-8")):
            for secret in (
                words,
                words.encode("unicode_escape").decode(),
                "13912345678",
                shopper.token,
                shop_slug,
            ):
                assert secret not in text
        assert shopper.conversation not in metrics
