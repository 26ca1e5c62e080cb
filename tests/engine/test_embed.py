"""POST /embed over a real socket: the meaning of texts as vectors."""

import math
from typing import Any

import pytest

from tests.engine.conftest import Running


def embed(running: Running, *texts: str) -> list[list[float]]:
    status, answer = running.post("/embed", {"texts": list(texts)})
    assert status == 200
    assert set(answer) == {"vectors"}
    vectors: list[list[float]] = answer["vectors"]
    return vectors


def nearness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other))  # noqa: B905 - their length is tested


def test_what_means_the_same_is_near(running: Running) -> None:
    asked, same, uyghur, other = embed(
        running, "运费是多少？", "寄过来邮费要多少钱", "توشۇش ھەققى قانچە؟", "丝巾可以水洗吗"
    )
    for vector in (asked, same, uyghur, other):
        assert len(vector) == 384
        assert math.isclose(nearness(vector, vector), 1, abs_tol=1e-3)
    assert nearness(asked, same) > nearness(asked, other) + 0.2
    assert nearness(asked, uyghur) > nearness(other, uyghur)


def test_a_text_has_one_meaning_beside_whatever_and_after_a_parse(running: Running) -> None:
    text = "你们的核桃是今年的吗"
    [alone] = embed(running, text)
    assert running.post("/parse", {"text": text})[0] == 200
    assert embed(running, "你好", text, text)[1:] == [alone, alone]


def test_no_texts_no_vectors(running: Running) -> None:
    assert embed(running) == []


def test_odd_texts_have_vectors_too(running: Running) -> None:
    vectors = embed(running, "", " ", "\0", "\ud83d", "😀" * 2000, "a" * 8_000)
    assert [len(vector) for vector in vectors] == [384] * 6
    assert all(math.isfinite(part) for vector in vectors for part in vector)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"[" * 60_000, [], {}, {"texts": "你好"}, {"texts": [5]}, {"texts": None}]
)
def test_an_unreadable_request(running: Running, body: Any) -> None:
    status, answer = running.post("/embed", body)
    assert (status, answer["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize("texts", [["好"] * 65, ["好" * 8_001], ["好" * 4_000] * 40])
def test_too_much_at_once(running: Running, texts: list[str]) -> None:
    status, answer = running.post("/embed", {"texts": texts})
    assert (status, answer["error"]["code"]) == (413, "too_long")


def test_without_the_secret(running: Running) -> None:
    status, answer = running.post("/embed", {"texts": ["你好"]}, headers={})
    assert (status, answer["error"]["code"]) == (401, "unauthorized")
