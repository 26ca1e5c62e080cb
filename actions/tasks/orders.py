"""Tasks before and around shipping: urge, cancel, change, invoice, a problem with the delivery."""

import re

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.tasks.base import Task, button, confirmation, person, take_confirmation
from actions.tasks.items import ask_item, take_items, the_item
from actions.tasks.look import say_parcels
from nlu.text.clean import clean
from nlu.text.digits import digits_in, number
from shop.errors import Alternative, Reason, Refused
from shop.models import Order, OrderStatus
from shop.orders import (
    Changeable,
    ChangePlan,
    cancel,
    change,
    check_tax_number,
    plan_cancel,
    plan_change,
    request_invoice,
    urge,
    variants_of,
)
from shop.tracking import report_delivery_problem

NOT_SENT = (OrderStatus.pending_payment, OrderStatus.paid)


class UrgeTask(Task):
    name = "urge_shipping"

    def suits(self, order: Order) -> bool:
        return order.status in (OrderStatus.paid, OrderStatus.shipped)

    async def finish(self, call: Call, order: Order) -> None:
        result = await urge(
            call.session,
            shop_id=call.turn.shop_id,
            contact_id=call.turn.contact_id,
            order_number=order.order_number,
            key=call.turn.key,
        )
        facts = {"order": order.order_number}
        if result.ship_by is None:
            call.say("urged_on_way", **facts)
            say_parcels(call, order)
        elif result.late:
            call.say("urged_overdue", buttons=(person(call),), **facts)
        else:
            call.say("urged", by=w.minute(result.ship_by, call.language), **facts)


class CancelTask(Task):
    name = "cancel_order"

    def suits(self, order: Order) -> bool:
        return order.status in NOT_SENT

    async def take(self, call: Call, asked: str | None) -> bool:
        return take_confirmation(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        plan = plan_cancel(order, call.rules)
        if call.desk.answers.get("confirmed"):
            return None
        goods = w.items([(item, item.quantity) for item in order.items], call.language)
        reply = "confirm_cancel" if plan.refund else "confirm_cancel_unpaid"
        refund = w.money(plan.refund, call.language)
        return confirmation(call, reply, order=order.order_number, items=goods, refund=refund)

    async def finish(self, call: Call, order: Order) -> None:
        plan = await cancel(
            call.session,
            shop_id=call.turn.shop_id,
            contact_id=call.turn.contact_id,
            order_number=order.order_number,
            key=call.turn.key,
        )
        reply = "cancelled" if plan.refund else "cancelled_unpaid"
        call.say(reply, order=order.order_number, refund=w.money(plan.refund, call.language))


FIELD_WORDS: dict[Changeable, re.Pattern[str]] = {
    Changeable.phone: re.compile(r"电话|手机|号码|تېلېفون|يانفون|تېلىفۇن|نومۇرىمنى"),
    Changeable.recipient: re.compile(r"收货人|收件人|姓名|名字|تاپشۇرۇۋالغۇچى|ئالغۇچى|ئىسمى"),
    Changeable.quantity: re.compile(r"数量|件数|多要|少要|加一|减一|改成?[一二两三四五六七八九十\d]+[件个份箱袋盒]|سانى|دانىغا|مىقدارى"),
    Changeable.variant: re.compile(r"规格|口味|颜色|尺码|大小|款式|型号|رەڭ|رازمېر|چوڭلۇقى|تۈرىنى"),
    Changeable.address: re.compile(r"地址|地方|送到|寄到|小区|搬家|ئادرېس|ئادرىس|ئادىرىس|يەرگە ئەۋەت|ئۆيگە"),
}
LOOKS_LIKE_ADDRESS = re.compile(r"[省市区县乡镇村街路巷号楼栋室院]|ناھىيە|شەھەر|يېزا|كوچا|مەھەللە|يول|ئۆي|بىنا|رايون|كەنت")


class ChangeTask(Task):
    """Address, recipient, phone, variant or quantity, as long as nothing was sent."""

    name = "change_order"

    def suits(self, order: Order) -> bool:
        return order.status in NOT_SENT

    async def take(self, call: Call, asked: str | None) -> bool:
        answers, turn = call.desk.answers, call.turn
        text = clean(turn.text)
        if asked in (None, "field") and "field" not in answers:
            chosen = turn.value("field") or _field_named(text)
            if chosen in list(Changeable):
                answers["field"] = chosen
                return asked == "field"
        if asked == "item":
            return take_items(call, single=True)
        if asked == "value":
            value = turn.value("value") or _value_of(Changeable(answers["field"]), text, turn.intent)
            if value is not None:
                answers["value"] = value
                return True
        return take_confirmation(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers, language = call.desk.answers, call.language
        if "field" not in answers:
            fields = tuple(
                Button(w.FIELD[field][language], f'/inform{{"field": "{field}"}}') for field in Changeable
            )
            await self._refuse_sent(call, order)
            return Ask("field", "please_change_field", {"order": order.order_number}, fields)
        field = Changeable(answers["field"])
        if field in (Changeable.variant, Changeable.quantity) and the_item(call, order) is None:
            return ask_item(call, order, "please_change_item")
        if "value" not in answers:
            await self._refuse_sent(call, order)
            return await self._ask_value(call, order, field)
        if answers.get("confirmed"):
            return None
        try:
            plan = await self._plan(call, order, field)
        except Refused as refused:
            if refused.reason not in CORRECTABLE:
                raise
            del answers["value"]
            call.say(f"refused_{refused.reason}")
            return await self._ask_value(call, order, field)
        return confirmation(
            call, f"confirm_change_{_direction(plan)}", **_change_facts(call, order, plan)
        )

    async def finish(self, call: Call, order: Order) -> None:
        answers = call.desk.answers
        plan = await change(
            call.session,
            shop_id=call.turn.shop_id,
            contact_id=call.turn.contact_id,
            order_number=order.order_number,
            field=Changeable(answers["field"]),
            value=answers["value"],
            item_id=the_item(call, order),
            key=call.turn.key,
        )
        call.say(f"changed_{_direction(plan)}", **_change_facts(call, order, plan))

    async def _plan(self, call: Call, order: Order, field: Changeable) -> ChangePlan:
        value = call.desk.answers["value"]
        return await plan_change(
            call.session, order, field=field, value=value, item_id=the_item(call, order)
        )

    async def _refuse_sent(self, call: Call, order: Order) -> None:
        """A refusal comes before questions whose answers would be in vain."""
        field = Changeable(call.desk.answers.get("field", Changeable.address))
        try:
            await plan_change(call.session, order, field=field, value="", item_id=the_item(call, order))
        except Refused as refused:
            if refused.reason in (Reason.already_shipped, Reason.already_delivered, Reason.already_cancelled):
                raise

    async def _ask_value(self, call: Call, order: Order, field: Changeable) -> Ask:
        choices: tuple[Button, ...] = ()
        if field is Changeable.variant:
            item = next(i for i in order.items if i.id == the_item(call, order))
            variants = await variants_of(call.session, item)
            if not variants:
                raise Refused(Reason.unknown_variant, Alternative.talk_to_human, {})
            choices = tuple(
                Button(w.product_name(p, call.language), f'/inform{{"value": "{p.sku}"}}') for p in variants[:6]
            )
        return Ask("value", f"please_change_{field}", {"order": order.order_number}, choices)


CORRECTABLE = (
    Reason.bad_phone,
    Reason.bad_address,
    Reason.bad_name,
    Reason.bad_quantity,
    Reason.unknown_variant,
    Reason.out_of_stock,
    Reason.same_value,
)


def _field_named(text: str) -> str | None:
    return next((field.value for field, words in FIELD_WORDS.items() if words.search(text)), None)


def _value_of(field: Changeable, text: str, intent: str) -> str | None:
    """What the message says the new value is; None when it is no such value."""
    if field is Changeable.phone:
        return digits_in(text) or None
    if field is Changeable.quantity:
        found = next((n for n in (number(word) for word in QUANTITY.findall(text)) if n is not None), None)
        return None if found is None else str(found)
    if field is Changeable.address and not LOOKS_LIKE_ADDRESS.search(text):
        return None if intent not in ("inform", "change_order", "out_of_scope", "nlu_fallback") else text
    return text or None


QUANTITY = re.compile(r"\d+|[零一二两三四五六七八九十百]+|[\u0626-\u06d5]+")


def _direction(plan: ChangePlan) -> str:
    if plan.difference > 0:
        return "dearer"
    return "cheaper" if plan.difference < 0 else "same"


def _change_facts(call: Call, order: Order, plan: ChangePlan) -> dict[str, object]:
    return {
        "order": order.order_number,
        "field": w.FIELD[plan.field][call.language],
        "old": plan.old,
        "new": plan.new,
        "difference": w.money(abs(plan.difference), call.language),
    }


class InvoiceTask(Task):
    name = "invoice_request"

    async def take(self, call: Call, asked: str | None) -> bool:
        answers, turn = call.desk.answers, call.turn
        if asked == "title":
            if turn.value("title") == "personal":
                answers["title"] = "personal"
                return True
            text = clean(turn.text)
            if turn.is_button or not text or turn.intent in ("deny", "talk_to_human"):
                return False
            answers["title"] = text[:100]
            return True
        if asked == "tax_number":
            checked = check_tax_number(turn.text)
            if checked is None:
                return False
            answers["tax_number"] = checked
            return True
        return take_confirmation(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        if "title" not in answers:
            choice = button(call, "personal", '/inform{"title": "personal"}')
            return Ask("title", "please_invoice_title", {"order": order.order_number}, (choice,))
        if answers["title"] == "personal":
            answers["title"] = order.buyer_name
        elif COMPANY.search(answers["title"]) and "tax_number" not in answers:
            return Ask("tax_number", "please_tax_number", {})
        if answers.get("confirmed"):
            return None
        return confirmation(
            call, "confirm_invoice", order=order.order_number, title=answers["title"],
            total=w.money(order.total, call.language),
        )  # fmt: skip

    async def finish(self, call: Call, order: Order) -> None:
        await request_invoice(
            call.session,
            shop_id=call.turn.shop_id,
            contact_id=call.turn.contact_id,
            order_number=order.order_number,
            title=call.desk.answers["title"],
            tax_number=call.desk.answers.get("tax_number"),
            key=call.turn.key,
        )
        call.say("invoice_requested", order=order.order_number, title=call.desk.answers["title"])


COMPANY = re.compile(r"公司|厂|店$|集团|合作社|学校|医院|银行|中心|شىركىتى|زاۋۇت|كوپىراتىپ|مەكتەپ")


PROBLEM_WORDS: dict[str, re.Pattern[str]] = {
    "signed_not_received": re.compile(r"签收|代签|冒领|没收到|未收到|تاپشۇرۇۋ|قولۇمغا تەگ|ئالمىدىم|ئىمزا"),
    "lost": re.compile(r"丢|弄没|不见了|找不到|يوقاپ|يۈتۈپ|يوق بول|يۈتۈر"),
    "refused_door": re.compile(r"上门|送货上|楼下|驿站|自提|放.{0,4}柜|ئۆيگە ئەك|ئىشىك|نۇقتى|پونكىت"),
    "stuck": re.compile(r"不动|没动|停|卡|没更新|不更新|一直在|天了|还没到|超时|延误|تۇرۇپ قال|مىدىرلىم|يېڭىلان|كېچىك|تېخىچە"),
}


class DeliveryProblemTask(Task):
    """Stuck, lost, signed for but not received, not brought to the door: recorded, and a person offered."""

    name = "delivery_problem"

    def suits(self, order: Order) -> bool:
        return bool(order.shipments)

    async def take(self, call: Call, asked: str | None) -> bool:
        if "kind" not in call.desk.answers:
            text = clean(call.turn.text)
            named = (kind for kind, words in PROBLEM_WORDS.items() if words.search(text))
            kind = call.turn.value("kind") or next(named, None)
            if kind in PROBLEM_WORDS:
                call.desk.answers["kind"] = kind
                return asked == "kind"
        return False

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        if not order.shipments:
            raise Refused(Reason.not_shipped_yet, Alternative.urge_shipping, {})
        if "kind" in call.desk.answers:
            return None
        kinds = tuple(
            Button(title[call.language], f'/inform{{"kind": "{kind}"}}') for kind, title in w.PROBLEM.items()
        )
        return Ask("kind", "please_problem_kind", {"order": order.order_number}, kinds)

    async def finish(self, call: Call, order: Order) -> None:
        kind = call.desk.answers["kind"]
        await report_delivery_problem(
            call.session,
            shop_id=call.turn.shop_id,
            contact_id=call.turn.contact_id,
            order_number=order.order_number,
            kind=kind,
            key=call.turn.key,
        )
        say_parcels(call, order)
        call.say(f"problem_{kind}", order=order.order_number, buttons=(person(call),))
