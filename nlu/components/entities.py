"""Entities found by pattern and rule: numbers, products, dates, quantities, regions, reasons.

Stands after the intent classifier: a reason is looked for where goods go back.
"""

from contextvars import ContextVar
from datetime import date, datetime, timedelta, timezone
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from nlu.text.entities import Products, find

CHINA = timezone(timedelta(hours=8))
#: what the shop sells whose message is being read
GOODS: "ContextVar[Products | None]" = ContextVar("goods", default=None)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityFinder(GraphComponent):
    """Adds what `nlu.text.entities.find` finds; dates count from today in China, products are `GOODS`."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EntityFinder":
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        today: date = datetime.now(CHINA).date()
        for message in messages:
            text = message.get("text") or ""
            if text.startswith("/"):  # a button: its entities come with it
                continue
            found = [
                {
                    "entity": e.kind,
                    "value": e.value,
                    "text": e.text,
                    "start": e.start,
                    "end": e.end,
                    "extractor": "rules",
                }
                for e in find(text, today, GOODS.get(), _likeliest(message))
            ]
            message.set("entities", [*message.get("entities", []), *found], add_to_output=True)
        return messages


def _likeliest(message: Message) -> str:
    """The intent, or the likeliest of those between which the classifier would rather ask back."""
    named = [message.get("intent") or {}, *(message.get("intent_ranking") or [])]
    return next((i["name"] for i in named if i.get("name") not in (None, "nlu_fallback")), "inform")
