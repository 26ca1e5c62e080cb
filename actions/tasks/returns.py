"""Goods back: return, exchange, and taking a request back."""

import re
from decimal import Decimal

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.hearing import QUESTION, is_small_word, without_order_number
from actions.quality import names_a_fault
from actions.refusals import say_refusal
from actions.tasks.base import Task, confirmation, take_confirmation
from actions.tasks.change import ChangeTask
from actions.tasks.items import ask_item, items_said_before, note_count_said, take_items
from actions.tasks.orders import NOT_SENT
from nlu.text.clean import clean
from shop.database import now
from shop.errors import Reason, Refused
from shop.models import Order, OrderStatus, ReturnKind
from shop.orders import Changeable
from shop.returns import ReturnPlan, open_return, plan_return, plan_withdraw, withdraw_return

DOES_NOT_FIT = re.compile(
    "[大小长短紧松肥瘦]了|不合[身适]|尺码|颜色|戴不|穿不|كىچىك|چوڭ كە|تار كە|كەڭ كە|ئۇزۇن كە|رەڭگى"
)
#: said instead of a reason: the return is off. «不需要了» is a reason
CALLED_OFF = re.compile("算了|不退|不换|不弄|不办|先不|قايتۇرماي|ۋاز كەچ|بولدىلا")
#: intents that are never the reason a shopper gives when asked for one
NOT_A_REASON = frozenset(
    [
        "talk_to_human",
        "track_parcel",
        "order_status",
        "refund_status",
        "return_policy",
        "shipping_policy",
        "invoice_request",
        "return_cancel",
        "affirm",
        "greet",
        "thank",
        "goodbye",
        "bot_challenge",
        "switch_language",
        "privacy_request",
        "price_promotion",
    ]
)
NOT_WITHOUT_REASON = (
    Reason.goods_perishable,
    Reason.goods_custom,
    Reason.goods_digital,
    Reason.goods_newspaper,
)


class ReturnTask(Task):
    """Goods back, money back: all or some, for a reason; the rules decide, the shopper confirms."""

    name = "return_request"
    moves_money = True
    kind = ReturnKind.return_
    asks = "return"  # what its replies are called: confirm_…, opened_…

    def kind_of(self, call: Call) -> ReturnKind:
        """What is asked of the shop."""
        return self.kind

    def asks_of(self, call: Call) -> str:
        return self.asks

    def suits(self, order: Order) -> bool:
        return order.status in (OrderStatus.delivered, OrderStatus.completed)

    async def take(self, call: Call, asked: str | None) -> bool:
        if asked == "item":
            return take_items(call, single=False)
        if asked == "reason":
            return _take_reason(call)
        reason = call.turn.value("reason")
        if asked is None and reason and "reason" not in call.desk.answers:
            _note_reason(call, reason)
        if take_confirmation(call, asked):
            return True
        return asked == "confirmed" and call.turn.intent != "affirm" and _take_correction(call)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        self._plan(call, order, any_reason=True)  # refuse before asking when no reason at all could help
        if not knows_items(call, order):
            return ask_item(call, order, "please_return_items", with_all=True)
        if "reason" not in answers:
            return Ask("reason", "please_reason", {"order": order.order_number}, _reasons(call))
        plan = self._plan_possible(call, order)
        if answers.get("confirmed"):
            return None
        return self._confirmation(call, order, plan)

    def _plan_possible(self, call: Call, order: Order) -> ReturnPlan:
        """The plan; goods that cannot go back are told and left out while others can."""
        while True:
            try:
                return self._plan(call, order)
            except Refused as refused:
                rest = _without(call, order, refused)
                if not rest:
                    raise
                say_refusal(call, refused)
                call.desk.offer = None
                call.desk.answers["items"] = rest

    def _confirmation(self, call: Call, order: Order, plan: ReturnPlan) -> Ask:
        payer = "shop" if plan.freight_payer == "shop" else "buyer"
        return confirmation(call, f"confirm_{self.asks_of(call)}_{payer}_pays", plan_facts(call, order, plan))

    def _plan(self, call: Call, order: Order, *, any_reason: bool = False) -> ReturnPlan:
        return plan_return(
            order,
            kind=self.kind_of(call),
            items=None if any_reason else chosen(call, order),
            for_quality=any_reason or for_quality(call),
            damaged_share=share(call),
            rules=call.rules,
            now=now(),
        )

    async def finish(self, call: Call, order: Order) -> None:
        plan = self._plan(call, order)
        await open_return(
            call.session,
            **call.whose,
            order_number=order.order_number,
            kind=self.kind_of(call),
            items=chosen(call, order),
            reason=call.desk.answers["reason"],
            for_quality=for_quality(call),
            damaged_share=share(call),
            photos=tuple(call.desk.photos),
            key=call.turn.key,
        )
        call.desk.photos = []
        call.say(f"opened_{self.asks_of(call)}", plan_facts(call, order, plan))


class ExchangeTask(ReturnTask):
    name = "exchange_request"
    kind = ReturnKind.exchange
    asks = "exchange"

    async def take(self, call: Call, asked: str | None) -> bool:
        taken = await super().take(call, asked)
        if asked is None and "reason" not in call.desk.answers and DOES_NOT_FIT.search(call.turn.words):
            _note_reason(call, reason_said(call))
        return taken

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        if order.status not in NOT_SENT:
            return await super().next_ask(call, order)
        # Nothing was sent: what is called an exchange is a change of the order.
        said = call.desk.answers.get("said", "")
        call.say("change_instead")
        call.desk.begin(ChangeTask.name)
        call.desk.answers |= {"said": said, "field": Changeable.variant.value, "sure": True}
        return await ChangeTask().next_ask(call, order)


class WithdrawTask(Task):
    """Take back a return, exchange or claim."""

    name = "return_cancel"

    def suits(self, order: Order) -> bool:
        try:
            plan_withdraw(order)
        except Refused:
            return False
        return True

    async def take(self, call: Call, asked: str | None) -> bool:
        return take_confirmation(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        request = plan_withdraw(order)
        if call.desk.answers.get("confirmed"):
            return None
        kind = w.RETURN_KIND[request.kind][call.language]
        return confirmation(call, "confirm_withdraw", {"order": order.order_number, "kind": kind})

    async def finish(self, call: Call, order: Order) -> None:
        number = order.order_number
        request = await withdraw_return(call.session, **call.whose, order_number=number, key=call.turn.key)
        call.say("withdrawn", {"order": number, "kind": w.RETURN_KIND[request.kind][call.language]})


def _take_correction(call: Call) -> bool:
    """Instead of a yes or no: other goods, or another reason."""
    reason = call.turn.value("reason")
    if reason and not call.turn.is_button:
        call.desk.answers.pop("quality", None)
        _note_reason(call, reason)
    return take_items(call, single=False) or bool(reason)


def _take_reason(call: Call) -> bool:
    turn = call.turn
    pressed = turn.value("reason")
    if turn.is_button and pressed in w.REASON:
        _note_reason(call, pressed)
        return True
    text = clean(turn.text)
    if turn.is_button or turn.intent in NOT_A_REASON or is_small_word(turn.words):
        return False
    if QUESTION.search(turn.words) or CALLED_OFF.search(turn.words):
        return False
    call.desk.answers["reason"] = text[:200]
    return True


def reason_said(call: Call) -> str:
    """The whole first message as the reason, without the order's number."""
    return without_order_number(clean(call.turn.text))[:200]


def _note_reason(call: Call, reason: str) -> None:
    """A reason by its key (from a button) or in the shopper's words."""
    if reason in w.REASON:
        call.desk.answers["quality"] = reason == "quality"
        reason = w.REASON[reason][call.language]
    call.desk.answers["reason"] = reason


def knows_items(call: Call, order: Order) -> bool:
    if len(order.items) == 1:
        note_count_said(call, order.items[0])
        return True
    if "items" in call.desk.answers:
        return True
    return items_said_before(call, order, single=False) or take_items(call, single=False)


def _without(call: Call, order: Order, refused: Refused) -> list[int]:
    """The chosen goods but the one that cannot go back without a reason."""
    if refused.reason not in NOT_WITHOUT_REASON:
        return []
    ids = call.desk.answers.get("items") or [item.id for item in order.items]
    return [item.id for item in order.items if item.id in ids and item.name != refused.facts.get("item")]


def chosen(call: Call, order: Order) -> dict[int, int] | None:
    """order_item id → quantity, as chosen; None for all that is left."""
    answers = call.desk.answers
    ids = answers.get("items")
    count = answers.get("count")
    if not ids or (len(ids) == len(order.items) and not count):
        return None
    return {item.id: count or item.quantity for item in order.items if item.id in ids}


def for_quality(call: Call) -> bool:
    answers = call.desk.answers
    if "quality" in answers:
        return bool(answers["quality"])
    return names_a_fault(answers.get("reason", ""))


def share(call: Call) -> Decimal | None:
    value = call.desk.answers.get("share")
    return Decimal(value) if value else None


def _reasons(call: Call) -> tuple[Button, ...]:
    return tuple(
        Button(title[call.language], f'/inform{{"reason": "{key}"}}') for key, title in w.REASON.items()
    )


def plan_facts(call: Call, order: Order, plan: ReturnPlan) -> dict[str, object]:
    return {
        "order": order.order_number,
        "items": w.items(plan.items, call.language),
        "amount": w.money(plan.amount, call.language),
        "reason": call.desk.answers.get("reason", ""),
    }
