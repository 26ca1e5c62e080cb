"""Which questions one message holds. Standard library only."""

from typing import Any

SURE = 0.6  # how sure each part of a message must be to be answered on its own

# intents that ask for something of their own; a message with two of them is two turns
ASKING = frozenset(
    [
        "order_status",
        "urge_shipping",
        "cancel_order",
        "change_order",
        "invoice_request",
        "track_parcel",
        "delivery_problem",
        "shipping_policy",
        "return_request",
        "exchange_request",
        "damage_claim",
        "wrong_item",
        "refund_status",
        "return_policy",
        "return_cancel",
        "product_info",
        "product_availability",
        "price_promotion",
        "recommend_product",
        "trace_origin",
        "payment_problem",
        "talk_to_human",
        "privacy_request",
    ]
)


def join_parts(text: str, asks: list[dict[str, Any]]) -> list[str]:
    """One part an ask: clauses that ask nothing of their own stay with the ask before or after them.

    `asks` are the clauses, each with its `text`, `intent` and `confidence`. A message is two parts or one.
    """
    parts: list[str] = []
    intents: list[str] = []
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
