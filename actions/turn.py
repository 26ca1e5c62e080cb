"""One turn as an action sees it: who speaks, in which shop and language, and what was understood."""

from dataclasses import dataclass
from typing import Any, Literal, Self
from uuid import UUID

from rasa_sdk import Tracker

from nlu.text.clean import clean
from nlu.text.uyghur import to_arabic

Language = Literal["zh", "ug"]


@dataclass(frozen=True)
class Turn:
    """Read from the tracker of an action call; the engine passes the metadata through unchanged.

    `key` names this turn's writes, so that a turn that runs twice writes once.
    """

    shop_id: int
    contact_id: UUID
    key: str
    language: Language
    text: str
    intent: str
    confidence: float
    ranking: tuple[str, ...]
    entities: tuple[dict[str, Any], ...]
    photos: tuple[str, ...]
    is_button: bool
    foreign: bool  # neither Chinese nor Uyghur
    clause: int
    emotion: str = "neutral"  # neutral, happy, anxious, disappointed or angry
    intensity: float = 0.0  # of it, 0 to 1
    # how the conversation stands, as its keeper knows it
    mode: str = "bot"
    ahead: int = 0  # others who wait for a person before this shopper
    anger: int = 0  # angry messages in a row before this one
    brief: dict[str, Any] | None = None  # from a person who gave the conversation back just now

    @classmethod
    def of(cls, tracker: Tracker) -> Self:
        message = tracker.latest_message
        metadata = message["metadata"]
        clause = int(metadata.get("clause", 1))
        first = tracker.latest_action_name in (None, "action_listen")  # action of this message
        text = message.get("text") or ""
        return cls(
            shop_id=int(metadata["shop"]),
            contact_id=UUID(metadata["contact"]),
            key=f"{metadata['turn']}:{clause}",
            language="ug" if tracker.get_slot("language") == "ug" else "zh",
            text=text,
            intent=(message.get("intent") or {}).get("name") or "",
            confidence=float((message.get("intent") or {}).get("confidence") or 0.0),
            ranking=tuple(r["name"] for r in message.get("intent_ranking") or []),
            entities=tuple(e for e in message.get("entities") or [] if e["entity"] != "language"),
            photos=tuple(metadata.get("photos") or ()),
            is_button=text.startswith("/"),
            foreign=message.get("language") == "other",
            emotion=message.get("emotion") or "neutral",
            intensity=float(message.get("intensity") or 0.0),
            clause=clause,
            mode=metadata.get("mode") or "bot",
            ahead=int(metadata.get("ahead") or 0),
            anger=int(metadata.get("anger") or 0),
            brief=metadata.get("brief") if clause == 1 and first else None,
        )

    @property
    def words(self) -> str:
        """The text as patterns read it: cleaned, Latin and Cyrillic Uyghur in Arabic script."""
        return "" if self.is_button else to_arabic(clean(self.text))

    def values(self, entity: str) -> list[str]:
        """The values found for an entity kind, in the order they stand."""
        return [str(e["value"]) for e in self.entities if e["entity"] == entity]

    def value(self, entity: str) -> str | None:
        return next(iter(self.values(entity)), None)
