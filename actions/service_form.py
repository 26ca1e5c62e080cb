"""The service form: one loop for everything that is done about an order.

Rasa opens the form at an intent that names a task and calls this action at every message while it is open.
Each time the message is heard in this order: a wish to leave, an answer to what was asked, a question on
the side, another task; then the work goes on until something must be asked or nothing is left to do.
"""

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.call import Call
from actions.order_choice import find_order
from actions.questions import QUESTIONS, answer_question
from actions.refusals import say_refusal
from actions.service import SMALL_TALK, call_person, note_miss, say_small_talk
from actions.tasks import TASKS
from actions.tasks.base import Task, person
from nlu.text.clean import clean
from shop.database import Sessions, transaction
from shop.errors import Refused

LEAVING = re.compile(
    r"^(?:那|那就|哦|唉)?(?:算了|不用了|不弄了|不办了|先不|没事了|不需要了|取消操作)|بولدىلا|كېرەك ئەمەس|كېرەكمەس|ۋاز كەچتىم|قويۇڭ ئەمدى"
)
OTHER_ORDER = re.compile(r"(?:另|别的|其他|换).{0,3}(?:一个|个)?(?:订单|单)|不是这(?:个|单)|باشقا زاكاز|باشقىسى|بۇ زاكاز ئەمەس")
#: answers that are written freely, so that words of another task in them mean nothing
FREE_TEXT = ("reason", "value", "title")
SURE = 0.75  # how sure another task must be to break into a free answer


class ServiceForm(Action):
    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def name(self) -> str:
        return "validate_service_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        async with transaction(self._sessions) as session:
            call = await Call.open(session, dispatcher, tracker)
            if await hear(call):
                await work(call)
        return call.desk.events()


async def hear(call: Call) -> bool:
    """Take in the message. False when nothing is to be done about the task now."""
    desk, turn = call.desk, call.turn
    if turn.intent == "talk_to_human":
        call_person(call)
        return False
    _hear_order_number(call)
    current = TASKS.get(desk.task or "")
    if current is None:
        desk.misses = 0
        return await _begin(call, turn.intent)
    if desk.order_number:
        call.order = await find_order(call, current, quietly=True)
    asked = desk.asked
    if asked and await _take_answer(call, current, asked):
        desk.misses = 0
        return True
    if _leaves(call):
        call.say("task_dropped")
        desk.clear()
        return False
    return await _hear_aside(call, current)


async def _begin(call: Call, task: str) -> bool:
    if task not in TASKS:
        call.desk.clear()
        return False
    call.desk.begin(task)
    if call.desk.order_number:
        call.order = await find_order(call, TASKS[task], quietly=True)
    await TASKS[task].take(call, None)
    return True


def _hear_order_number(call: Call) -> None:
    number = call.turn.value("order_number")
    if number:
        call.desk.turn_to(number)
    elif OTHER_ORDER.search(clean(call.turn.text)) and call.desk.asked != "order_number":
        call.desk.order_number = None


async def _take_answer(call: Call, task: Task, asked: str) -> bool:
    if asked in ("order_number", "digits"):
        return False  # order_choice reads these itself
    breaks_in = call.turn.intent in TASKS and call.turn.intent != task.name and call.turn.confidence >= SURE
    if asked == "value" and breaks_in and not call.turn.is_button:
        return False
    return await task.take(call, asked)


def _leaves(call: Call) -> bool:
    """A no, or a word that calls the task off. Taking back what is only being asked for is calling it off."""
    desk, turn = call.desk, call.turn
    if turn.value("order_number"):
        return False
    if turn.intent == "return_cancel" and desk.task != "return_cancel":
        return desk.task in ("return_request", "exchange_request", "damage_claim", "wrong_item", "cancel_order")
    return turn.intent == "deny" or bool(LEAVING.search(clean(turn.text)))


async def _hear_aside(call: Call, current: Task) -> bool:
    """Something other than the answer: a question on the side, small talk, another task, or nothing at all."""
    desk, intent = call.desk, call.turn.intent
    if intent in TASKS and intent != current.name:
        return await _hear_task(call, current, TASKS[intent])
    if intent in QUESTIONS:
        await answer_question(call)
    elif intent in SMALL_TALK:
        say_small_talk(call)
    elif intent in ("nlu_fallback", "out_of_scope") and desk.asked not in (None, "order_number", "digits"):
        note_miss(call)
        if desk.misses >= 2:
            call.say("offer_person", buttons=(person(call),))
    else:
        await current.take(call, None)
    return True


async def _hear_task(call: Call, current: Task, wanted: Task) -> bool:
    """Another task: looked up at once, kept for later within one message, or taken instead."""
    desk = call.desk
    if current.reads_only and desk.asked in ("order_number", "digits"):
        desk.task = wanted.name  # nothing was begun: both need the same order first
        if wanted.reads_only is False or call.turn.clause > 1:
            desk.waiting.append(current.name)
        await wanted.take(call, None)
        return True
    if wanted.reads_only and call.order is not None:
        try:
            await wanted.finish(call, call.order)
        except Refused as refused:
            say_refusal(call, refused)
        return True
    if call.turn.clause > 1 or wanted.reads_only:
        if wanted.name not in desk.waiting:
            desk.waiting.append(wanted.name)
        call.say("task_waits")
        return True
    call.say("task_switched")
    desk.waiting.clear()
    return await _begin(call, wanted.name)


async def work(call: Call) -> None:
    """Go on until something must be asked, or every task on the desk is done."""
    while call.desk.task:
        task = TASKS[call.desk.task]
        call.order = await find_order(call, task)
        if call.order is None:
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
