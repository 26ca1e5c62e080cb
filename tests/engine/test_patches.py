"""The patches change no behaviour: each is compared with stock Rasa, errors included."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import rasa
import rasa.shared.utils.common
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.schemas.events import EVENT_SCHEMA

from nlu.engine import patches
from nlu.engine.runtime import Engine

NAMES = sorted({cls.type_name for cls in rasa.shared.utils.common.all_subclasses(Event)})
KINDS = [kind["properties"]["event"]["const"] for kind in EVENT_SCHEMA["oneOf"]]


@pytest.fixture(autouse=True)
def reverted() -> Iterator[None]:
    yield
    patches.revert()


def outcome(call: Callable[[], Any]) -> tuple[Any, ...]:
    try:
        return ("gave", call())
    except Exception as error:
        return ("raised", type(error), str(error))


def both(call: Callable[[], Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """What `call` does in stock Rasa, and patched."""
    patches.revert()
    stock = outcome(call)
    patches.apply()
    return stock, outcome(call)


@pytest.mark.parametrize("name", [*NAMES, "topic", "no such event", "", "Slot"])
@pytest.mark.parametrize("default", [(), (None,), (SlotSet,)])
def test_events_are_found_as_before(name: str, default: tuple[Any, ...]) -> None:
    stock, patched = both(lambda: Event.resolve_by_type(name, *default))
    assert stock == patched


def test_every_kind_has_one_schema() -> None:
    """What the faster check rests on."""
    assert len(KINDS) == len(set(KINDS))


def action(kind: str, **more: Any) -> dict[str, Any]:
    return {"events": [{"event": kind, "name": "a", "value": 1, "entities": [], **more}], "responses": []}


RESULTS = [
    *(action(kind) for kind in KINDS),
    {},
    {"events": []},
    {"responses": []},
    {"events": [], "responses": [{}, {"text": "a", "buttons": None}], "more": 1},
    {"events": [{"event": "slot", "name": "a", "value": None, "timestamp": None}]},
    {"events": [{"event": "slot", "name": "a", "value": {"b": [1, "c"]}, "timestamp": 1.5, "metadata": {}}]},
    # and wrong ones
    None,
    [],
    5,
    "text",
    {"events": None},
    {"events": {}},
    {"events": [5]},
    {"events": [{}]},
    {"events": [{"event": None}]},
    {"events": [{"event": []}]},
    {"events": [{"event": "slot"}]},
    {"events": [{"event": "slot", "name": 5, "value": 1}]},
    {"events": [{"event": "action"}]},
    {"events": [{"event": "entities"}]},
    {"events": [{"event": "no such event"}]},
    {"events": [{"event": "slot", "name": "a", "value": 1, "timestamp": "now"}]},
    {"events": [{"event": "slot", "name": "a", "value": 1, "metadata": []}]},
    {"events": [{"event": "slot", "name": "a", "value": 1}, {"event": "slot"}]},
    {"events": [{"event": "user", "text": 5}]},
    {"events": [{"event": "user", "parse_data": {"entities": [{"entity": "a"}]}}]},
    {"responses": None},
    {"responses": {}},
    {"responses": [None]},
    {"responses": ["text"]},
]


@pytest.mark.parametrize("result", RESULTS, ids=str)
def test_action_results_are_checked_as_before(result: Any) -> None:
    stock, patched = both(lambda: RemoteAction("a", None)._validate_action_result(result))
    assert stock == patched


@pytest.mark.parametrize(
    "text", ["我的订单到哪了", "زاكازىم قاچان كېلىدۇ؟", "", "20261101001005 6612", "/affirm"]
)
def test_the_graph_gives_the_same(engine: Engine, text: str) -> None:
    def parse() -> Any:
        tracker = DialogueStateTracker.from_events("a", [], slots=engine.domain.slots)
        parsed = engine.processor._parse_message_with_graph(UserMessage(text, metadata={}), tracker)
        predicted = engine.processor._predict_next_with_tracker(tracker)
        return parsed, predicted.probabilities, predicted.policy_name

    stock, patched = both(parse)
    assert stock[0] == "gave"
    assert stock == patched


@pytest.mark.parametrize(
    "given",
    [
        {},
        {PLACEHOLDER_MESSAGE: []},
        {PLACEHOLDER_MESSAGE: "a text"},
        {PLACEHOLDER_MESSAGE: [5], PLACEHOLDER_TRACKER: None},
    ],
    ids=str,
)
def test_the_graph_fails_the_same(engine: Engine, given: dict[str, Any]) -> None:
    runner = engine.processor.graph_runner
    stock, patched = both(
        lambda: runner.run(inputs=given, targets=[engine.processor.model_metadata.nlu_target])
    )
    assert stock == patched


def test_an_input_named_like_a_step_fails_the_same(engine: Engine) -> None:
    runner = engine.processor.graph_runner
    target = engine.processor.model_metadata.nlu_target
    stock, patched = both(lambda: runner.run(inputs={PLACEHOLDER_MESSAGE: target}, targets=[target]))
    assert stock[0] == "raised"
    assert stock == patched


def test_another_version_is_refused_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    before = (Event.resolve_by_type, RemoteAction._validate_action_result, DaskGraphRunner.run)
    monkeypatch.setattr(rasa, "__version__", "3.6.20")
    with pytest.raises(patches.WrongRasa, match=r"3\.6\.21.*3\.6\.20"):
        patches.apply()
    assert before == (Event.resolve_by_type, RemoteAction._validate_action_result, DaskGraphRunner.run)
