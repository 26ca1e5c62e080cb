"""The action server: rasa-sdk's executor behind a route of our own, and the actions it knows."""

import hmac
import logging
from typing import Any

from fastapi import APIRouter, Header, HTTPException
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.call import Call
from actions.questions import QUESTIONS, answer_question
from actions.service import SMALL_TALK, ask_back, call_person, say_loose_end, say_small_talk
from actions.service_form import ServiceForm
from actions.tasks.base import person
from shop.database import Sessions, transaction

logger = logging.getLogger(__name__)


class Answer(Action):
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
        following = [FollowupAction("service_form")] if call.desk.task else []
        return [*call.desk.events(), *following]


async def _answer(call: Call) -> None:
    turn = call.turn
    if turn.foreign and turn.intent != "talk_to_human":
        call.say("other_language", buttons=(person(call),))
    elif turn.intent in ("nlu_fallback", ""):
        ask_back(call)
        return
    elif turn.intent == "talk_to_human":
        call_person(call)
    elif turn.intent in SMALL_TALK:
        say_small_talk(call)
    elif turn.intent in QUESTIONS:
        await answer_question(call)
    elif turn.value("order_number"):
        call.desk.begin("order_status")  # a bare order number: its state is what is most often wanted
    else:
        say_loose_end(call)
    call.desk.misses = 0


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
        result = await executor.run(call)
        if result is None:
            raise HTTPException(404)
        return result.model_dump()

    return routes
