"""After-sales: return, exchange, damage claim, wrong goods, and taking a request back."""

from decimal import Decimal

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.tasks.base import Task, button, confirmation, take_confirmation
from actions.tasks.items import ask_item, take_items
from nlu.text.clean import clean
from nlu.text.digits import number
from shop.models import Order, OrderStatus, ReturnKind
from shop.returns import ReturnPlan, open_return, plan_return, withdraw_return
from shop.database import now

#: words that say the goods are at fault, so that the shop pays the way back
QUALITY_WORDS = (
    "坏", "烂", "破", "碎", "漏", "霉", "臭", "质量", "过期", "虫", "变质", "发错", "错发", "少发", "缺", "假", "异味", "裂", "压",
    "بۇزۇل", "چىرى", "سېسى", "ئېزىل", "مىجىل", "چېقىل", "يېرىل", "سۇن", "ئاق", "قۇرت", "سۈپەت", "سۈپىت", "خاتا", "كەم", "ساختا", "مۇددىتى", "پۇراپ",
)  # fmt: skip
#: intents that are never the reason a shopper gives when asked for one
NOT_A_REASON = frozenset(
    "talk_to_human track_parcel order_status refund_status return_policy shipping_policy invoice_request return_cancel "
    "deny affirm greet thank goodbye bot_challenge switch_language privacy_request price_promotion".split()
)


class ReturnTask(Task):
    """Goods back, money back: all or some, for a reason; the rules decide, the shopper confirms."""

    name = "return_request"
    kind = ReturnKind.return_

    def suits(self, order: Order) -> bool:
        return order.status in (OrderStatus.delivered, OrderStatus.completed)

    async def take(self, call: Call, asked: str | None) -> bool:
        answers = call.desk.answers
        if call.turn.photos:
            answers["photos"] = [*answers.get("photos", []), *call.turn.photos]
        reason = call.turn.value("reason")
        if asked != "reason" and reason and "reason" not in answers:
            answers["reason"] = w.REASON[reason][call.language] if reason in w.REASON else reason
        if asked == "item":
            return take_items(call, single=False)
        if asked == "reason":
            return self._take_reason(call)
        return take_confirmation(call, asked) or bool(call.turn.photos)

    def _take_reason(self, call: Call) -> bool:
        turn = call.turn
        pressed = turn.value("reason")
        if pressed in w.REASON:
            call.desk.answers["reason"] = w.REASON[pressed][call.language]
            call.desk.answers["quality"] = pressed == "quality"
            return True
        text = clean(turn.text)
        if turn.is_button or not text or turn.intent in NOT_A_REASON:
            return bool(turn.photos)
        call.desk.answers["reason"] = text[:200]
        return True

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        if len(order.items) > 1 and "items" not in answers:
            if take_items(call, single=False):
                return await self.next_ask(call, order)
            self._plan_any(call, order)
            return ask_item(call, order, "please_return_items", with_all=True)
        if "reason" not in answers:
            self._plan_any(call, order)
            return Ask("reason", "please_reason", {"order": order.order_number}, _reasons(call))
        plan = self._plan(call, order)
        if answers.get("confirmed"):
            return None
        return self._confirmation(call, order, plan)

    def _confirmation(self, call: Call, order: Order, plan: ReturnPlan) -> Ask:
        reply = "confirm_return_shop_pays" if plan.freight_payer == "shop" else "confirm_return_buyer_pays"
        return confirmation(call, reply, **_plan_facts(call, order, plan))

    def _plan_any(self, call: Call, order: Order) -> None:
        """Refuse before asking when no reason at all could help."""
        plan_return(
            order, kind=self.kind, items=None, for_quality=True, damaged_share=Decimal(1), rules=call.rules,
            now=now(),
        )  # fmt: skip

    def _plan(self, call: Call, order: Order) -> ReturnPlan:
        return plan_return(
            order, kind=self.kind, items=chosen(call, order), for_quality=for_quality(call),
            damaged_share=share(call), rules=call.rules, now=now(),
        )  # fmt: skip

    async def finish(self, call: Call, order: Order) -> None:
        plan = self._plan(call, order)
        await open_return(
            call.session,
            shop_id=call.turn.shop_id,
            contact_id=call.turn.contact_id,
            order_number=order.order_number,
            kind=self.kind,
            items=chosen(call, order),
            reason=call.desk.answers["reason"],
            for_quality=for_quality(call),
            damaged_share=share(call),
            photos=tuple(call.desk.answers.get("photos", ())),
            key=call.turn.key,
        )
        call.say(f"opened_{self.kind}", **_plan_facts(call, order, plan))


class ExchangeTask(ReturnTask):
    name = "exchange_request"
    kind = ReturnKind.exchange

    def _confirmation(self, call: Call, order: Order, plan: ReturnPlan) -> Ask:
        reply = "confirm_exchange_shop_pays" if plan.freight_payer == "shop" else "confirm_exchange_buyer_pays"
        return confirmation(call, reply, **_plan_facts(call, order, plan))


class DamageTask(ReturnTask):
    """Goods stay; the damaged share is paid. Asks how much is damaged, and for a picture with the waybill."""

    name = "damage_claim"
    kind = ReturnKind.damage_claim

    async def take(self, call: Call, asked: str | None) -> bool:
        answers, turn = call.desk.answers, call.turn
        if asked == "photo":
            if turn.value("photo") == "none":
                answers["no_photo"] = True
                return True
        elif asked == "share":
            found = _share_of(call)
            if found is not None:
                answers["share"] = found
                return True
        elif asked is None and "reason" not in answers:
            answers["reason"] = clean(turn.text)[:200] if not turn.is_button else w.REASON["quality"][call.language]
        return await super().take(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        if len(order.items) > 1 and "items" not in answers and not take_items(call, single=False):
            self._plan_any(call, order)
            return ask_item(call, order, "please_damaged_items", with_all=True)
        answers.setdefault("reason", w.REASON["quality"][call.language])
        if "share" not in answers:
            self._plan_any(call, order)
            shares = tuple(
                Button(title[call.language], f'/inform{{"share": "{value}"}}') for value, title in w.DAMAGE_SHARE.items()
            )
            return Ask("share", "please_damage_share", {"order": order.order_number}, shares)
        if call.rules.damage_needs_photo and not answers.get("photos") and not answers.get("no_photo"):
            return Ask("photo", "please_photo", {}, (button(call, "no_photo", '/inform{"photo": "none"}'),))
        plan = self._plan(call, order)
        if answers.get("confirmed"):
            return None
        return confirmation(call, "confirm_damage_claim", **_plan_facts(call, order, plan))


class WrongItemTask(ReturnTask):
    """Wrong, missing or too little: the shopper says whether goods or money should come."""

    name = "wrong_item"

    async def take(self, call: Call, asked: str | None) -> bool:
        answers = call.desk.answers
        answers["quality"] = True
        if asked is None and "reason" not in answers and not call.turn.is_button:
            answers["reason"] = clean(call.turn.text)[:200]
        if asked == "remedy":
            wanted = call.turn.value("remedy") or _remedy_named(clean(call.turn.text), call.turn.intent)
            if wanted:
                answers["remedy"] = wanted
                return True
        return await super().take(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        if "remedy" not in answers:
            self._plan_any(call, order)
            choices = (
                button(call, "resend", '/inform{"remedy": "resend"}'),
                button(call, "refund", '/inform{"remedy": "refund"}'),
            )
            return Ask("remedy", "please_remedy", {"order": order.order_number}, choices)
        return await _remedy_task(call).next_ask(call, order)

    async def finish(self, call: Call, order: Order) -> None:
        await _remedy_task(call).finish(call, order)


def _remedy_task(call: Call) -> ReturnTask:
    return ExchangeTask() if call.desk.answers["remedy"] == "resend" else ReturnTask()


def _remedy_named(text: str, intent: str) -> str | None:
    if intent == "exchange_request" or any(word in text for word in ("补", "换", "重发", "قايتا", "ئالماشتۇر", "تولۇق")):
        return "resend"
    if intent == "return_request" or any(word in text for word in ("退", "钱", "赔", "پۇل", "قايتۇر")):
        return "refund"
    return None


class WithdrawTask(Task):
    """Take back a return, exchange, claim or cancellation."""

    name = "return_cancel"

    def suits(self, order: Order) -> bool:
        return bool(order.returns)

    async def take(self, call: Call, asked: str | None) -> bool:
        return take_confirmation(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        if call.desk.answers.get("confirmed"):
            return None
        return confirmation(call, "confirm_withdraw", order=order.order_number)

    async def finish(self, call: Call, order: Order) -> None:
        request = await withdraw_return(
            call.session,
            shop_id=call.turn.shop_id,
            contact_id=call.turn.contact_id,
            order_number=order.order_number,
            key=call.turn.key,
        )
        call.say("withdrawn", order=order.order_number, kind=w.RETURN_KIND[request.kind][call.language])


def chosen(call: Call, order: Order) -> dict[int, int] | None:
    """order_item id → quantity, as chosen; None for all that is left."""
    ids = call.desk.answers.get("items")
    if not ids or len(ids) == len(order.items):
        return None
    return {item.id: item.quantity for item in order.items if item.id in ids}


def for_quality(call: Call) -> bool:
    answers = call.desk.answers
    if "quality" in answers:
        return bool(answers["quality"])
    return any(word in answers.get("reason", "") for word in QUALITY_WORDS)


def share(call: Call) -> Decimal | None:
    value = call.desk.answers.get("share")
    return Decimal(value) if value else None


def _share_of(call: Call) -> str | None:
    """The damaged part: a button, a fraction said in words, or so many of so many."""
    pressed = call.turn.value("share")
    if pressed in w.DAMAGE_SHARE:
        return pressed
    text = clean(call.turn.text)
    if any(word in text for word in ("一半", "半", "يېرىم")):
        return "0.5"
    if any(word in text for word in ("全", "都", "所有", "ھەممىسى", "پۈتۈنلەي")):
        return "1"
    if any(word in text for word in ("四分之一", "几个", "一两个", "بىر قىسم", "بىرقانچە", "تۆتتىن بىر")):
        return "0.25"
    return _share_counted(call)


def _share_counted(call: Call) -> str | None:
    """«五个» of an order of ten pieces is a half; without a known whole it cannot be told."""
    if call.order is None:
        return None
    whole = sum(item.quantity for item in call.order.items)
    for value in call.turn.values("quantity"):
        count = number(value.split(" ")[0])
        if count is not None and 0 < count <= whole and whole > 1:
            return str((Decimal(count) / whole).quantize(Decimal("0.01")))
    return None


def _reasons(call: Call) -> tuple[Button, ...]:
    return tuple(Button(title[call.language], f'/inform{{"reason": "{key}"}}') for key, title in w.REASON.items())


def _plan_facts(call: Call, order: Order, plan: ReturnPlan) -> dict[str, object]:
    return {
        "order": order.order_number,
        "items": w.items(plan.items, call.language),
        "amount": w.money(plan.amount, call.language),
        "reason": call.desk.answers.get("reason", ""),
        "deadline": w.day(plan.deadline, call.language) if plan.deadline else "",
    }
