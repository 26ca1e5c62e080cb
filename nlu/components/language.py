"""Which language a message is in, and which one the answer takes."""

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from nlu.text.language import detect, reply_language


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageIdentifier(GraphComponent):
    """Sets an entity `language` (the language of the answer, which fills the slot) on each message.

    The conversation's language comes in the message's metadata; it decides where the text does not.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LanguageIdentifier":
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get("text") or ""
            spoken = (message.get("metadata") or {}).get("language") or "zh"
            answer = (
                spoken if text.startswith("/") else _wished(message, text) or reply_language(text, spoken)
            )
            found = {"entity": "language", "value": answer, "start": 0, "end": 0, "extractor": "language"}
            message.set("entities", [*message.get("entities", []), found], add_to_output=True)
            message.set("language", detect(text), add_to_output=True)
        return messages


UYGHUR = re.compile(r"维|維|ئۇيغۇر|uy|اۇيغۇر", re.IGNORECASE)
CHINESE = re.compile(r"中文|汉|漢|普通话|国语|خەنزۇ|خەنسۇ|پۇتۇڭ|xenzu|hanzu", re.IGNORECASE)


def _wished(message: Message, text: str) -> str | None:
    """The language asked for by name; the last one named, as in «不要汉语，说维语»."""
    if (message.get("intent") or {}).get("name") != "switch_language":
        return None
    named = [(m.start(), "ug") for m in UYGHUR.finditer(text)] + [
        (m.start(), "zh") for m in CHINESE.finditer(text)
    ]
    return max(named)[1] if named else None
