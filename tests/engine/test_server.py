"""POST /turn, POST /parse and GET /ready over a real socket, with a real action server that may misbehave."""

import json
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engine.action_server import ActionServer
from tests.engine.conftest import SECRET, Running, launch, start


def said(answer: dict[str, Any]) -> dict[str, Any]:
    return dict(json.loads(answer["replies"][0]["text"]))


def test_a_turn_gives_state_replies_and_parse(running: Running) -> None:
    status, answer = running.turn("你好", conversation="one")
    assert status == 200
    assert set(answer) == {"state", "replies", "parse", "language", "recovered"}
    assert said(answer)["conversation"] == "one"
    assert (answer["parse"]["intent"], answer["parse"]["language"], answer["language"]) == (
        "greet",
        "zh",
        "zh",
    )
    assert answer["recovered"] == ""


def test_a_conversation_goes_on_from_its_state(running: Running) -> None:
    _, first = running.turn("我的订单到哪了")
    _, second = running.turn("زاكازىم قاچان كېلىدۇ؟", first["state"])
    assert (said(second)["loop"], said(second)["slots"]["task"]) == ("service_form", "track_parcel")
    assert second["language"] == "ug"
    _, third = running.turn("/deny", second["state"])
    _, fourth = running.turn("你好", third["state"])
    assert (said(fourth)["loop"], "task" in said(fourth)["slots"]) == (None, False)


def test_nothing_is_kept_between_calls(running: Running) -> None:
    running.turn("我的订单到哪了", conversation="same")
    _, answer = running.turn("你好", conversation="same")
    assert said(answer)["loop"] is None


def test_parse_alone(running: Running) -> None:
    status, parse = running.post("/parse", {"text": "20261101001005"})
    assert status == 200
    assert [(e["entity"], e["value"]) for e in parse["entities"]] == [("order_number", "20261101001005")]


@pytest.mark.parametrize(
    "act",
    [
        "fail",
        "missing",
        "no json",
        "bad schema",
        "not an object",
        "unknown event",
        "no sentence",
        "not filled in",
        "hang",
    ],
)
@pytest.mark.parametrize("text", ["你好", "我的订单到哪了"])
def test_an_action_that_fails_fails_the_turn(running: Running, act: str, text: str) -> None:
    status, answer = running.turn(text, act=act)
    assert (status, answer["error"]["code"]) == (502, "action_failed")
    assert set(answer) == {"error"}


def test_actions_that_never_end_fail_the_turn(running: Running) -> None:
    status, answer = running.turn("你好", act="circles")
    assert (status, answer["error"]["code"]) == (500, "turn_failed")


@pytest.mark.parametrize("text", ["你好", "我的订单到哪了"])
def test_an_action_server_that_hangs_up(running: Running, text: str) -> None:
    status, answer = running.turn(text, act="close")
    assert (status, answer["error"]["code"]) == (503, "actions_away")


def test_an_action_server_that_is_not_there(model: Path) -> None:
    alone = start("http://127.0.0.1:1/actions")
    status, answer = alone.turn("你好")
    stopped, _ = alone.stop(signal.SIGINT)  # Ctrl-C
    assert (status, answer["error"]["code"]) == (503, "actions_away")
    assert stopped == 0


@pytest.mark.parametrize(
    "shown",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": SECRET}, {"Authorization": "Bearer \xff"}],
)
@pytest.mark.parametrize("path", ["/turn", "/parse", "/embed", "/anything"])
def test_without_the_secret(running: Running, shown: dict[str, str], path: str) -> None:
    status, answer = running.post(path, {"text": "你好"}, headers=shown)
    assert (status, answer["error"]["code"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 60_000,
        b"[]",
        b"5",
        b"{}",
        b'{"text": 5}',
        b'{"text": null}',
        b'{"text": "a", "metadata": 5}',
        b'{"text": "a", "metadata": null}',
    ],
)
@pytest.mark.parametrize("path", ["/turn", "/parse", "/embed"])
def test_an_unreadable_request(running: Running, path: str, body: bytes) -> None:
    status, answer = running.post(path, body)
    assert (status, answer["error"]["code"]) == (400, "bad_request")


@pytest.mark.parametrize("size", [8_001, 400_000])
def test_a_text_that_is_too_long(running: Running, size: int) -> None:
    status, answer = running.post("/turn", {"text": "a" * size})
    assert (status, answer["error"]["code"]) == (413, "too_long")


@pytest.mark.parametrize("texts", [["a" * 8_001], ["a"] * 65])
def test_too_much_to_embed(running: Running, texts: list[str]) -> None:
    status, answer = running.post("/embed", {"texts": texts})
    assert (status, answer["error"]["code"]) == (413, "too_long")


def test_the_same_meaning_is_near_in_both_languages(running: Running) -> None:
    texts = ["退货运费谁出", "مال قايتۇرسام توشۇش ھەققىنى كىم تۆلەيدۇ؟", "哈密瓜甜吗", "\ud83d"]
    status, answer = running.post("/embed", {"texts": texts})
    assert status == 200
    zh, ug, other, _ = answer["vectors"]
    assert all(sum(x * x for x in vector) == pytest.approx(1, abs=0.001) for vector in answer["vectors"])
    assert near(zh, ug) > near(zh, other) + 0.2


def test_vectors_do_not_change_with_what_is_asked_meanwhile(running: Running) -> None:
    texts = [f"第{number}种葡萄干和核桃哪个好吃" for number in range(40)]
    alone = [running.post("/embed", {"texts": [text]})[1]["vectors"][0] for text in texts]
    got: list[Any] = []
    asking = [
        threading.Thread(target=lambda: got.append(running.post("/embed", {"texts": texts[::-1]})[1])),
        threading.Thread(target=lambda: got.append(running.post("/embed", {"texts": texts})[1])),
    ]
    for thread in asking:
        thread.start()
    assert [running.turn(f"{text}，谢谢")[0] for text in texts[:10]] == [200] * 10
    for thread in asking:
        thread.join(60)
    assert sorted(answer["vectors"] for answer in got) == sorted([alone, alone[::-1]])


def near(one: list[float], other: list[float]) -> float:
    return sum(x * y for x, y in zip(one, other, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\n",
        "\u0000",
        "\ud83d",
        pytest.param("😀" * 3000, id="smileys"),
        "{order}",
        "a{0[",
        "🇨🇳\u200f",
    ],
)
def test_odd_texts_are_answered(running: Running, text: str) -> None:
    status, answer = running.turn(text)
    assert status == 200
    assert answer["replies"]


def test_wrong_path_and_method(running: Running) -> None:
    assert running.post("/no", {})[0] == 404
    assert running.post("/turn", {}, method="PUT")[0] == 405


def test_conversations_at_once_do_not_mix_and_share_a_session(
    running: Running, actions: ActionServer
) -> None:
    actions.connections.clear()
    got: list[Any] = [None] * 50

    def converse(number: int) -> None:
        name = f"conversation-{number}"
        _, first = running.turn(f"我的快递到哪了 {number}", conversation=name, slow=0.3)
        got[number] = running.turn(f"第{number}次", first["state"], conversation=name, slow=0.3)

    threads = [threading.Thread(target=converse, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for number, (status, answer) in enumerate(got):
        assert status == 200
        heard = said(answer)
        assert (heard["conversation"], heard["text"]) == (f"conversation-{number}", f"第{number}次")
        assert heard["slots"]["answers"]["reason"] == f"我的快递到哪了 {number}"
    assert len(actions.connections) <= 50  # each was used again
    assert actions.secrets == {f"Bearer {SECRET}"}


def test_turns_one_after_the_other_use_one_connection(running: Running, actions: ActionServer) -> None:
    running.turn("你好")
    actions.connections.clear()
    for _ in range(10):
        running.turn("你好")
    assert len(actions.connections) == 1


def test_a_slow_action_does_not_hold_up_others(running: Running, actions: ActionServer) -> None:
    before = len(actions.calls)
    slow = threading.Thread(target=running.turn, args=("你好",), kwargs={"act": "hang"})
    slow.start()
    _until(lambda: len(actions.calls) > before)
    status, _ = running.turn("谢谢")
    assert status == 200
    assert slow.is_alive()
    slow.join(20)


def test_the_domain_is_not_sent_along(running: Running, actions: ActionServer) -> None:
    running.turn("我的订单到哪了")
    assert "domain" not in actions.calls[-1]


def test_a_normal_run_prints_nothing_and_stops_at_once(model: Path, actions: ActionServer) -> None:
    quiet_one = start(actions.url)
    for text in (
        "你好",
        "我的订单到哪了",
        "salam",
        "/restart",
        "زاكازىم قاچان كېلىدۇ؟",
        "能退吗？快递到哪了？",
    ):
        assert quiet_one.turn(text)[0] == 200
    assert quiet_one.stop() == (0, "")


def test_without_a_model_one_line_says_so(tmp_path: Path) -> None:
    process = launch(KARWAN_MODELS=str(tmp_path), ENGINE_SECRET=SECRET)
    printed = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert printed == "karwan engine: no trained model fits the data; run `make train`\n"


def test_without_a_secret_it_does_not_start() -> None:
    process = launch(ENGINE_SECRET="")
    printed = process.communicate(timeout=60)[0]
    assert (process.returncode, printed.count("\n")) == (1, 1)


def _until(happened: Any) -> None:
    deadline = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
