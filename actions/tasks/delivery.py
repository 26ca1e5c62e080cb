"""A problem with the delivery: stuck, lost, signed for but not received, not brought to the door."""

import re

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.tasks.base import Task, person
from actions.tasks.look import say_parcels
from shop.errors import Alternative, Reason, Refused
from shop.models import Order, OrderStatus
from shop.tracking import report_delivery_problem, track

PROBLEM_WORDS: dict[str, re.Pattern[str]] = {
    "signed_not_received": re.compile(
        r"代签|冒领|没收到|未收到|没拿到|没见到|不是我签|تاپشۇرۇۋېلى?ن|"
        r"قولۇمغا تەگ|ئالمىدىم|ئالمىغان|ئىمزا|قول قوي"
    ),
    "lost": re.compile(r"丢|弄没|不见了|找不到|يوقاپ|يۈتۈپ|يوق بول|يۈتۈر"),
    "refused_door": re.compile(
        r"上门|送货上|楼下|驿站|自提|放.{0,4}柜|ئۆيگە ئەك|ئۆيگە ئەپ|ئىشىك|نۇقتى|پونكىت"
    ),
    "stuck": re.compile(
        r"不动|没动|停|卡|没更新|不更新|一直在|天了|还没到|超时|延误|تۇرۇپ قال|"
        r"تۇرۇپ قاپ|مىدىرلىم|يېڭىلان|كېچىك|تېخىچە|كۈن بولدى"
    ),
}


class DeliveryProblemTask(Task):
    """Recorded, and a person offered."""

    name = "delivery_problem"

    def suits(self, order: Order) -> bool:
        return bool(order.shipments)

    async def take(self, call: Call, asked: str | None) -> bool:
        if "kind" in call.desk.answers:
            return False
        kind = call.turn.value("kind") or problem_named(call.turn.words)
        if kind not in PROBLEM_WORDS:
            return False
        call.desk.answers["kind"] = kind
        return asked == "kind"

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        if not order.shipments:
            unpaid = order.status is OrderStatus.pending_payment
            raise Refused(
                Reason.not_shipped_yet, Alternative.pay if unpaid else Alternative.urge_shipping, {}
            )
        if "kind" not in answers and any(parcel.stuck_since for parcel in track(order)):
            answers["kind"] = "stuck"  # one need not ask what everybody can see
        if "kind" in answers:
            return None
        kinds = tuple(
            Button(title[call.language], f'/inform{{"kind": "{kind}"}}') for kind, title in w.PROBLEM.items()
        )
        return Ask("kind", "please_problem_kind", {"order": order.order_number}, kinds)

    async def finish(self, call: Call, order: Order) -> None:
        kind, number = call.desk.answers["kind"], order.order_number
        await report_delivery_problem(
            call.session, **call.whose, order_number=number, kind=kind, key=call.turn.key
        )
        if kind != "stuck":
            say_parcels(call, order)
        call.desk.offer = None
        call.say(f"problem_{kind}", {"order": number}, buttons=(person(call),))


def problem_named(words: str) -> str | None:
    return next((kind for kind, pattern in PROBLEM_WORDS.items() if pattern.search(words)), None)
