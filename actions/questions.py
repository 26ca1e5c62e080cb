"""Questions about goods and rules: answered from the catalogue, the shop's FAQs or rules, or honestly not."""

import re

from actions import wording as w
from actions.call import Button, Call
from actions.tasks.base import person
from knowledge.asked import note_asked
from knowledge.catalogue import find_products
from knowledge.deciding import Decision
from knowledge.facts import asked_fact, fact_of
from knowledge.models import FaqEntry
from knowledge.search import Found, Match, search
from shop.models import Product

QUESTIONS = frozenset(
    (
        "shipping_policy",
        "return_policy",
        "product_info",
        "product_availability",
        "price_promotion",
        "recommend_product",
        "trace_origin",
        "payment_problem",
    )
)
NOT_KNOWN = ("nlu_fallback", "")
#: of these the catalogue is asked before any FAQ
OF_GOODS = ("product_info", "product_availability", "price_promotion", "trace_origin", *NOT_KNOWN)
RETURNS = ("return_request", "exchange_request")
WHO_PAYS = re.compile(r"谁(?:来|去)?(?:出|付|承担|掏|给|负责)|كىم (?:تۆلە|بېر|چىق|كۆتۈر)")


async def answer_question(call: Call) -> None:
    """The shop's own answer first; then what rules and catalogue say; then a person."""
    intent = call.turn.intent
    if call.desk.task in RETURNS and WHO_PAYS.search(call.turn.words):
        _say_return_policy(call)  # of the way back, not of what sending out costs
        return
    match_intent = intent if intent in QUESTIONS else None
    answered = await answer_from_faq(
        call, intent=match_intent, aside_goods=intent != "product_info", may_ask=intent != "return_policy"
    )
    if answered:
        return
    if intent == "return_policy":
        _say_return_policy(call)
    else:
        call.say("no_answer", buttons=(person(call),))


async def answer_from_faq(
    call: Call, *, intent: str | None = None, aside_goods: bool = True, may_ask: bool = False
) -> bool:
    """Whether the shop has an answer; if so it is said. Of goods in stock the catalogue knows best.

    `may_ask`: where two or three entries are near, ask which is meant; but not in the middle of a task.
    """
    shop_id, text = call.turn.shop_id, call.turn.text
    products = await find_products(call.session, shop_id=shop_id, text=text)
    if products and (intent or call.turn.intent) in OF_GOODS and _say_fact(call, products):
        await note_asked(call.session, shop_id, call.turn.key, "fact")
        return True
    found = await search(call.session, shop_id=shop_id, text=text, intent=intent, embed=call.embed)
    match = found.best
    of_goods = intent in ("product_info", "product_availability", "price_promotion")
    if of_goods and products and (match is None or aside_goods):
        _say_products(call, products[:3])
        await note_asked(call.session, shop_id, call.turn.key, "fact")
        return True
    asks = found.decision is Decision.ask_back and may_ask and call.desk.task is None
    await _note(call, found, asked=asks)
    if match is not None:
        _say_answer(call, match.entry)
    elif asks:
        _ask_which(call, found.matches)
    return match is not None or asks


async def _note(call: Call, found: Found, *, asked: bool) -> None:
    """For the shop to learn from; the words themselves stay in the message."""
    decision = found.decision if asked or found.best else Decision.pass_on
    nearest = found.matches[0].entry.id if found.matches else None
    await note_asked(call.session, call.turn.shop_id, call.turn.key, decision, nearest, found.vector)


def _say_answer(call: Call, entry: FaqEntry) -> None:
    """In the shopper's language, or in the other with a word that there is no better."""
    language = call.language
    words = entry.answer.get(language)
    if words is None:
        other = next(iter(entry.answer))
        words = f"{w.ONLY_IN[other][language]}\n{entry.answer[other]}"
    extras = entry.extras or {}
    lines = [f"{_in(one['title'], language)}\n{one['url']}" for one in extras.get("links", ())]
    if extras.get("picture"):
        lines.append(str(extras["picture"]))
    titles = [_in(one["title"], language) for one in extras.get("buttons", ())]
    call.say_text("\n".join([words, *lines]), buttons=tuple(Button(title, title) for title in titles))


def _ask_which(call: Call, matches: list[Match]) -> None:
    """A press sends the question itself, which its own entry answers."""
    if call.turn.intent in NOT_KNOWN:
        call.desk.misses += 1  # what it means is asked, as after any miss: at the next a person is called
    titles = [_in(match.entry.question, call.language) for match in matches]
    buttons = tuple(Button(title, title) for title in titles)
    call.say_text(w.WHICH_QUESTION[call.language], buttons=(*buttons, person(call)))


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()))


def _say_fact(call: Call, products: list[Product]) -> bool:
    """What the catalogue says of the product named, where the question asks for just that."""
    fact = asked_fact(call.turn.text)
    known = fact_of(products, fact) if fact else None
    if fact is None or known is None:
        return False
    product, said = known
    language = call.language
    words = said.get(language)
    note = "" if words else w.ONLY_IN["zh" if "zh" in said else "ug"][language] + "\n"
    told = {
        "item": product.name.get(language) or product.name["zh"],
        "label": w.FACT[fact][language],
        "fact": (words or next(iter(said.values()))).rstrip("。."),
    }
    call.say_text(note + w.FACT_OF_GOODS[language].format(**told))
    return True


def _say_products(call: Call, products: list[Product]) -> None:
    language = call.language
    for product in products:
        facts = {
            "product": w.product_name(product, language),
            "price": w.money(product.price, language),
            "unit": product.unit.get(language) or product.unit["zh"],
        }
        call.say("product_in_stock" if product.stock > 0 else "product_out_of_stock", facts)


def _say_return_policy(call: Call) -> None:
    rules = call.rules
    payer = "shop" if rules.no_reason_freight_payer == "shop" else "buyer"
    facts = {"days": rules.return_window_days, "hours": rules.damage_window_hours}
    call.say(f"return_policy_{payer}_pays", facts)
