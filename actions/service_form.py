"""The service form: one loop for everything that is done about an order.

Rasa opens the form at an intent that names a task and calls this action at every message while it is open.
Each time the message is heard in this order: a wish for a person, the order it names, an answer to what was
asked, a wish to leave, a question on the side, another task; then the work goes on until something must be
asked or nothing is left to do.
"""

import logging
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.answering import answer
from actions.call import Call
from actions.hearing import (
    FREE_TEXT,
    LEAVING,
    OTHER_ORDER,
    QUESTION,
    SENDING_BACK,
    TAKES_TIME,
    WITHDRAWING,
    leaves,
    wants_person,
)
from actions.moods import acknowledge, offer_person
from actions.order_choice import find_order, hear_number, proven_order
from actions.people import call_if_angry, call_person, hear_callback
from actions.questions import QUESTIONS, answer_from_faq, answer_question
from actions.refusals import say_refusal
from actions.service import SMALL_TALK, say_at_least, say_foreign, say_missed, say_small_talk
from actions.tasks import TASKS
from actions.tasks.base import Task
from actions.tasks.delivery import problem_named
from knowledge.indexing import Embed
from shop.database import Sessions, transaction
from shop.errors import Refused
from shop.models import Order

logger = logging.getLogger(__name__)

FAIRLY_SURE = 0.5  # how sure another task must be to take the place of one that is well under way
SURE = 0.75  # how sure another task must be to break into a free answer


class ServiceForm(Action):  # type: ignore[misc]  # rasa-sdk has no types
    def __init__(self, sessions: Sessions, embed: Embed | None) -> None:
        self._sessions, self._embed = sessions, embed

    def name(self) -> str:
        return "validate_service_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        async with transaction(self._sessions) as session:
            call = await Call.open(session, dispatcher, tracker, self._embed)
            acknowledge(call)
            if not hear_callback(call):
                await self._hear(call)
            offer_person(call)
            call_if_angry(call)
            if call.silent:
                logger.error("nothing to say: task %s, intent %s", call.desk.task, call.turn.intent)
                say_at_least(call)
        return call.desk.events()

    async def _hear(self, call: Call) -> None:
        """The form may still be open though its task is gone (a person had the conversation meanwhile): then
        whatever is no task is answered as it is outside."""
        if call.desk.task is None and task_meant(call) not in TASKS:
            await answer(call)
            if call.desk.task:
                await work(call)
        elif await hear(call):
            await work(call)


async def hear(call: Call) -> bool:
    """Take in the message. False when nothing is to be done about the task now."""
    desk, turn = call.desk, call.turn
    if wants_person(call):
        call_person(call)
        return False
    if turn.foreign and not turn.is_button and desk.asked not in FREE_TEXT:
        say_foreign(call)
        return False
    current = TASKS.get(desk.task or "")
    if current is None:
        desk.misses = 0
        return await begin(call, task_meant(call))
    return await _hear_within(call, current)


def task_meant(call: Call) -> str:
    """The task of the intent, set right where the words plainly say something else."""
    intent, words = call.turn.intent, call.turn.words
    if intent == "return_cancel" and SENDING_BACK.search(words) and not WITHDRAWING.search(words):
        return "return_request"
    if intent == "delivery_problem" and QUESTION.search(words) and not problem_named(words):
        return "track_parcel"  # «when was it signed for?» is no complaint
    return intent


async def begin(call: Call, task: str) -> bool:
    """A task, with all that the message says for it already."""
    desk, turn = call.desk, call.turn
    if task not in TASKS:
        desk.clear()
        return False
    if task == "return_cancel" and desk.offered and LEAVING.search(turn.words):
        call.say("all_right")  # nothing was begun: only the offer is declined
        return False
    desk.begin(task)
    if not turn.is_button and "said" not in desk.answers:
        desk.answers |= {"said": turn.words[:200], "counts_said": turn.values("quantity")}
    number = await hear_number(call)
    if number:
        desk.turn_to(number)
        desk.answers["sure"] = True
    elif OTHER_ORDER.search(turn.words):
        desk.order_number = None
    await _see_order(call)
    await TASKS[task].take(call, None)
    return True


async def _hear_within(call: Call, current: Task) -> bool:
    desk = call.desk
    asked, number = desk.asked, await _number_said(call)
    wanted = TASKS.get(task_meant(call))
    if _is_other(call, number):
        if wanted is not None and wanted is not current:
            return await _hear_task(call, current, wanted, number)
        if QUESTION.search(call.turn.words) and not OTHER_ORDER.search(call.turn.words):
            return await _hear_task(call, current, TASKS["order_status"], number)
    turned = number is not None and desk.turn_to(number)
    if number is None and asked != "order_number" and _wants_other_order(call):
        desk.order_number, desk.asked, asked = None, None, None
    await _see_order(call)
    if asked and not turned and await _take_answer(call, current, asked):
        desk.misses = 0
        return True
    if leaves(call):
        _drop(call)
        return False
    return await _hear_aside(call, current, moved=turned)


async def _number_said(call: Call) -> str | None:
    """An order number, unless long numbers are what was asked for."""
    if call.desk.asked in ("tax_number", *FREE_TEXT) and not OTHER_ORDER.search(call.turn.words):
        return None
    return await hear_number(call)


def _is_other(call: Call, number: str | None) -> bool:
    """Another order for another task: nothing of it concerns the task in hand."""
    known = call.desk.order_number is not None and call.desk.asked != "digits"
    return known and number is not None and number != call.desk.order_number


def _wants_other_order(call: Call) -> bool:
    wanted = TASKS.get(call.turn.intent)
    looks = wanted is not None and wanted.reads_only
    return not looks and bool(OTHER_ORDER.search(call.turn.words))


async def _see_order(call: Call) -> None:
    number = call.desk.order_number
    call.order = await proven_order(call, number) if number else None


async def _take_answer(call: Call, task: Task, asked: str) -> bool:
    if asked in ("order_number", "digits"):
        return False  # order_choice reads these itself
    breaks_in = call.turn.intent in TASKS and call.turn.intent != task.name and call.turn.confidence >= SURE
    if asked == "value" and breaks_in and not call.turn.is_button:
        return False
    return await task.take(call, asked)


def _drop(call: Call) -> None:
    call.say("task_dropped")
    if call.turn.intent == "goodbye":
        call.say("goodbye")
    call.desk.clear()


async def _hear_aside(call: Call, current: Task, *, moved: bool) -> bool:
    """Not the answer: a question on the side, small talk, another task, or nothing at all."""
    desk, turn = call.desk, call.turn
    intent = task_meant(call)
    if intent in TASKS and intent != current.name and not moved and _is_sure(call, current):
        return await _hear_task(call, current, TASKS[intent], None)
    if turn.photos:
        call.say("photo_kept")
    elif intent in QUESTIONS:
        await answer_question(call)
    elif intent in SMALL_TALK:
        say_small_talk(call, within_task=True)
    elif intent == "affirm" and desk.asked in TAKES_TIME:
        call.say("take_your_time")
        return False
    elif _is_doubtful(intent, current) and desk.asked not in (None, "order_number", "digits"):
        if not moved and not await answer_from_faq(call):
            say_missed(call)
    else:
        await current.take(call, None)
    return True


def _is_doubtful(intent: str, current: Task) -> bool:
    return intent in ("nlu_fallback", "out_of_scope") or (intent in TASKS and intent != current.name)


def _is_sure(call: Call, current: Task) -> bool:
    """A doubtful wish does not throw away what was answered already; looking never does."""
    looks = TASKS[task_meant(call)].reads_only or current.reads_only
    begun = call.desk.asked not in (None, "order_number", "digits")
    return looks or not begun or call.turn.is_button or call.turn.confidence >= FAIRLY_SURE


async def _hear_task(call: Call, current: Task, wanted: Task, number: str | None) -> bool:
    """Another task: looked up at once, kept for later within one message, or taken instead."""
    desk = call.desk
    order = await proven_order(call, number) if number else call.order
    if wanted.reads_only and order is not None:
        await _look(call, wanted, order)
        return True
    if call.turn.clause > 1:
        desk.wait(wanted.name, number)
        call.say("task_waits")
        return desk.asked is None  # the question was put a moment ago
    if desk.asked in ("order_number", "digits") and wanted.reads_only and not current.reads_only:
        desk.wait(wanted.name, number)
        call.say("task_waits")
        return True
    if not current.reads_only:
        call.say("task_switched")
    desk.waiting.clear()
    half = desk.answers.get("half")
    begun = await begin(call, wanted.name)
    if half and begun:
        desk.answers["half"] = half
    return begun


async def _look(call: Call, wanted: Task, order: Order) -> None:
    """Answer in the middle of another task, whatever order that one is about."""
    if (
        wanted.name == "refund_status"
        and not (order.refunds or order.returns)
        and await answer_from_faq(call)
    ):
        return
    try:
        await wanted.finish(call, order)
    except Refused as refused:
        say_refusal(call, refused)
    call.desk.offer = None  # a yes now belongs to the task in hand


def is_for_a_person(call: Call, task: Task, order: Order) -> bool:
    """The shop's rule of high amounts: money of that size moves by a person's hand alone."""
    limit = call.rules.service.person_from
    return limit is not None and task.moves_money and order.total >= limit


async def work(call: Call) -> None:
    """Go on until something must be asked, or every task on the desk is done."""
    while call.desk.task:
        task = TASKS[call.desk.task]
        call.order = await find_order(call, task)
        if call.order is None:
            return
        call.desk.answers["sure"] = True
        if is_for_a_person(call, task, call.order):
            call_person(call, "amount", "handed_over_amount")
            return
        try:
            ask = await task.next_ask(call, call.order)
            if ask is not None:
                call.ask(ask)
                return
            await task.finish(call, call.order)
        except Refused as refused:
            say_refusal(call, refused)
        call.desk.finish()
