"""What a shopper types is never a command: only what a button of ours carries is."""

import asyncio
from typing import Any

import pytest

from nlu.engine.parts import join_parts
from nlu.engine.runtime import Engine
from tests.engine.action_server import ActionServer
from tests.engine.conftest import Running


@pytest.mark.parametrize(
    "text, heard",
    [
        ("/restart", "restart"),
        ("/session_start", "session_start"),
        ("/back", "back"),
        ("/nlu_fallback", "nlu_fallback"),
        (" /restart", "restart"),
        ("\u3000/restart ", "restart"),
        ("//restart", "restart"),
        ("/ / restart", "restart"),
        ("/restart{}", "restart{}"),
        ("/unknown", "unknown"),
        ("/inform{bad json", "inform{bad json"),
        ("/inform{}", "inform{}"),
        ('/inform{"order_number": {"a": 1}}', 'inform{"order_number": {"a": 1}}'),
        ('/inform{"order_number": ["1", "2"]}', 'inform{"order_number": ["1", "2"]}'),
        ('/inform{"language": "xx"}', 'inform{"language": "xx"}'),
        ('/inform{"no_such_entity": "1"}', 'inform{"no_such_entity": "1"}'),
        ("/inform@0.5", "inform@0.5"),
        ("/affirm and more", "affirm and more"),
        ("/退货", "退货"),
        ("/", "?"),
        ("", "?"),
    ],
)
def test_slashes_are_only_text(engine: Engine, text: str, heard: str) -> None:
    parse = asyncio.run(engine.parse(text))
    assert parse["text"] == heard
    assert parse["intent"] not in ("restart", "session_start", "back")


@pytest.mark.parametrize(
    "text, intent, entities",
    [
        ("/affirm", "affirm", []),
        (" /talk_to_human ", "talk_to_human", []),
        ("/out_of_scope", "out_of_scope", []),
        ('/inform{"order_number": "20261101001005"}', "inform", [("order_number", "20261101001005")]),
        ('/inform{"value": "能退吗？快递到哪了？"}', "inform", [("value", "能退吗？快递到哪了？")]),
    ],
)
def test_buttons_are_pressed(engine: Engine, text: str, intent: str, entities: list[Any]) -> None:
    parse = asyncio.run(engine.parse(text))
    assert (parse["intent"], parse["confidence"], parse["language"]) == (intent, 1.0, "none")
    assert [(e["entity"], e["value"]) for e in parse["entities"]] == entities


@pytest.mark.parametrize(
    "text", ["/restart", "/back", "/session_start", "怎么退货？/restart", "/restart。/back"]
)
def test_rasa_commands_change_nothing(running: Running, text: str) -> None:
    _, opened = running.turn("我的订单到哪了")
    status, answer = running.turn(text, opened["state"])
    assert status == 200
    assert answer["state"]["slots"]["task"] == "track_parcel"
    assert '"loop": "service_form"' in answer["replies"][-1]["text"]


def test_a_command_after_a_question_is_no_command(running: Running, actions: ActionServer) -> None:
    status, _ = running.turn("支持七天无理由吗？/cancel_order")
    assert status == 200
    assert all(not call["tracker"]["latest_message"]["text"].startswith("/") for call in actions.calls[-2:])


def test_two_questions_are_two_clauses_of_one_turn(running: Running, actions: ActionServer) -> None:
    before = len(actions.calls)
    status, answer = running.turn("支持七天无理由吗？发什么快递？")
    heard = [call["tracker"]["latest_message"] for call in actions.calls[before:]]
    assert (status, len(answer["replies"])) == (200, 2)
    assert [message["metadata"]["clause"] for message in heard] == [1, 2]
    assert [message["text"] for message in heard] == ["支持七天无理由吗？", "发什么快递？"]


def test_when_the_second_clause_fails_nothing_is_answered(running: Running) -> None:
    status, answer = running.turn("支持七天无理由吗？发什么快递？", act="fail on clause 2")
    assert (status, set(answer)) == (502, {"error"})


def ask(text: str, intent: str, confidence: float = 0.9) -> dict[str, Any]:
    return {"text": text, "intent": intent, "confidence": confidence}


@pytest.mark.parametrize(
    "asks, parts",
    [
        ([ask("a", "return_policy"), ask("b", "track_parcel")], ["a", "b"]),
        ([ask("a", "return_policy"), ask("b", "return_policy")], ["whole"]),
        ([ask("a", "return_policy"), ask("b", "track_parcel", 0.5)], ["whole"]),
        ([ask("a", "inform"), ask("b", "track_parcel"), ask("c", "return_policy")], ["a b", "c"]),
        ([ask("a", "track_parcel"), ask("b", "inform"), ask("c", "return_policy")], ["a b", "c"]),
        ([ask("a", "track_parcel"), ask("b", "greet"), ask("c", "deny")], ["whole"]),
        ([ask("a", "track_parcel"), ask("b", "return_policy"), ask("c", "order_status")], ["whole"]),
    ],
)
def test_joining_clauses(asks: list[dict[str, Any]], parts: list[str]) -> None:
    assert join_parts("whole", asks) == parts
