"""Goods that came damaged (坏果包赔), and goods that came wrong, too few or not at all."""

import re
from decimal import Decimal

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.tasks.base import button, confirmation, person
from actions.tasks.items import ask_item
from actions.tasks.returns import ReturnTask, knows_items, plan_facts, reason_said
from nlu.text.digits import number
from shop.models import Order, OrderItem, ReturnKind
from shop.returns import ReturnPlan

NO_PHOTO = re.compile(
    r"没有?(?:照片|拍|图)|拍不了|没法拍|不方便拍|扔了|رەسىم يوق|رەسىمىم يوق|تارتالمىدىم|تارتمىغان|تاشلىۋەت"
)
PERCENT = re.compile(
    r"(\d{1,3}) ?[%％]|百分之(\d{1,3}|[一二三四五六七八九十]{1,3})|([一二三四五六七八九\d])成"
)
FRACTION = re.compile(r"([二三四五六七八九十])分之([一二三四五六七八九])")
WHOLE = re.compile(r"全部?坏|全都?|全部|所有|都(?:坏|烂|碎)|整[箱个盒]|ھەممىسى|پۈتۈنلەي|ھەممە")
HALF = re.compile(r"一半|半[箱个数]|يېرىم|يىرىم")
QUARTER = re.compile(r"四分之一|一小部分|بىر قىسم|تۆتتىن بىر")
PIECES = re.compile(r"(\d+) ?[个枚]")


class DamageTask(ReturnTask):
    """Goods stay; the damaged share is paid. Asks how much is damaged, and for a picture with the waybill."""

    name = "damage_claim"
    kind = ReturnKind.damage_claim
    asks = "damage_claim"

    async def take(self, call: Call, asked: str | None) -> bool:
        answers, turn = call.desk.answers, call.turn
        if asked == "photo":
            answers["no_photo"] = turn.value("photo") == "none" or bool(NO_PHOTO.search(turn.words))
            return bool(turn.photos) or answers["no_photo"]
        if (asked in (None, "share", "confirmed") and not turn.is_button) or turn.value("share"):
            found = _share_of(call)
            if found is not None and (asked != "confirmed" or turn.intent != "affirm"):
                answers["share"] = found
                return asked is not None
        if asked is None and "reason" not in answers:
            answers["reason"] = w.REASON["quality"][call.language] if turn.is_button else reason_said(call)
        return await super().take(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        self._plan(call, order, any_reason=True)
        answers.setdefault("reason", w.REASON["quality"][call.language])
        if not knows_items(call, order):
            return ask_item(call, order, "please_damaged_items", with_all=True)
        answers.pop("count", None)  # of damaged goods it tells the share
        if "share" not in answers and (counted := _share_counted(call, answers.get("counts_said", []))):
            answers["share"] = counted
        if "share" not in answers:
            shares = tuple(
                Button(title[call.language], f'/inform{{"share": "{value}"}}')
                for value, title in w.DAMAGE_SHARE.items()
            )
            return Ask("share", "please_damage_share", {"order": order.order_number}, shares)
        if call.rules.damage_needs_photo and not call.desk.photos:
            if answers.pop("no_photo", False):
                return Ask("photo", "photo_needed", {}, (person(call),))
            return Ask("photo", "please_photo", {}, (button(call, "no_photo", '/inform{"photo": "none"}'),))
        plan = self._plan(call, order)
        if answers.get("confirmed"):
            return None
        return confirmation(call, "confirm_damage_claim", plan_facts(call, order, plan))


class WrongItemTask(ReturnTask):
    """Wrong, missing or too little: the shopper says whether goods or money should come."""

    name = "wrong_item"

    async def take(self, call: Call, asked: str | None) -> bool:
        answers, turn = call.desk.answers, call.turn
        answers["quality"] = True
        if asked is None and "reason" not in answers and not turn.is_button:
            answers["reason"] = reason_said(call)
        if asked in ("remedy", None) and "remedy" not in answers:
            wanted = turn.value("remedy") or _remedy_named(turn.words, turn.intent)
            if wanted:
                answers["remedy"] = wanted
                return asked == "remedy"
        return await super().take(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        answers.setdefault("reason", w.INTENT["wrong_item"][call.language])
        self._plan(call, order, any_reason=True)
        if not knows_items(call, order):
            return ask_item(call, order, "please_wrong_items", with_all=True)
        if "remedy" not in answers:
            choices = (
                button(call, "resend", '/inform{"remedy": "resend"}'),
                button(call, "refund", '/inform{"remedy": "refund"}'),
            )
            return Ask("remedy", "please_remedy", {"order": order.order_number}, choices)
        return await super().next_ask(call, order)

    def kind_of(self, call: Call) -> ReturnKind:
        return ReturnKind.exchange if call.desk.answers.get("remedy") == "resend" else ReturnKind.return_

    def asks_of(self, call: Call) -> str:
        return "resend" if call.desk.answers.get("remedy") == "resend" else "refund_of_wrong"

    def _confirmation(self, call: Call, order: Order, plan: ReturnPlan) -> Ask:
        return confirmation(call, f"confirm_{self.asks_of(call)}", plan_facts(call, order, plan))


def _remedy_named(text: str, intent: str) -> str | None:
    if intent == "exchange_request" or re.search(
        "补发?|换|重发|再发|重新发|قايتا ئەۋەت|ئالماشتۇر|تولۇقلا|قايتىدىن", text
    ):
        return "resend"
    if intent == "return_request" or re.search("退|钱|赔|پۇل|قايتۇر", text):
        return "refund"
    return None


def _share_of(call: Call) -> str | None:
    """The damaged part: a button, a fraction said in words, or so many of so many."""
    pressed = call.turn.value("share")
    if pressed in w.DAMAGE_SHARE:
        return pressed
    words = call.turn.words
    for pattern, value in ((QUARTER, "0.25"), (HALF, "0.5"), (WHOLE, "1")):
        if pattern.search(words):
            return value
    return _share_in_figures(words) or _share_counted(call, call.turn.values("quantity"))


def _share_in_figures(words: str) -> str | None:
    """30%, 百分之三十, 三成, 三分之一."""
    if found := PERCENT.search(words):
        figure = number(found[1] or found[2] or found[3])
        part = Decimal(figure or 0) / (10 if found[3] else 100)
        return str(part) if 0 < part <= 1 else None
    if found := FRACTION.search(words):
        whole, some = number(found[1]), number(found[2])
        return str((Decimal(some) / Decimal(whole)).quantize(Decimal("0.01"))) if whole and some else None
    return None


def _share_counted(call: Call, said: list[str]) -> str | None:
    """«一个» of a box of two melons is a half; without a known whole it cannot be told."""
    if call.order is None:
        return None
    ids = call.desk.answers.get("items") or [item.id for item in call.order.items]
    whole = sum(item.quantity * _pieces(item) for item in call.order.items if item.id in ids)
    for value in said:
        count = number(value.split(" ")[0])
        if count is not None and 0 < count <= whole and whole > 1:
            return str((Decimal(count) / whole).quantize(Decimal("0.01")))
    return None


def _pieces(item: OrderItem) -> int:
    """How many are in one: 2 in a box of two melons (2个装)."""
    found = PIECES.search(item.product.variant.get("zh", "")) if item.product else None
    return int(found[1]) if found else 1
