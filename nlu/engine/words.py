"""A shopper's words before Rasa sees them: what may be a button, and which questions one message holds."""

import json
import re
from typing import Any, Dict, List, Tuple

from rasa.shared.core.constants import DEFAULT_INTENTS, USER_INTENT_OUT_OF_SCOPE
from rasa.shared.core.domain import Domain

SURE = 0.6  # how sure each part of a message must be to be answered on its own

#: intents that ask for something of their own; a message with two of them is two turns
ASKING = frozenset(
    "order_status urge_shipping cancel_order change_order invoice_request track_parcel delivery_problem "
    "shipping_policy return_request exchange_request damage_claim wrong_item refund_status return_policy "
    "return_cancel product_info product_availability price_promotion recommend_product trace_origin "
    "payment_problem talk_to_human privacy_request".split()
)
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

    def read(self, text: str) -> Tuple[str, bool]:
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


def join_parts(text: str, asks: List[Dict[str, Any]]) -> List[str]:
    """One part an ask: clauses that ask nothing of their own stay with the ask before or after them.

    `asks` are the clauses, each with its `text`, `intent` and `confidence`. A message is two parts or one.
    """
    parts: List[str] = []
    intents: List[str] = []
    pending = ""
    for ask in asks:
        own = ask["intent"] in ASKING and ask["confidence"] >= SURE
        if own and ask["intent"] not in intents:
            parts.append(f"{pending} {ask['text']}".strip())
            intents.append(ask["intent"])
            pending = ""
        elif parts:
            parts[-1] = f"{parts[-1]} {ask['text']}"
        else:
            pending = f"{pending} {ask['text']}".strip()
    return parts if len(parts) == 2 else [text]
