"""What is on the desk: the task in hand, the order it is about, what was answered, what waits.

The desk lives in slots between turns. A slot is plain JSON.
"""

from dataclasses import dataclass, field
from typing import Any, Self

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet


@dataclass
class Desk:
    task: str | None = None
    order_number: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    asked: str | None = None
    misses: int = 0
    introduced: bool = False

    @classmethod
    def of(cls, tracker: Tracker) -> Self:
        return cls(
            task=tracker.get_slot("task"),
            order_number=tracker.get_slot("order_number"),
            answers=dict(tracker.get_slot("answers") or {}),
            waiting=list(tracker.get_slot("waiting") or []),
            asked=tracker.get_slot("requested_slot") if tracker.get_slot("task") else None,
            misses=int(tracker.get_slot("misses") or 0),
            introduced=bool(tracker.get_slot("introduced")),
        )

    def events(self) -> list[EventType]:
        """The slots as they are now. `requested_slot` None closes the form."""
        return [
            SlotSet("task", self.task),
            SlotSet("order_number", self.order_number),
            SlotSet("answers", self.answers or None),
            SlotSet("waiting", self.waiting or None),
            SlotSet("misses", self.misses or None),
            SlotSet("introduced", self.introduced),
            SlotSet("requested_slot", self.asked if self.task else None),
        ]

    def begin(self, task: str) -> None:
        self.task, self.answers, self.asked = task, {}, None

    def finish(self) -> None:
        """The task is done with; the next waiting one takes its place, for the same order."""
        self.answers, self.asked = {}, None
        self.task = self.waiting.pop(0) if self.waiting else None

    def clear(self) -> None:
        self.task, self.answers, self.waiting, self.asked = None, {}, [], None

    def turn_to(self, order_number: str) -> None:
        """Another order: what was answered about the former one does not hold."""
        if order_number != self.order_number:
            self.order_number = order_number
            self.answers = {k: v for k, v in self.answers.items() if k in ("reason", "digits", "photos")}
