"""A conversation's state between two turns: small, JSON, and the same size at turn 5 and at turn 5,000.

    {"version": 1, "model": "…", "slots": {…}, "loop": "…" | null, "events": […]}

`slots` holds every slot that is set; `loop` is the open form before `events`; `events` are what policies read
of the last user turns: intents, actions, loops, and slots only where they influence predictions. No message's
text is kept. Turns that fall out of the window are folded into `loop`, also in the middle of an open form.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    DefinePrevUserUtteredFeaturization,
    Event,
    LoopInterrupted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.slots import BooleanSlot, TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

VERSION = 1
TURNS_KEPT = 3  # RulePolicy looks back at most two user turns in our rules
TEXT_KEPT = 500  # characters of a text in a slot
SLOTS_KEPT = 12_000  # bytes of all slots; beyond them the largest go
NOT_KEPT = (SESSION_START_METADATA_SLOT,)  # Rasa's copy of the first message's metadata


@dataclass(frozen=True)
class Restored:
    """The tracker for this turn; `recovered` says what of the given state had to be dropped, or is empty."""

    tracker: DialogueStateTracker | None
    recovered: str = ""


class Unreadable(ValueError):
    """A stored event is not one that `pack` writes, or names what the domain does not know."""


def unpack(state: Any, sender_id: str, domain: Domain, model: str) -> Restored:
    """A tracker from a packed state; None for a conversation that has not begun. Never raises.

    Slots and the open form are kept as far as the domain knows them. Events count only for the model that
    made them; else they are folded. What is no state at all begins anew.
    """
    if state is None or state == {}:
        return Restored(None)
    if (
        not isinstance(state, dict)
        or state.get("version") != VERSION
        or not isinstance(state.get("slots"), dict)
    ):
        return Restored(None, "unreadable")
    slots, loop, stored = dict(state["slots"]), state.get("loop"), state.get("events")
    events: list[Event] = []
    recovered = ""
    try:
        if state.get("model") != model:
            raise Unreadable("model changed")
        events = _events(stored, domain)
    except Unreadable as error:
        recovered = str(error)
        loop = _loop_after(loop, stored if isinstance(stored, list) else [])
    kept = _fitting(slots, domain)
    if loop is not None and (not isinstance(loop, str) or loop not in domain.form_names):
        loop, recovered = None, recovered or "loop"
        kept.pop(REQUESTED_SLOT, None)
    if len(kept) < len(slots):
        recovered = recovered or "slots"
    opening = _opening(kept, loop)
    tracker = DialogueStateTracker.from_events(sender_id, opening + events, slots=domain.slots, domain=domain)
    return Restored(tracker, recovered)


def pack(tracker: DialogueStateTracker, model: str) -> dict[str, Any]:
    """The state after a turn. What stands before the first kept user message is folded."""
    featured = {name for name, slot in tracker.slots.items() if slot.has_features()}
    events = [_written(e) for e in tracker.events if _is_kept(e, featured)]
    starts = [i for i, event in enumerate(events) if event["event"] == UserUttered.type_name]
    cut = starts[-TURNS_KEPT:][0] if starts else len(events)
    slots = {
        n: _short(s.value) for n, s in tracker.slots.items() if s.value is not None and n not in NOT_KEPT
    }
    while _size(slots) > SLOTS_KEPT:
        del slots[max(slots, key=lambda name: _size(slots[name]))]
    loop = _loop_after(None, events[:cut])
    return {"version": VERSION, "model": model, "slots": slots, "loop": loop, "events": events[cut:]}


# --- events ---------------------------------------------------------------------------------------------

#: event classes that are kept, and their one value: the intent, action, loop or flag
KEPT: dict[Any, Callable[[Any], Any]] = {
    UserUttered: lambda event: event.intent_name,
    ActionExecuted: lambda event: event.action_name,
    ActiveLoop: lambda event: event.name,
    ActionExecutionRejected: lambda event: event.action_name,
    LoopInterrupted: lambda event: event.is_interrupted,
    DefinePrevUserUtteredFeaturization: lambda event: event.use_text_for_featurization,
    SlotSet: lambda event: [event.key, _short(event.value)],
}
BY_TYPE = {kind.type_name: kind for kind in KEPT}


def _is_kept(event: Event, featured: Any) -> bool:
    return type(event) in KEPT and not (isinstance(event, SlotSet) and event.key not in featured)


def _written(event: Event) -> dict[str, Any]:
    return {"event": event.type_name, "value": KEPT[type(event)](event)}


def _events(stored: Any, domain: Domain) -> list[Event]:
    """Whole turns: from a user's message to the moment of listening."""
    events = [_read(event, domain) for event in stored] if isinstance(stored, list) else [None]
    if events and not (isinstance(events[0], UserUttered) and _listens(events[-1])):
        raise Unreadable("events")
    return events


def _listens(event: Any) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME


def _read(stored: Any, domain: Domain) -> Event:
    """The event, or Unreadable."""
    if not isinstance(stored, dict) or set(stored) != {"event", "value"}:
        raise Unreadable("events")
    kind, value = BY_TYPE.get(str(stored["event"])), stored["value"]
    if kind is UserUttered and _names(value, domain.intents, or_none=True):
        return UserUttered(intent={"name": value, "confidence": 1.0}, parse_data=None)
    if kind in (ActionExecuted, ActionExecutionRejected) and _names(value, domain.action_names_or_texts):
        return kind(value)
    if kind is ActiveLoop and _names(value, domain.form_names, or_none=True):
        return ActiveLoop(value)
    if kind in (LoopInterrupted, DefinePrevUserUtteredFeaturization) and isinstance(value, bool):
        return kind(value)
    if kind is SlotSet and _is_slot(value, domain):
        return SlotSet(*value)
    raise Unreadable("events")


def _is_slot(value: Any, domain: Domain) -> bool:
    return isinstance(value, list) and len(value) == 2 and bool(_fitting({str(value[0]): value[1]}, domain))


def _names(value: Any, known: Any, or_none: bool = False) -> bool:
    return value in known if isinstance(value, str) else or_none and value is None


def _loop_after(loop: Any, events: list[Any]) -> Any:
    """The open form after `events`."""
    for event in events:
        if isinstance(event, dict) and event.get("event") == ActiveLoop.type_name:
            loop = event.get("value")
    return loop


def _opening(slots: dict[str, Any], loop: str | None) -> list[Event]:
    """The events that bring a fresh tracker to the folded slots and loop, ready for a user message."""
    opening: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    opening += [SlotSet(name, value) for name, value in slots.items()]
    if loop is not None:
        opening.append(ActiveLoop(loop))
    opening.append(ActionExecuted(ACTION_LISTEN_NAME))
    return opening


# --- slots ----------------------------------------------------------------------------------------------


def _fitting(slots: dict[str, Any], domain: Domain) -> dict[str, Any]:
    """Those of `slots` that the domain knows, with values of their type."""
    types = {slot.name: type(slot) for slot in domain.slots}
    wanted = {TextSlot: str, BooleanSlot: bool}
    return {
        name: value
        for name, value in slots.items()
        if name in types and isinstance(value, wanted.get(types[name], object))
    }


def _short(value: Any) -> Any:
    """The value with every text in it cut to TEXT_KEPT characters."""
    if isinstance(value, str):
        return value[:TEXT_KEPT]
    if isinstance(value, list):
        return [_short(item) for item in value]
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    return value


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
