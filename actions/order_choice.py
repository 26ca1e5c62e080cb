"""Which order a task is about, and the proof that it is the shopper's."""

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.tasks.base import Task, button, person
from nlu.text.digits import digits_in
from shop.errors import NotProven
from shop.identity import ProofResult, is_locked, order_of, orders_of, prove
from shop.models import Order

OFFERED = 5  # orders to choose from at most
SHORTEST, LONGEST = 10, 20  # digits of an order number


async def find_order(call: Call, task: Task, *, quietly: bool = False) -> Order | None:
    """The proven order; None when it must be asked for first (then it was asked, unless `quietly`)."""
    if quietly:
        return await _proven(call)
    _read_number(call)
    if call.desk.order_number is None:
        return await _choose(call, task)
    order = await _proven(call)
    return order if order is not None else await _prove(call)


async def _proven(call: Call) -> Order | None:
    if call.desk.order_number is None:
        return None
    try:
        return await order_of(
            call.session,
            shop_id=call.turn.shop_id,
            contact_id=call.turn.contact_id,
            order_number=call.desk.order_number,
        )
    except NotProven:
        return None


def _read_number(call: Call) -> None:
    """An order number that comes in two messages: keep the first half until the second completes it."""
    desk = call.desk
    if desk.asked != "order_number" or call.turn.value("order_number") or call.turn.is_button:
        return
    digits = desk.answers.get("half", "") + digits_in(call.turn.text)
    if SHORTEST <= len(digits) <= LONGEST:
        desk.turn_to(digits)
        desk.answers.pop("half", None)
    elif digits_in(call.turn.text) and len(digits) < SHORTEST:
        desk.answers["half"] = digits


async def _choose(call: Call, task: Task) -> Order | None:
    """No number yet: the only fitting order of a proven shopper, or a choice among several, or the question."""
    mine = await orders_of(call.session, shop_id=call.turn.shop_id, contact_id=call.turn.contact_id)
    fitting = [order for order in mine if task.suits(order)] or mine
    if len(fitting) == 1 and call.desk.asked != "order_number":
        call.desk.order_number = fitting[0].order_number
        return fitting[0]
    if fitting:
        call.ask(Ask("order_number", "please_which_order", {}, tuple(_offer(call, o) for o in fitting[:OFFERED])))
    elif call.desk.answers.get("half"):
        call.ask(Ask("order_number", "please_number_rest", {"half": call.desk.answers["half"]}))
    elif call.desk.asked == "order_number":
        call.ask(Ask("order_number", "please_order_number_again", {}, (person(call),)))
    else:
        call.ask(Ask("order_number", "please_order_number", {}))
    return None


def _offer(call: Call, order: Order) -> Button:
    first = w.item_name(order.items[0], call.language) if order.items else ""
    day = w.day(order.ordered_at, call.language)
    separator = " · "
    return Button(
        separator.join(filter(None, (day, first, w.ORDER_STATUS[order.status][call.language]))),
        f'/inform{{"order_number": "{order.order_number}"}}',
    )


async def _prove(call: Call) -> Order | None:
    """The number is known, the proof is not: the last four digits of the order's phone."""
    desk, turn = call.desk, call.turn
    identity = {"shop_id": turn.shop_id, "contact_id": turn.contact_id}
    digits = _last_four(call)
    if digits is None:
        if await is_locked(call.session, **identity):
            return _locked(call)
        again = desk.asked == "digits" and not turn.value("order_number")
        call.ask(Ask("digits", "please_digits_again" if again else "please_digits", {"order": desk.order_number}))
        return None
    assert desk.order_number is not None
    match await prove(call.session, **identity, order_number=desk.order_number, digits=digits):
        case ProofResult.proven:
            return await _proven(call)
        case ProofResult.locked:
            return _locked(call)
        case ProofResult.wrong:
            call.ask(Ask("digits", "proof_wrong", {"order": desk.order_number}, (person(call),)))
    return None


def _last_four(call: Call) -> str | None:
    """The digits in this message: a phone number's last four, or the four that were asked for."""
    phone = call.turn.value("phone")
    if phone:
        return digits_in(phone)[-4:] or None
    if call.desk.asked != "digits" or call.turn.value("order_number"):
        return None
    digits = digits_in(call.turn.text)
    return digits[-4:] if 4 <= len(digits) <= 11 else None


def _locked(call: Call) -> None:
    call.say("proof_locked", buttons=(person(call),))
    call.desk.clear()
    call.desk.order_number = None
