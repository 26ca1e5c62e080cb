"""What may be the press of a button, and what is only a shopper's text, before Rasa sees it."""

import json
import re
from typing import Any

from rasa.shared.core.constants import DEFAULT_INTENTS, USER_INTENT_OUT_OF_SCOPE
from rasa.shared.core.domain import Domain

_BUTTON = re.compile(r"/([a-z_]+)(\{.+\})?")
_SLASHES = re.compile(r"^[\s/]+")


class Buttons:
    """Which texts are the press of a button: `/intent` or `/intent{"entity": "value"}`.

    Rasa runs such texts as commands, its own (/restart, /back, /session_start) too. A shopper can type
    anything, so only what a button of ours could carry is let through.
    """

    def __init__(self, domain: Domain) -> None:
        self._intents = set(domain.intents) - (set(DEFAULT_INTENTS) - {USER_INTENT_OUT_OF_SCOPE})
        self._entities = set(domain.entities) - {"language"}  # each message has that from its own words

    def read(self, text: str) -> tuple[str, bool]:
        """The text as Rasa may see it, and whether it is a button."""
        text = text.strip()
        if not text.startswith("/"):
            return text or "?", False
        match = _BUTTON.fullmatch(text)
        if match and match.group(1) in self._intents and self._are_ours(match.group(2)):
            return text, True
        return _SLASHES.sub("", text) or "?", False

    def _are_ours(self, entities: Any) -> bool:
        if entities is None:
            return True
        try:
            carried = json.loads(entities)
        except (ValueError, RecursionError):
            return False
        return isinstance(carried, dict) and all(
            name in self._entities and isinstance(value, str) for name, value in carried.items()
        )
