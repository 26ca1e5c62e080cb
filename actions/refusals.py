"""A refusal, told: the reason in the shopper's language, and what can be done instead as a button."""

from datetime import datetime
from decimal import Decimal

from actions import wording as w
from actions.call import Button, Call
from actions.tasks.base import offer, person
from shop.errors import Alternative, Refused

#: the intent whose button offers an alternative; the others are told in words
BUTTON_OF: dict[Alternative, str] = {
    Alternative.cancel_order: "cancel_order",
    Alternative.change_order: "change_order",
    Alternative.urge_shipping: "urge_shipping",
    Alternative.open_return: "return_request",
    Alternative.quality_return: "return_request",
    Alternative.damage_claim: "damage_claim",
    Alternative.report_problem: "delivery_problem",
    Alternative.check_refund: "refund_status",
}


def say_refusal(call: Call, refused: Refused) -> None:
    facts = {name: _told(call, name, value) for name, value in refused.facts.items()}
    call.say(f"refused_{refused.reason}", {"order": call.desk.order_number or "", **facts})
    alternative = refused.alternative or Alternative.talk_to_human
    intent = BUTTON_OF.get(alternative)
    buttons: tuple[Button, ...] = (person(call),)
    if intent is not None:
        buttons = (offer(call, intent), *buttons)
    call.say(f"instead_{alternative}", {"order": call.desk.order_number or ""}, buttons=buttons)


def _told(call: Call, name: str, value: object) -> str:
    if isinstance(value, datetime):
        return w.minute(value, call.language)
    if isinstance(value, Decimal):
        return w.money(value, call.language)
    if name == "item" and call.order is not None:
        named = next((item for item in call.order.items if item.name == value), None)
        return w.item_name(named, call.language) if named else str(value)
    return str(value)
