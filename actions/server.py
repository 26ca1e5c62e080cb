"""The action server: rasa-sdk's executor behind a route of our own, and the actions it knows."""

import hmac
import logging
from typing import Any

from fastapi import APIRouter, Header, HTTPException
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from actions.answering import answer
from actions.call import Call
from actions.moods import acknowledge, offer_person
from actions.people import call_if_angry, hear_callback
from actions.service import say_at_least
from actions.service_form import ServiceForm
from knowledge.catalogue import names_of_products
from knowledge.indexing import Embed
from shop.database import Sessions, transaction

logger = logging.getLogger(__name__)


class Answer(Action):  # type: ignore[misc]  # rasa-sdk has no types
    """Everything that is not about an order: questions, small talk, a person, and what was not understood."""

    def __init__(self, sessions: Sessions, embed: Embed | None) -> None:
        self._sessions, self._embed = sessions, embed

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        async with transaction(self._sessions) as session:
            call = await Call.open(session, dispatcher, tracker, self._embed)
            acknowledge(call)
            if not hear_callback(call):
                await answer(call)
            if not call.desk.task:  # else the form goes on with the message, and looks at the mood
                offer_person(call)
                call_if_angry(call)
            if call.silent and not call.desk.task:
                logger.error("nothing to say: intent %s", call.turn.intent)
                say_at_least(call)
        following = [FollowupAction("service_form")] if call.desk.task else []
        return [*call.desk.events(), *following]


def router(sessions: Sessions, secret: str, embed: Embed | None = None) -> APIRouter:
    """For the engine alone, who shows the shared secret (compared in constant time): POST /actions, GET
    /catalogue/{shop}."""
    executor = ActionExecutor()
    for action in (ServiceForm(sessions, embed), Answer(sessions, embed)):
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

    @routes.get("/catalogue/{shop}")
    async def catalogue(shop: int, authorization: str = Header("")) -> dict[str, Any]:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {secret}".encode()):
            raise HTTPException(401)
        async with transaction(sessions) as session:
            return {"products": await names_of_products(session, shop_id=shop)}

    return routes
