"""What is on the desk: the task in hand, the order it is about, what was answered, what waits.

The desk lives in slots between turns. A slot is plain JSON.
"""

from dataclasses import dataclass, field
from typing import Any, Self

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

#: answers that hold for another order as well
KEPT_FOR_ANOTHER_ORDER = (
    "said",
    "counts_said",
    "reason",
    "quality",
    "remedy",
    "field",
    "value",
    "title",
    "tax_number",
    "kind",
)


@dataclass
class Desk:
    task: str | None = None
    order_number: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    waiting: list[tuple[str, str | None]] = field(default_factory=list)
    """Tasks that come after this one, each with its order where it is about another."""
    asked: str | None = None
    photos: list[str] = field(default_factory=list)
    """Pictures sent and not yet part of a request."""
    offered: tuple[str, dict[str, Any]] | None = None
    """The task the last answer offered, with what was said for it already: a bare yes takes it."""
    offer: tuple[str, dict[str, Any]] | None = None
    """The task this answer offers."""
    misses: int = 0
    introduced: bool = False
    moods: list[str] = field(default_factory=list)
    """The emotions of the last messages."""
    soothed: bool = False
    """A person was called or offered for the mood the shopper is in."""

    @classmethod
    def of(cls, tracker: Tracker) -> Self:
        """The desk as the last turn left it; an empty one where the slots are of another make than ours."""
        try:
            return cls._read(tracker)
        except (TypeError, ValueError, KeyError):
            return cls(introduced=True)

    @classmethod
    def _read(cls, tracker: Tracker) -> Self:
        offered = tracker.get_slot("offered")
        return cls(
            task=tracker.get_slot("task"),
            order_number=tracker.get_slot("order_number"),
            answers=dict(tracker.get_slot("answers") or {}),
            waiting=[(task, order) for task, order in tracker.get_slot("waiting") or []],
            asked=tracker.get_slot("requested_slot") if tracker.get_slot("task") else None,
            photos=list(tracker.get_slot("photos") or []),
            offered=(offered["task"], offered["answers"]) if offered else None,
            misses=int(tracker.get_slot("misses") or 0),
            introduced=bool(tracker.get_slot("introduced")),
            moods=[str(mood) for mood in (tracker.get_slot("moods") or {}).get("last", [])],
            soothed=bool((tracker.get_slot("moods") or {}).get("soothed")),
        )

    def events(self) -> list[EventType]:
        """The slots as they are now. `requested_slot` None closes the form."""
        return [
            SlotSet("task", self.task),
            SlotSet("order_number", self.order_number),
            SlotSet("answers", self.answers or None),
            SlotSet("waiting", [list(one) for one in self.waiting] or None),
            SlotSet("photos", self.photos or None),
            SlotSet("offered", {"task": self.offer[0], "answers": self.offer[1]} if self.offer else None),
            SlotSet("misses", self.misses or None),
            SlotSet("introduced", self.introduced),
            SlotSet("moods", {"last": self.moods, "soothed": self.soothed} if self.moods else None),
            SlotSet("requested_slot", self.asked if self.task else None),
        ]

    def begin(self, task: str) -> None:
        told = self.offered[1] if self.offered and self.offered[0] == task else {}
        self.task, self.answers, self.asked = task, dict(told), None

    def wait(self, task: str, order_number: str | None = None) -> None:
        """Another task comes after this one, once."""
        if (task, order_number) not in self.waiting:
            self.waiting.append((task, order_number))

    def finish(self) -> None:
        """The task is done with; the next waiting one takes its place, for the same order or its own."""
        self.answers, self.asked, self.task = {}, None, None
        if self.waiting:
            self.task, order_number = self.waiting.pop(0)
            self.order_number = order_number or self.order_number

    def clear(self) -> None:
        self.task, self.answers, self.waiting, self.asked = None, {}, [], None

    def turn_to(self, order_number: str) -> bool:
        """Take up this order; True if it is another: what was answered about the former one does not hold."""
        if order_number == self.order_number:
            return False
        if self.order_number is not None:
            self.answers = {k: v for k, v in self.answers.items() if k in KEPT_FOR_ANOTHER_ORDER}
        self.order_number = order_number
        return True
