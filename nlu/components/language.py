"""Which language a message is in, and which one the answer takes."""

from typing import Any, Dict, List

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
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "LanguageIdentifier":
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get("text") or ""
            spoken = (message.get("metadata") or {}).get("language") or "zh"
            answer = reply_language(text, spoken) if not text.startswith("/") else spoken
            found = {"entity": "language", "value": answer, "start": 0, "end": 0, "extractor": "language"}
            message.set("entities", [*message.get("entities", []), found], add_to_output=True)
            message.set("language", detect(text), add_to_output=True)
        return messages
