"""Between two turns: small however long the conversation, and never a reason to crash."""

import asyncio
import json
import random
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from nlu.engine import state as states
from nlu.engine.runtime import Engine
from tests.engine.action_server import ActionServer
from tests.engine.conftest import METADATA, SECRET, Running

LIMIT = 16 * 1024


def size(state: Any) -> int:
    return len(json.dumps(state, ensure_ascii=False).encode())


def tracker_of(engine: Engine, events: list[Event]) -> DialogueStateTracker:
    opening = [ActionExecuted("action_session_start"), ActionExecuted("action_listen")]
    return DialogueStateTracker.from_events("c", [*opening, *events], slots=engine.domain.slots)


def turn_events(intent: str, number: int) -> list[Event]:
    return [
        UserUttered(f"message {number}", {"name": intent, "confidence": 0.9}),
        SlotSet("answers", {"reason": f"reason {number}"}),
        ActionExecuted("service_form"),
        ActionExecuted("action_listen"),
    ]


@pytest.mark.parametrize("turns", [1, 2, 3, 4, 10, 100])
def test_an_open_form_is_folded_and_stays_open(engine: Engine, turns: int) -> None:
    events = turn_events("track_parcel", 0)
    events[2:3] = [
        ActionExecuted("service_form"),
        ActiveLoop("service_form"),
        SlotSet("requested_slot", "digits"),
    ]
    for number in range(1, turns):
        events += turn_events("inform", number)
    packed = states.pack(tracker_of(engine, events), engine.model)
    restored = states.unpack(json.loads(json.dumps(packed)), "c", engine.domain, engine.model)
    assert restored.recovered == ""
    tracker = restored.tracker
    assert tracker is not None
    assert tracker.active_loop_name == "service_form"
    assert tracker.get_slot("requested_slot") == "digits"
    assert tracker.get_slot("answers") == {"reason": f"reason {turns - 1}"}
    assert tracker.latest_action_name == "action_listen"
    assert len([e for e in tracker.events if isinstance(e, UserUttered)]) == min(turns, states.TURNS_KEPT)
    assert states.pack(tracker, engine.model) == packed


def test_a_closed_form_is_folded_and_stays_closed(engine: Engine) -> None:
    events = [
        *turn_events("track_parcel", 0),
        ActiveLoop("service_form"),
        *turn_events("deny", 1),
        ActiveLoop(None),
    ]
    for number in range(5):
        events += turn_events("greet", number)
    packed = states.pack(tracker_of(engine, events), engine.model)
    assert packed["loop"] is None
    restored = states.unpack(packed, "c", engine.domain, engine.model).tracker
    assert restored is not None
    assert restored.active_loop_name is None


def test_500_turns_with_long_texts_stay_small(engine: Engine, patched: None) -> None:
    rng = random.Random(3)
    short = ["我的订单到哪了", "زاكازىم قاچان كېلىدۇ؟", "你好", "/affirm", "/deny", "20261101001005", "算了"]

    async def converse() -> list[int]:
        state, sizes = None, []
        for number in range(500):
            long = rng.choice(["坏", "ب", "😀 ", "why "]) * rng.randrange(200, 1900)
            text = rng.choice(short) if rng.random() < 0.6 else long
            answer = await engine.turn(state, text, {**METADATA, "turn": str(number)})
            assert answer.recovered == ""
            state = answer.state
            sizes.append(size(state))
        await engine.close()
        return sizes

    sizes = asyncio.run(converse())
    assert max(sizes) < LIMIT
    assert max(sizes[:50]) + 512 > max(sizes[450:])


def test_even_slots_that_grow_without_end_stay_small(engine: Engine) -> None:
    grown = {f"answer {number}": "长" * 5000 for number in range(100)}
    events = [
        SlotSet("answers", grown),
        SlotSet("waiting", ["等" * 90] * 500),
        SlotSet("order_number", "20261101001005"),
    ]
    packed = states.pack(tracker_of(engine, [*events, *turn_events("inform", 1)[::2]]), engine.model)
    assert size(packed) < LIMIT
    assert packed["slots"]["order_number"] == "20261101001005"


def test_no_word_of_a_message_is_kept(engine: Engine) -> None:
    packed = states.pack(tracker_of(engine, turn_events("greet", 77)), engine.model)
    assert "message 77" not in json.dumps(packed)


def opened(engine: Engine) -> dict[str, Any]:
    events = [
        *turn_events("track_parcel", 0),
        ActiveLoop("service_form"),
        SlotSet("requested_slot", "digits"),
    ]
    events += [SlotSet("task", "track_parcel"), SlotSet("language", "ug"), ActionExecuted("action_listen")]
    return states.pack(tracker_of(engine, events), engine.model)


USER = {"event": "user", "value": "greet"}


@pytest.mark.parametrize(
    "broken",
    [
        {"version": 99},
        {"version": None},
        {"slots": []},
        {"slots": None},
        {"slots": {"task": "track_parcel", "no_such_slot": 1}},
        {"slots": {"task": 5, "order_number": {"a": 1}, "introduced": "yes"}},
        {"loop": "no_such_loop", "events": []},
        {"loop": 5, "events": []},
        {"loop": {}, "events": []},
        {"model": "another"},
        {"model": None},
        {"events": None},
        {"events": "abc"},
        {"events": {}},
        {"events": [None]},
        {"events": [5, "a", []]},
        {"events": [{}]},
        {"events": [{"event": "no such event", "value": 1}]},
        {"events": [{"event": "user"}]},
        {"events": [{"event": "user", "value": 5}]},
        {"events": [{"event": "user", "value": "no_such_intent"}]},
        {"events": [{"event": "user", "value": {"name": "greet"}}]},
        {"events": [{"event": {}, "value": "greet"}]},
        {"events": [{"event": "action", "value": "no_such_action"}]},
        {"events": [{"event": "action", "value": None}]},
        {"events": [{"event": "active_loop", "value": "no_such_loop"}]},
        {"events": [{"event": "active_loop", "value": []}]},
        {"events": [{"event": "restart", "value": None}]},
        {"events": [{"event": "pause", "value": None}]},
        {"events": [{"event": "undo", "value": None}]},
        {"events": [{"event": "slot", "value": ["no_such_slot", 1]}]},
        {"events": [{"event": "slot", "value": "task"}]},
        {"events": [{**USER, "text": "a", "parse_data": {}}]},
        {"events": [{"event": "user", "text": "a", "parse_data": {"intent": {"name": "greet"}}}]},
    ],
    ids=str,
)
def test_a_broken_or_outdated_state_is_recovered_from(engine: Engine, running: Running, broken: Any) -> None:
    status, answer = running.turn("你好", {**opened(engine), **broken})
    assert status == 200
    assert answer["recovered"]
    assert answer["replies"]
    again_status, again = running.turn("我的订单到哪了", answer["state"])
    assert (again_status, again["recovered"]) == (200, "")


@pytest.mark.parametrize("state", ["x", 5, True, [], [1], {"a": 1}, {"version": 1}])
def test_what_is_no_state_begins_anew(running: Running, state: Any) -> None:
    status, answer = running.turn("你好", state)
    assert (status, answer["recovered"]) == (200, "unreadable")


@pytest.mark.parametrize("state", [None, {}])
def test_a_conversation_begins(running: Running, state: Any) -> None:
    assert running.turn("你好", state)[1]["recovered"] == ""


@pytest.mark.parametrize(
    "events",
    [
        [USER, {"event": "action", "value": "action_listen"}],
        [USER] * 50,
        [{"event": "action", "value": "service_form"}] * 9,
    ],
)
def test_events_in_an_order_that_cannot_be_are_answered(
    engine: Engine, running: Running, events: list[Any]
) -> None:
    status, answer = running.turn("你好", {**opened(engine), "events": events})
    assert status == 200
    assert answer["replies"]


def test_a_retrained_model_keeps_slots_and_the_open_form(engine: Engine) -> None:
    restored = states.unpack({**opened(engine), "model": "yesterday's"}, "c", engine.domain, engine.model)
    assert restored.recovered == "model changed"
    assert restored.tracker is not None
    assert restored.tracker.active_loop_name == "service_form"
    assert restored.tracker.get_slot("task") == "track_parcel"
    assert restored.tracker.get_slot("language") == "ug"


def test_a_form_that_is_gone_closes_and_asks_nothing(engine: Engine) -> None:
    state = {**opened(engine), "loop": "old_form", "events": []}
    restored = states.unpack(state, "c", engine.domain, engine.model)
    assert restored.tracker is not None
    assert (restored.tracker.active_loop_name, restored.tracker.get_slot("requested_slot")) == (None, None)


def test_a_failed_turn_leaves_the_next_one_alone(actions: ActionServer, running: Running) -> None:
    _, first = running.turn("我的订单到哪了")
    assert running.turn("你好", first["state"], act="fail")[0] == 502
    assert running.turn("你好", first["state"])[0] == 200
    assert SECRET
