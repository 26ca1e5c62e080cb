"""Asking for an invoice (发票): to whom, and for a company its tax number."""

import re

from actions import wording as w
from actions.call import Ask, Call
from actions.hearing import PERSONAL, is_small_word
from actions.tasks.base import Task, button, confirmation, take_confirmation
from nlu.text.clean import clean
from shop.models import Order, OrderStatus
from shop.numbers import ascii_digits
from shop.orders import check_tax_number, plan_invoice, request_invoice

COMPANY = re.compile(
    r"公司|厂|店$|集团|合作社|学校|医院|银行|中心|局$|委员会|شىركىتى|شىركەت|زاۋۇت|كوپىراتىپ|مەكتەپ|دوختۇرخانا"
)
TITLE = re.compile(
    r"抬头(?:是|为|写成?|开成?|改成|改为|[:：])[:：]?\s*([^,，。;；\s]{2,60})|开给([^,，。;；\s]{2,60})"
)
TAX = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{15,20}(?![0-9A-Z])")
TAX_WORDS = re.compile(r"[,，、;； ]*(?:税号|纳税人识别号|باج نومۇرى)[是为:：]?\s*")


class InvoiceTask(Task):
    name = "invoice_request"

    def suits(self, order: Order) -> bool:
        return order.status not in (OrderStatus.pending_payment, OrderStatus.cancelled)

    async def take(self, call: Call, asked: str | None) -> bool:
        if asked == "title":
            return _take_title(call)
        if asked == "tax_number":
            return _take_tax_number(call)
        if asked is None:
            _take_in_passing(call)
        return take_confirmation(call, asked)

    async def next_ask(self, call: Call, order: Order) -> Ask | None:
        answers = call.desk.answers
        former = await plan_invoice(call.session, order)
        if "title" not in answers:
            choice = button(call, "personal", '/inform{"title": "personal"}')
            facts = {"order": order.order_number, "title": former.title if former else ""}
            reply = "please_invoice_correction" if former else "please_invoice_title"
            return Ask("title", reply, facts, (choice,))
        if answers["title"] == "personal":
            answers["title"] = order.buyer_name
        elif COMPANY.search(answers["title"]) and "tax_number" not in answers:
            return Ask("tax_number", "please_tax_number", {})
        if answers.get("confirmed"):
            return None
        total = w.money(order.total, call.language)
        facts = {"order": order.order_number, "title": answers["title"], "total": total}
        if "tax_number" in answers:
            return confirmation(call, "confirm_invoice_company", {**facts, "tax": answers["tax_number"]})
        return confirmation(call, "confirm_invoice", facts)

    async def finish(self, call: Call, order: Order) -> None:
        title = call.desk.answers["title"]
        await request_invoice(
            call.session,
            **call.whose,
            order_number=order.order_number,
            title=title,
            tax_number=call.desk.answers.get("tax_number"),
            key=call.turn.key,
        )
        call.say("invoice_requested", {"order": order.order_number, "title": title})


def _take_title(call: Call) -> bool:
    """A name, with the tax number where it stands in the same message."""
    turn, answers = call.turn, call.desk.answers
    text = clean(turn.text)
    if turn.value("title") == "personal" or PERSONAL.search(text):
        answers["title"] = "personal"
        return True
    if turn.is_button or is_small_word(turn.words):
        return False
    text = _without_tax_number(call, text)
    named = TITLE.search(text)
    title = (named[1] or named[2]) if named else text
    if not any(letter.isalpha() for letter in title):
        return False
    answers["title"] = title.strip()[:100]
    return True


def _take_in_passing(call: Call) -> None:
    """The title in the message that asks for the invoice."""
    text = _without_tax_number(call, clean(call.turn.text))
    if named := TITLE.search(text):
        title = named[1] or named[2]
        call.desk.answers["title"] = "personal" if PERSONAL.search(title) else title
    elif not call.turn.is_button and re.search(r"个人(?:发票|抬头)|شەخس نامى", text):
        call.desk.answers["title"] = "personal"


def _without_tax_number(call: Call, text: str) -> str:
    for found in TAX.findall(ascii_digits(text).upper()):
        if checked := check_tax_number(found):
            call.desk.answers["tax_number"] = checked
            text = re.sub(re.escape(found), "", text, flags=re.IGNORECASE)
    return TAX_WORDS.sub(" ", text).strip()


def _take_tax_number(call: Call) -> bool:
    """A wrong one is told to be wrong, and asked for again."""
    text = ascii_digits(call.turn.text).upper()
    checked = check_tax_number(text) or next(filter(None, map(check_tax_number, TAX.findall(text))), None)
    if checked is not None:
        call.desk.answers["tax_number"] = checked
        return True
    if sum(letter.isascii() and letter.isalnum() for letter in text) < 10:
        return False
    call.say("refused_bad_tax_number")
    return True
