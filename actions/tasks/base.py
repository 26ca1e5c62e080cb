"""What a task is: something a shopper wants done about one order."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from actions.call import Ask, Button, Call
from actions.quality import names_a_fault
from actions.wording import BUTTON, INTENT
from shop.models import Order

#: a yes with one of these is not a plain yes: ask again rather than do it
RESERVATION = re.compile(r"但是?|不过|可是|等等|先别|等一下|除了|لېكىن|ئەمما|بىراق|توختاپ|بىردەم")


#: «好的，取消吧»: a yes that names the task again; with a question word it is none
YES = re.compile(
    r"(?!.*(?:吗|[?？؟]|怎么))(?:好的?|是的?|对|嗯+|行|确认|确定|同意|没问题|ھەئە|ماقۇل|بولىدۇ|شۇنداق|ئەلۋەتتە)"
)
#: what was said for a task that is refused and serves the one offered instead
TOLD_FOR = {
    "return_request": ("said", "counts_said", "items", "count", "reason"),
    "damage_claim": ("said", "counts_said", "items"),
}


class Task(ABC):
    """One task. `desk.answers` holds what was answered so far; `next_ask` names what is missing.

    The service form calls, each turn: `take` with the slot that was asked for, then `next_ask` until it
    gives None, then `finish`. All may raise `shop.errors.Refused`; the form tells the shopper why.
    """

    name: ClassVar[str]
    reads_only: ClassVar[bool] = False
    """True: changes nothing, so that it can be answered in the middle of another task."""
    moves_money: ClassVar[bool] = False
    """True: it gives money or goods back, so that a shop may leave it to a person above some amount."""

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


def confirmation(call: Call, reply: str, facts: Mapping[str, object]) -> Ask:
    """Ask for a yes before anything is changed."""
    yes = f'/affirm{{"about": "{_matter(call)}"}}'
    return Ask("confirmed", reply, facts, (button(call, "yes", yes), button(call, "no", "/deny")))


def take_confirmation(call: Call, asked: str | None) -> bool:
    """A plain yes to what was asked. A no is the service form's to hear: it drops the task.

    A button that is still on the screen from an earlier question names another matter and counts for nothing.
    """
    turn = call.turn
    if asked != "confirmed" or RESERVATION.search(turn.words):
        return False
    if turn.intent != "affirm" and not (turn.intent == call.desk.task and YES.match(turn.words)):
        return False
    if turn.value("about") not in (None, _matter(call)):
        return False
    call.desk.answers["confirmed"] = True
    return True


def _matter(call: Call) -> str:
    return f"{call.desk.task} {call.desk.order_number}"


def button(call: Call, title: str, payload: str) -> Button:
    return Button(BUTTON[title][call.language], payload)


def person(call: Call) -> Button:
    return button(call, "person", "/talk_to_human")


def offer(call: Call, intent: str) -> Button:
    """A button that begins a task; until the next message a bare yes begins it too."""
    answers = call.desk.answers
    told = {name: answers[name] for name in TOLD_FOR.get(intent, ()) if name in answers}
    if not names_a_fault(told.get("reason", "")):
        told.pop("reason", None)  # it was refused; only a fault of the goods helps on
    call.desk.offer = (intent, told)
    return Button(INTENT[intent][call.language], f"/{intent}")
