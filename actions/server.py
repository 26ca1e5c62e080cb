"""The action server: rasa-sdk's executor behind a route of our own, and the actions it knows."""

import hmac
import logging
from typing import Any

from fastapi import APIRouter, Header, HTTPException
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.call import Call
from actions.hearing import LEAVING, WHAT_NOW, near_enough
from actions.questions import QUESTIONS, answer_from_faq, answer_question
from actions.service import (
    SMALL_TALK,
    ask_back,
    call_person,
    say_at_least,
    say_foreign,
    say_loose_end,
    say_small_talk,
)
from actions.service_form import ServiceForm
from shop.database import Sessions, transaction

logger = logging.getLogger(__name__)


class Answer(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """Everything that is not about an order: questions, small talk, a person, and what was not understood."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        async with transaction(self._sessions) as session:
            call = await Call.open(session, dispatcher, tracker)
            await _answer(call)
            if call.silent and not call.desk.task:
                logger.error("nothing to say: intent %s", call.turn.intent)
                say_at_least(call)
        following = [FollowupAction("service_form")] if call.desk.task else []
        return [*call.desk.events(), *following]


async def _answer(call: Call) -> None:
    desk, turn = call.desk, call.turn
    missed, desk.misses = desk.misses, 0
    if turn.foreign and not turn.is_button and turn.intent != "talk_to_human":
        say_foreign(call)
    elif turn.intent == "talk_to_human":
        call_person(call)
    elif desk.offered and (turn.intent == "affirm" or WHAT_NOW.search(turn.words)):
        desk.begin(desk.offered[0])
    elif task := near_enough(call):
        desk.begin(task)
    elif turn.intent in ("nlu_fallback", ""):
        if not await answer_from_faq(call):
            desk.misses = missed
            ask_back(call)
    elif turn.intent in SMALL_TALK:
        say_small_talk(call)
    elif turn.intent in QUESTIONS:
        await answer_question(call)
    elif turn.value("order_number") or turn.value("tracking_number"):
        desk.begin("order_status")  # a bare number: the order's state is what is most often wanted
    elif LEAVING.search(turn.words):
        call.say("all_right")
    else:
        say_loose_end(call)


def router(sessions: Sessions, secret: str) -> APIRouter:
    """POST /actions, for the engine alone: the shared secret is compared in constant time."""
    executor = ActionExecutor()
    for action in (ServiceForm(sessions), Answer(sessions)):
        executor.register_action(action)
    routes = APIRouter(include_in_schema=False)

    @routes.post("/actions")
    async def run_action(call: dict[str, Any], authorization: str = Header("")) -> dict[str, Any]:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {secret}".encode()):
            raise HTTPException(401)
        # The engine leaves the domain out: no action of ours reads it, but the executor insists on one.
        result = await executor.run({"domain": {}, **call})
        if result is None:
            raise HTTPException(404)
        return dict(result.model_dump())

    return routes
