"""A handover in a few facts, so that a person need not read it all first: what the shopper wants, about which
order, what was tried, and the mood. Made by rule from what was understood; no model writes it.

{"wants": intent or null, "order": number or null, "task": what the bot was doing or null,
 "said": the shopper's last words, masked, "tried": [what was done to orders here],
 "missed": how many messages were not understood, "turns": of the shopper since the bot had it fresh,
 "mood": {"emotion", "intensity"} or null}
"""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.staff.masking import mask_text
from nlu.text.digits import digits_in

#: intents that say how someone speaks, not what they want
NO_WISH = frozenset(
    (
        *("greet", "goodbye", "thank", "affirm", "deny", "inform", "talk_to_human", "bot_challenge"),
        *("switch_language", "out_of_scope", "nlu_fallback", "complaint"),
    )
)
LOOKED_AT = 30  # messages

_MESSAGES = text(
    """
    SELECT id, coalesce(title, text) AS text, intent, emotion, intensity, attachment_id IS NOT NULL AS picture
    FROM message WHERE conversation_id = :conversation AND sender = 'shopper'
      AND at > coalesce((SELECT max(closed_at) FROM handover WHERE conversation_id = :conversation),
                        '-infinity')
    ORDER BY seq DESC LIMIT :limit
    """
)
# Writes are keyed by the message that asked for them and its clause.
_DONE = text(
    """
    SELECT DISTINCT ON (o.id) o.kind, r.order_number FROM operation o JOIN "order" r ON r.id = o.order_id
    WHERE o.shop_id = :shop AND o.key = ANY(:keys) ORDER BY o.id
    """
)
_ORDER = text(
    'SELECT order_number FROM "order" WHERE shop_id = :shop AND plain_number = ANY(:numbers) LIMIT 1'
)


async def summarize(
    session: AsyncSession, *, shop_id: int, conversation: uuid.UUID, hint: dict[str, Any] | None
) -> dict[str, Any]:
    """`hint`: what the actions knew when they called a person."""
    values = {"conversation": conversation, "limit": LOOKED_AT}
    heard = (await session.execute(_MESSAGES, values)).mappings().all()
    keys = [f"{message['id']}:{clause}" for message in heard for clause in (1, 2)]
    done = (await session.execute(_DONE, {"shop": shop_id, "keys": keys})).all()
    known = hint or {}
    order = known.get("order") or (done[-1].order_number if done else None)
    return {
        "wants": known.get("task") or _wish(heard),
        "order": order or await _order_named(session, shop_id, heard),
        "task": known.get("task"),
        "said": _said(heard),
        "tried": [{"what": one.kind, "order": one.order_number} for one in done],
        "missed": sum(message["intent"] in ("nlu_fallback", "out_of_scope") for message in heard),
        "turns": len(heard),
        "mood": _mood(heard),
    }


def _wish(heard: Sequence[RowMapping]) -> str | None:
    """The last thing that was wanted; a complaint counts only where nothing else was."""
    intents = [message["intent"] for message in heard if message["intent"]]
    wishes = [intent for intent in intents if intent not in NO_WISH]
    return wishes[0] if wishes else "complaint" if "complaint" in intents else None


def _said(heard: Sequence[RowMapping]) -> str | None:
    """The last message with words that say something (no press of a button for a person)."""
    for message in heard:
        words = message["text"].strip()
        if words and not words.startswith("/") and message["intent"] not in ("talk_to_human", "greet"):
            return mask_text(words)[:200]
    return None


def _mood(heard: Sequence[RowMapping]) -> dict[str, Any] | None:
    felt = next((message for message in heard if message["emotion"]), None)
    return {"emotion": felt["emotion"], "intensity": felt["intensity"]} if felt else None


async def _order_named(session: AsyncSession, shop_id: int, heard: Sequence[RowMapping]) -> str | None:
    """An order of the shop that the shopper named, proven or not: a person is going to look anyway."""
    numbers = [digits for message in heard if 10 <= len(digits := digits_in(message["text"])) <= 20]
    if not numbers:
        return None
    found: str | None = await session.scalar(_ORDER, {"shop": shop_id, "numbers": numbers})
    return found
