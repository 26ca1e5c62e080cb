"""What a task is: something a shopper wants done about one order."""

from abc import ABC, abstractmethod
from typing import ClassVar

from actions.call import Ask, Button, Call
from actions.wording import BUTTON
from shop.models import Order


class Task(ABC):
    """One task. `desk.answers` holds what was answered so far; `next_ask` names what is missing.

    The service form calls, each turn: `take` with the slot that was asked for, then `next_ask` until it
    gives None, then `finish`. All may raise `shop.errors.Refused`; the form tells the shopper why.
    """

    name: ClassVar[str]
    reads_only: ClassVar[bool] = False
    """True: changes nothing, so that it can be answered in the middle of another task."""

    async def take(self, call: Call, asked: str | None) -> bool:
        """Put what the message answers into `desk.answers`. True if it was an answer to what was asked."""
        return False

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        """The next thing to ask the shopper, or None when the task can be done."""
        return None

    def suits(self, order: Order) -> bool:
        """Whether a proven order is a likely one for this task; decides which order is meant or offered."""
        return True

    @abstractmethod
    async def finish(self, call: Call, order: Order) -> None:
        """Do it, and say what was done and what comes next."""


def confirmation(call: Call, reply: str, **facts: object) -> Ask:
    """Ask for a yes before anything is changed."""
    return Ask("confirmed", reply, dict(facts), (button(call, "yes", "/affirm"), button(call, "no", "/deny")))


def button(call: Call, title: str, payload: str) -> Button:
    return Button(BUTTON[title][call.language], payload)


def person(call: Call) -> Button:
    return button(call, "person", "/talk_to_human")


def take_confirmation(call: Call, asked: str | None) -> bool:
    """A yes to what was asked. A no is the service form's to hear: it drops the task."""
    if asked == "confirmed" and call.turn.intent == "affirm":
        call.desk.answers["confirmed"] = True
        return True
    return False
