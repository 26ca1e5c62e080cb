"""Rasa's slow spots, mended without changing what they do. For one exact version only.

- `Event.resolve_by_type` walks all subclasses of Event for every event it reads: a dictionary serves.
- `RemoteAction._validate_action_result` has jsonschema check its own schema (about 15 ms) at every action
  call, and try each event against the schema of every kind: the schema is checked once, and an event is tried
  against the one that names its kind. What does not pass goes to Rasa's own check, which raises in its words.
- `DaskGraphRunner.run` builds a graph, has dask schedule it, and formats a debug line with the whole tracker
  in it, for a chain of four steps: the order is found once and the steps are called.
"""

from typing import Any

import rasa
import rasa.shared.utils.common
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event
from rasa.shared.utils.schemas.events import EVENT_SCHEMA

PATCHED_VERSION = "3.6.21"

_stock_resolve = Event.resolve_by_type
_stock_validate = RemoteAction._validate_action_result
_stock_run = DaskGraphRunner.run


class WrongRasa(RuntimeError):
    """The installed Rasa is not the one these patches were written and tested for."""


def apply() -> None:
    """Put the patches in place. Raises WrongRasa for any other version."""
    if rasa.__version__ != PATCHED_VERSION:
        raise WrongRasa(f"patches are for Rasa {PATCHED_VERSION}, installed is {rasa.__version__}")
    Event.resolve_by_type = staticmethod(_resolver())  # type: ignore[assignment]
    RemoteAction._validate_action_result = _validation()  # type: ignore[method-assign]
    DaskGraphRunner.run = _run  # type: ignore[method-assign]


def revert() -> None:
    """Stock Rasa again, for comparing."""
    Event.resolve_by_type = staticmethod(_stock_resolve)  # type: ignore[assignment]
    RemoteAction._validate_action_result = _stock_validate  # type: ignore[method-assign]
    DaskGraphRunner.run = _stock_run  # type: ignore[method-assign]


def _resolver() -> Any:
    known: dict[str, type[Event]] = {}
    for cls in rasa.shared.utils.common.all_subclasses(Event):
        known.setdefault(cls.type_name, cls)  # the first one wins, as in stock

    def resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
        found = known.get(type_name)
        return found if found is not None else _stock_resolve(type_name, default)

    return resolve_by_type


def _validation() -> Any:
    schema = RemoteAction.action_response_format_spec()
    make = validator_for(schema)
    make.check_schema(schema)
    # Each kind's schema fixes `event` to its name, so a named event passes exactly that kind's or none.
    kinds = {kind["properties"]["event"]["const"]: make(kind) for kind in EVENT_SCHEMA["oneOf"]}
    shared = make({key: value for key, value in EVENT_SCHEMA.items() if key != "oneOf"})

    def is_valid(result: Any) -> bool:
        if not isinstance(result, dict):
            return False
        events, responses = result.get("events", []), result.get("responses", [])
        if not isinstance(events, list) or not isinstance(responses, list):
            return False
        return all(isinstance(response, dict) for response in responses) and all(map(is_event, events))

    def is_event(event: Any) -> bool:
        kind = event.get("event") if isinstance(event, dict) else None
        return (
            isinstance(kind, str) and kind in kinds and shared.is_valid(event) and kinds[kind].is_valid(event)
        )

    def validate_action_result(self: RemoteAction, result: dict[str, Any]) -> bool:
        return is_valid(result) or _stock_validate(self, result)

    return validate_action_result


def _run(
    self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    wanted = targets or self._graph_schema.target_names
    orders = self.__dict__.setdefault("_orders", {})
    if tuple(wanted) not in orders:
        orders[tuple(wanted)] = _order(self._graph_schema.minimal_graph_schema(wanted))
    order = orders[tuple(wanted)]
    given = inputs or {}
    if any(isinstance(value, str) for value in given.values()) or not given.keys().isdisjoint(
        n for n, _ in order
    ):
        return _stock_run(self, inputs, targets)  # names that clash: Rasa knows what to say
    done: dict[str, Any] = {name: (name, value) for name, value in given.items()}
    try:
        for name, needs in order:
            done[name] = self._instantiated_nodes[name](*(done.get(need, need) for need in needs))
        return dict(done[name] for name in wanted)
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error


def _order(schema: GraphSchema) -> list[tuple[str, list[str]]]:
    """The steps with what each needs, every step after those it needs."""
    order: dict[str, list[str]] = {}

    def visit(name: str) -> None:
        if name in schema.nodes and name not in order:
            needs = list(schema.nodes[name].needs.values())
            for need in needs:
                visit(need)
            order[name] = needs

    for name in schema.nodes:
        visit(name)
    return list(order.items())
