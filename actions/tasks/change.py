"""Changing an order that has not been sent: where it goes, to whom, or which goods and how many."""

import re
from typing import TypedDict

from actions import wording as w
from actions.call import Ask, Button, Call
from actions.hearing import is_small_word, without_order_number
from actions.tasks.base import Task, confirmation, person, take_confirmation
from actions.tasks.items import ask_item, items_said_before, take_items, the_item
from actions.tasks.orders import NOT_SENT
from actions.turn import Language
from nlu.text.clean import clean
from nlu.text.digits import digits_in, number
from shop.database import now
from shop.errors import Alternative, Reason, Refused
from shop.models import Order, OrderItem, Product
from shop.orders import Changeable, ChangePlan, change, plan_change, variants_of
from shop.rules import may_change

OF_GOODS = (Changeable.variant, Changeable.quantity)
BY_PERSON = "by_person"  # what only a person can change: the day, the pick-up point, the carrier

FIELD_WORDS: dict[str, re.Pattern[str]] = {
    BY_PERSON: re.compile(
        r"晚几天|晚点发|改天|哪天送|周[一二三四五六日末].{0,3}[送发]|"
        r"自提|驿站|换.{0,2}快递|كېيىن ئەۋەت|كۈنىنى"
    ),
    Changeable.phone: re.compile(r"电话|手机|号码|تېلېفون|تېلىفون|تېلىفۇن|يانفون|يانفۇن|نومۇرىمنى"),
    Changeable.recipient: re.compile(r"收货人|收件人|姓名|名字|تاپشۇرۇۋالغۇچى|ئالغۇچى|ئىسمى|ئىسىم"),
    Changeable.quantity: re.compile(
        r"数量|件数|[多少]要|[加减]一?[件个份箱袋盒]|再[加来]|改成?[一二两三四五六七八九十\d]+[件个份箱袋盒]|سانى|دانىغا|خالتىغا|ساندۇققا|مىقدارى"
    ),
    Changeable.variant: re.compile(
        r"规格|口味|颜色|尺码|大小|款式|型号|[大小]一?号|رەڭ|رازمېر|چوڭلۇقى|تۈرىنى|تۈرىگە"
    ),
    Changeable.address: re.compile(
        r"地址|地方|送到|寄到|小区|搬家|ئادرېس|ئادرىس|ئادىرىس|يەرگە ئەۋەت|يەرگە يەتكۈز|ئۆيگە"
    ),
}
LOOKS_LIKE_ADDRESS = re.compile(
    r"[省市区县乡镇村街路巷号楼栋室院]|ناھىيە|شەھەر|شەھىرى|يېزا|كوچا|مەھەللە|يول|ئۆي|بىنا|رايون|كەنت|نومۇر"
)
#: what stands before a new value: 改成…, 新地址是…, 应该是…
LEAD = re.compile(
    r"^.*?(?:改成|改为|改到|换成|换到|变成|应该是|新的?(?:地址|电话|手机号?|收货人|名字)(?:是|为)?|^(?:叫|是|为))[:：,，]?\s*"
)
#: «ئادرېسىمنى … غا ئۆزگەرتىپ بېرىڭ»: what stands between
UYGHUR_VALUE = re.compile(
    r"(?:ئاد[ېىر]+ىس\w*|ئادرېس\w*|تاپشۇرۇۋالغۇچى\w*|ئىسمى\w*)\s+(.+?)(?:\s+دېگەن\S*)?\s+ئۆزگەرت"
)
UYGHUR_ENDING = re.compile(r"(?:غا|گە|قا|كە)$")
MORE = re.compile(r"[再多]|加|يەنە|قوش|كۆپ")
FEWER = re.compile(r"减|少|去掉|ئازايت|كېمەيت|كەم|ئاز ")
TO_BECOME = re.compile(r"改|变成|换成|要成|总共|一共|ئۆزگەرت|بولسۇن|قىلىپ|جەمئىي")
COUNT = re.compile(r"\d+|[零一二两三四五六七八九十百]+|[\u0626-\u06d5]+")
CORRECTABLE = (
    Reason.bad_phone,
    Reason.bad_address,
    Reason.bad_name,
    Reason.bad_quantity,
    Reason.unknown_variant,
    Reason.out_of_stock,
    Reason.same_value,
)


class Wish(TypedDict):
    value: str
    item_id: int | None


class ChangeTask(Task):
    """Address, recipient, phone, variant or quantity, as long as nothing was sent."""

    name = "change_order"

    def suits(self, order: Order) -> bool:
        return order.status in NOT_SENT

    async def take(self, call: Call, asked: str | None) -> bool:
        if asked in (None, "field") and "field" not in call.desk.answers:
            return self._take_field(call) and asked == "field"
        if asked == "item":
            return take_items(call, single=True)
        if asked in ("value", "confirmed") and await _take_variant(call):
            return True
        if asked == "value":
            return _take_value(call, call.turn.intent)
        if take_confirmation(call, asked):
            return True
        return asked == "confirmed" and call.turn.intent != "affirm" and _take_correction(call)

    def _take_field(self, call: Call) -> bool:
        """What is to be changed, and its new value where the same message says it."""
        chosen = call.turn.value("field") or _field_named(call.turn.words)
        if chosen not in (*Changeable, BY_PERSON):
            return False
        assert chosen is not None
        call.desk.answers["field"] = chosen
        if chosen != BY_PERSON and not call.turn.is_button:
            value = _value_in_passing(call, Changeable(chosen))
            if value:
                call.desk.answers["value"] = value
        return True

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        chosen = answers.get("field")
        if chosen == BY_PERSON:
            return None
        field = Changeable(chosen) if chosen else None
        may_change(order, field or Changeable.address, items=_meant(call, order), rules=call.rules, now=now())
        if field is None:
            fields = tuple(
                Button(w.FIELD[one][call.language], f'/inform{{"field": "{one}"}}') for one in Changeable
            )
            return Ask("field", "please_change_field", {"order": order.order_number}, fields)
        if (
            field in OF_GOODS
            and the_item(call, order) is None
            and not items_said_before(call, order, single=True)
        ):
            return ask_item(call, order, "please_change_item")
        if "value" not in answers:
            return await self._ask_value(call, order, field)
        return await self._confirm(call, order, field)

    async def _confirm(self, call: Call, order: Order, field: Changeable) -> Ask | None:
        if call.desk.answers.get("confirmed"):
            return None
        try:
            plan = await plan_change(call.session, order, field=field, **_wish(call, order))
        except Refused as refused:
            if refused.reason not in CORRECTABLE:
                raise
            del call.desk.answers["value"]
            call.say(f"refused_{refused.reason}")
            return await self._ask_value(call, order, field)
        return confirmation(call, f"confirm_change_{_direction(plan)}", await _facts(call, order, plan))

    async def _ask_value(self, call: Call, order: Order, field: Changeable) -> Ask:
        choices: tuple[Button, ...] = ()
        item = the_item(call, order)
        if field is Changeable.variant and item is not None:
            variants = await variants_of(call.session, item)
            if not variants:
                raise Refused(Reason.unknown_variant, Alternative.talk_to_human, {})
            choices = tuple(
                Button(_variant_choice(call, p), f'/inform{{"value": "{p.sku}"}}') for p in variants[:6]
            )
        return Ask("value", f"please_change_{field}", {"order": order.order_number}, choices)

    async def finish(self, call: Call, order: Order) -> None:
        if call.desk.answers["field"] == BY_PERSON:
            call.say("change_by_person", {"order": order.order_number}, buttons=(person(call),))
            return
        field = Changeable(call.desk.answers["field"])
        wish = _wish(call, order)
        plan = await change(
            call.session,
            **call.whose,
            order_number=order.order_number,
            field=field,
            key=call.turn.key,
            **wish,
        )
        facts = await _facts(call, order, plan)
        call.say(f"changed_{_direction(plan)}", facts)


def _meant(call: Call, order: Order) -> list[OrderItem]:
    item = the_item(call, order)
    return [item] if item else list(order.items)


def _wish(call: Call, order: Order) -> Wish:
    """What is wished for, as the shop is told it; «one more» counted from what the order says."""
    value, item = str(call.desk.answers["value"]), the_item(call, order)
    if value[:1] in "+-" and value[1:].isdigit() and item is not None:
        value = str(max(item.quantity + int(value), 0))
    return {"value": value, "item_id": item.id if item else None}


def _field_named(text: str) -> str | None:
    return next((field for field, words in FIELD_WORDS.items() if words.search(text)), None)


async def _take_variant(call: Call) -> bool:
    """A variant by a part of its name: «4个整箱的», «قىزىل رەڭ»."""
    item = the_item(call, call.order) if call.order else None
    if call.desk.answers["field"] != Changeable.variant or item is None or not call.turn.words:
        return False
    for product in await variants_of(call.session, item):
        names = [re.split(r"[(（约]", name)[0].strip() for name in product.variant.values()]
        if any(name and name in call.turn.words for name in (*names, product.sku)):
            call.desk.answers["value"] = product.sku
            return True
    return False


def _take_value(call: Call, intent: str) -> bool:
    field = Changeable(call.desk.answers["field"])
    text = _without_lead(clean(call.turn.text))
    if is_small_word(call.turn.words):
        return False
    value = call.turn.value("value") or _value_of(call, field, text)
    if value is None or (field is Changeable.address and _is_no_address(text, intent)):
        return False
    call.desk.answers["value"] = value
    return True


def _take_correction(call: Call) -> bool:
    """«不对，是3件»: the new value instead of a yes or no."""
    field = Changeable(call.desk.answers["field"])
    text = clean(call.turn.text)
    rest = re.sub(r"^(?:不是?对?|错了|不|ياق|ئەمەس)[,，、،.。 ]*(?:是|应该是)?", "", text)
    rest = _without_lead(rest)
    sure = {
        Changeable.phone: len(digits_in(rest)) >= 11,
        Changeable.quantity: bool(call.turn.values("quantity")) or number(rest) is not None,
        Changeable.address: len(rest) >= 8 and bool(LOOKS_LIKE_ADDRESS.search(rest)),
    }
    if not sure.get(field) or (value := _value_of(call, field, rest)) is None:
        return False
    call.desk.answers["value"] = value
    return True


def _value_in_passing(call: Call, field: Changeable) -> str | None:
    """The new value in the message that asks for the change; None rather than a guess."""
    text = without_order_number(clean(call.turn.text))
    if field is Changeable.phone:
        return next((p for p in call.turn.values("phone") if len(digits_in(p)) == 11 and "*" not in p), None)
    if field is Changeable.quantity:
        return _count(call, text) if call.turn.values("quantity") else None
    if field is Changeable.variant:
        return None
    uyghur = UYGHUR_VALUE.search(text)
    value = UYGHUR_ENDING.sub("", uyghur[1]) if uyghur else _without_lead(text)
    if value == text or (field is Changeable.address and not LOOKS_LIKE_ADDRESS.search(value)):
        return None
    return value.strip(" ,，。.،") or None


def _without_lead(text: str) -> str:
    return LEAD.sub("", text, count=1) or text


def _is_no_address(text: str, intent: str) -> bool:
    plausible = intent in ("inform", "change_order", "out_of_scope", "nlu_fallback")
    return not LOOKS_LIKE_ADDRESS.search(text) and not plausible


def _value_of(call: Call, field: Changeable, text: str) -> str | None:
    """What the message says the new value is; None when it is no such value."""
    if field is Changeable.phone:
        return digits_in(text) or None
    if field is Changeable.quantity:
        return _count(call, call.turn.words)
    if field is Changeable.recipient:
        uyghur = re.match(r"(.+?)(?:نىڭ)? (?:بولسۇن|دەپ (?:ئۆزگەرت|يېز)\S*.*)$", text)
        return uyghur[1] if uyghur else text or None
    return text or None


def _count(call: Call, text: str) -> str | None:
    """A number of goods, or how many more or fewer: «3», «+1», «-1»."""
    said = [value.split(" ")[0] for value in call.turn.values("quantity")] or COUNT.findall(text)
    found = [n for n in map(number, said) if n is not None and n == int(n)]
    if not found:
        return None
    if TO_BECOME.search(text) or not (MORE.search(text) or FEWER.search(text)):
        return str(int(found[-1]))
    return f"{'-' if FEWER.search(text) else '+'}{int(found[-1])}"


def _direction(plan: ChangePlan) -> str:
    if plan.difference > 0:
        return "dearer"
    return "cheaper" if plan.difference < 0 else "same"


def _variant_choice(call: Call, product: Product) -> str:
    left = "" if product.stock > 0 else w.OUT_OF_STOCK[call.language]
    return f"{w.variant_name(product, call.language)} · {w.money(product.price, call.language)}{left}"


async def _facts(call: Call, order: Order, plan: ChangePlan) -> dict[str, object]:
    """A plan in the shopper's language: goods and variants by the catalogue's names."""
    language, old, new = call.language, plan.old, plan.new
    label = w.FIELD[plan.field][language]
    item = next((item for item in order.items if item.id == plan.item_id), None)
    if item is not None:
        label = w.FIELD_OF_GOODS[language].format(field=label, item=_goods(item, plan, language))
    if plan.field is Changeable.quantity:
        old, new = w.count(old, language), w.count(new, language)
    if plan.field is Changeable.variant and item is not None:
        known = [item.product, *await variants_of(call.session, item)]
        named = {p.sku: w.variant_name(p, language) for p in known if p is not None}
        old, new = named.get(item.sku, old), named.get(plan.sku or "", new)
    difference = w.money(abs(plan.difference), language)
    return {"order": order.order_number, "field": label, "old": old, "new": new, "difference": difference}


def _goods(item: OrderItem, plan: ChangePlan, language: Language) -> str:
    if plan.field is Changeable.variant and item.product is not None:
        return item.product.name.get(language) or item.product.name["zh"]
    return w.item_name(item, language)
