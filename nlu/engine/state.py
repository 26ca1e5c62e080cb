"""A conversation's state between two turns: small, JSON, and the same size at turn 5 and at turn 5,000.

    {"version": 1, "model": "…", "slots": {…}, "loop": "…" | null, "events": […]}

`slots` (those that differ from the domain's initial values) and `loop` describe the moment before `events`;
`events` are those of the last user turns, without the bot's sentences, which no policy of ours reads.
Packing folds turns that fall out of the window into `slots` and `loop`, also in the middle of an open form.
"""

import logging
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    REQUESTED_SLOT,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

VERSION = 1
TURNS_KEPT = 3  # RulePolicy looks back at most two user turns in our rules
TEXT_KEPT = 200  # characters of an earlier message; policies read its intent, not its text
NOT_KEPT = (SESSION_START_METADATA_SLOT,)  # Rasa's copy of the first message's metadata
KEPT_EVENTS = ("user", "action", "slot", "active_loop", "user_featurization", "action_execution_rejected")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Restored:
    """The tracker for this turn; `recovered` says what of the given state had to be dropped, or is empty."""

    tracker: Optional[DialogueStateTracker]
    recovered: str = ""


def unpack(state: Any, sender_id: str, domain: Domain, model: str) -> Restored:
    """A tracker from a packed state; None for a conversation that has not begun.

    A state of another model keeps its slots and its open form as far as the domain still knows them; a state
    that cannot be read at all begins anew. Neither raises.
    """
    if state is None or state == {}:
        return Restored(None)
    if not isinstance(state, dict) or state.get("version") != VERSION:
        return Restored(None, "unreadable")
    slots, loop, stored = state.get("slots"), state.get("loop"), state.get("events")
    if not isinstance(slots, dict) or not isinstance(stored, list) or not isinstance(loop, (str, type(None))):
        return Restored(None, "unreadable")
    recovered = ""
    events: List[Event] = []
    if state.get("model") == model:
        try:
            events = deserialise_events(stored)
        except Exception:  # whatever a corrupted event raises, the slots are still good
            recovered = "events"
    else:
        slots, loop = _fold(slots, loop, [e for e in stored if isinstance(e, dict)])
        recovered = "model changed"
    slots, loop, lost = _known_to(domain, slots, loop)
    tracker = DialogueStateTracker.from_events(
        sender_id, _opening(slots, loop) + events, slots=domain.slots, domain=domain
    )
    return Restored(tracker, recovered or lost)


def pack(tracker: DialogueStateTracker, model: str) -> Dict[str, Any]:
    """The state after a turn. What stands before the first kept user message is folded."""
    events = [_slim(event) for event in tracker.events if event.type_name in KEPT_EVENTS]
    starts = [i for i, event in enumerate(events) if event["event"] == UserUttered.type_name]
    cut = starts[-TURNS_KEPT:][0] if starts else len(events)
    slots, loop = _fold({}, None, events[:cut])
    return {"version": VERSION, "model": model, "slots": slots, "loop": loop, "events": events[cut:]}


def _slim(event: Event) -> Dict[str, Any]:
    """An event as stored: without time stamps, policy scores, rankings and long texts."""
    stored = event.as_dict()
    if isinstance(event, UserUttered):
        parse = stored["parse_data"]
        text = (stored["text"] or "")[:TEXT_KEPT]
        kept = {"intent": parse["intent"], "entities": [], "text": text}
        return {"event": stored["event"], "text": text, "parse_data": kept}
    if isinstance(event, ActionExecuted):
        return {"event": stored["event"], "name": stored["name"]}
    return {key: value for key, value in stored.items() if key not in ("timestamp", "metadata")}


def _fold(
    slots: Dict[str, Any], loop: Optional[str], events: List[Dict[str, Any]]
) -> Tuple[Dict[str, Any], Optional[str]]:
    """Slots and loop after `events`, without the events."""
    slots = dict(slots)
    for event in events:
        if event.get("event") == SlotSet.type_name and isinstance(event.get("name"), str):
            slots[event["name"]] = event.get("value")
        elif event.get("event") == ActiveLoop.type_name:
            loop = event.get("name")
    kept = {name: value for name, value in slots.items() if value is not None and name not in NOT_KEPT}
    return kept, loop


def _known_to(
    domain: Domain, slots: Dict[str, Any], loop: Optional[str]
) -> Tuple[Dict[str, Any], Optional[str], str]:
    """What the domain still knows of slots and loop, and what it does not, in a word."""
    names = {slot.name for slot in domain.slots}
    kept = {name: value for name, value in slots.items() if name in names}
    lost = "slots" if len(kept) < len(slots) else ""
    if loop is not None and loop not in domain.form_names:
        kept.pop(REQUESTED_SLOT, None)
        return kept, None, "loop"
    return kept, loop, lost


def _opening(slots: Dict[str, Any], loop: Optional[str]) -> List[Event]:
    """The events that bring a fresh tracker to the folded slots and loop, ready for a user message."""
    opening: List[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    opening += [SlotSet(name, value) for name, value in slots.items()]
    if loop is not None:
        opening.append(ActiveLoop(loop))
    opening.append(ActionExecuted(ACTION_LISTEN_NAME))
    return opening
