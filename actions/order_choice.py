"""Which order a task is about, and the proof that it is the shopper's."""

import re

from sqlalchemy import func, select

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.tasks.base import Task, person
from actions.tasks.items import names_of
from nlu.text.digits import digits_in
from shop.errors import NotProven
from shop.identity import ProofResult, is_locked, order_of, orders_of, prove
from shop.models import Order, Shipment

OFFERED = 5  # orders to choose from at most
SHORTEST, LONGEST = 10, 20  # digits of an order number
RECENT = 200  # orders whose numbers tell how long a whole number is in this shop
ORDINALS = (
    r"第一|头一|1|بىرىنچى",
    r"第二|2|ئىككىنچى",
    r"第三|3|ئۈچىنچى",
    r"第四|4|تۆتىنچى",
    r"第五|5|بەشىنچى",
)


async def find_order(call: Call, task: Task) -> Order | None:
    """The proven order; None when something had to be asked for first."""
    if call.desk.order_number is None:
        return await _choose(call, task)
    order = await proven_order(call, call.desk.order_number)
    if order is None:
        return await _prove(call)
    if _only_remembered(call) and not task.suits(order):
        others = [other for other in await _mine(call) if task.suits(other)]
        if others:
            _ask_which(call, [*others, order])
            return None
    return order


async def proven_order(call: Call, number: str) -> Order | None:
    try:
        return await order_of(call.session, **call.whose, order_number=number)
    except NotProven:
        return None


def _only_remembered(call: Call) -> bool:
    """The task has just begun, and its order is the one that was talked about before."""
    desk = call.desk
    return desk.asked is None and not call.turn.value("order_number") and not desk.answers.get("sure")


async def hear_number(call: Call) -> str | None:
    """The order number in the message: after a «not this one» the last; put together where it came in two."""
    numbers = call.turn.values("order_number")
    if numbers:
        number = numbers[-1] if len(numbers) > 1 and CORRECTION.search(call.turn.words) else numbers[0]
        return await _whole(call, number)
    waybill = call.turn.value("tracking_number")
    if waybill and call.desk.asked != "digits":
        return await _order_in_parcel(call, waybill)
    if call.desk.asked != "order_number" or call.turn.is_button:
        return None
    digits = digits_in(call.turn.text)
    return await _whole(call, digits) if digits else None


CORRECTION = re.compile(r"不是|不对|错了|ئەمەس|خاتا")


async def _whole(call: Call, digits: str) -> str | None:
    """The digits as a whole number, with those of the message before if only both make one."""
    answers = call.desk.answers
    together = answers.get("half", "") + digits
    usual = await _usual_length(call)
    if len(digits) >= max(usual, SHORTEST):
        together = digits
    if usual <= len(together) <= LONGEST:
        answers.pop("half", None)
        return await _order_in_parcel(call, together)
    answers["half"] = together if len(together) < usual else digits
    return None


async def _usual_length(call: Call) -> int:
    """The least digits an order number of this shop has: fewer are a part. Tells nothing of any order."""
    recent = (
        select(func.length(Order.plain_number).label("length"))
        .where(Order.shop_id == call.turn.shop_id)
        .order_by(Order.id.desc())
        .limit(RECENT)
        .subquery()
    )
    return await call.session.scalar(select(func.min(recent.c.length))) or SHORTEST


async def _order_in_parcel(call: Call, number: str) -> str:
    """A waybill stands for the order it carries; whatever is no waybill stays what it is."""
    query = (
        select(Order.order_number)
        .join(Shipment, Shipment.order_id == Order.id)
        .where(Order.shop_id == call.turn.shop_id, Shipment.tracking_number == number)
        .limit(1)
    )
    return await call.session.scalar(query) or number


async def _mine(call: Call) -> list[Order]:
    return await orders_of(call.session, **call.whose)


async def _choose(call: Call, task: Task) -> Order | None:
    """No number yet: a proven shopper's only fitting order, a choice among several, or the question."""
    desk, mine = call.desk, await _mine(call)
    fitting = [order for order in mine if task.suits(order)] or mine
    if desk.asked == "order_number":
        fitting = mine if desk.answers.get("any") else fitting
        picked = _picked(call, fitting[:OFFERED])
        fitting = [picked] if picked else fitting
    if len(fitting) == 1 and (desk.asked != "order_number" or _picked(call, fitting)):
        desk.order_number = fitting[0].order_number
        return fitting[0]
    if desk.answers.get("half"):
        call.ask(Ask("order_number", "please_number_rest", {"half": desk.answers["half"]}))
    elif fitting:
        _ask_which(call, fitting)
    elif await is_locked(call.session, **call.whose):
        _locked(call)
    elif desk.asked == "order_number":
        call.ask(Ask("order_number", "please_order_number_again", {}, (person(call),)))
    else:
        call.ask(Ask("order_number", "please_order_number", {}))
    return None


def _ask_which(call: Call, orders: list[Order]) -> None:
    call.desk.order_number = None
    offers = tuple(_offer(call, order) for order in orders[:OFFERED])
    call.ask(Ask("order_number", "please_which_order", {}, offers))


def _offer(call: Call, order: Order) -> Button:
    first = w.item_name(order.items[0], call.language) if order.items else ""
    day = w.day(order.ordered_at, call.language)
    told = filter(None, (day, first, w.ORDER_STATUS[order.status][call.language]))
    return Button(" · ".join(told), f'/inform{{"order_number": "{order.order_number}"}}')


def _picked(call: Call, orders: list[Order]) -> Order | None:
    """The one that is meant by «the second» or «the one with the jujubes»."""
    words = call.turn.words
    if not words:
        return None
    for order, ordinal in zip(orders, ORDINALS, strict=False):
        if re.fullmatch(rf"(?:就?是?|选)?(?:{ordinal})(?:个|单|那个|个订单|سى|سىنى)?[吧。.]?", words):
            return order
    named = [o for o in orders if any(name in words for item in o.items for name in names_of(item))]
    return named[0] if len(named) == 1 else None


async def _prove(call: Call) -> Order | None:
    """The number is known, the proof is not: the last four digits of the order's phone."""
    desk = call.desk
    digits = _last_four(call)
    if await is_locked(call.session, **call.whose):
        _locked(call)
        return None
    if digits is None:
        again = desk.asked == "digits" and not call.turn.value("order_number")
        call.ask(Ask("digits", "please_digits_again" if again else "please_digits", {}))
        return None
    assert desk.order_number is not None
    result = await prove(call.session, **call.whose, order_number=desk.order_number, digits=digits)
    if result is ProofResult.proven:
        desk.answers["sure"] = True
        return await proven_order(call, desk.order_number)
    if result is ProofResult.locked or await is_locked(call.session, **call.whose):
        _locked(call)
        return None
    call.ask(Ask("digits", "proof_wrong", {}, (person(call),)))
    return None


def _last_four(call: Call) -> str | None:
    """The digits in this message: a phone number's last four, or the four that were asked for."""
    if call.desk.asked != "digits" and call.desk.task == "change_order":
        return None  # a phone number in it is the new one
    phone = digits_in(call.turn.value("phone") or "")
    numbered = call.turn.value("order_number") is not None
    if len(phone) > 4 or (phone and (numbered or call.desk.asked != "order_number")):
        return phone[-4:]  # four alone, where a number is asked for, are the rest of it
    if call.desk.asked != "digits" or numbered:
        return None
    digits = digits_in(call.turn.text)
    return digits[-4:] if 4 <= len(digits) <= 11 else None


def _locked(call: Call) -> None:
    call.say("proof_locked", buttons=(person(call),))
    call.desk.clear()
    call.desk.order_number = None
