"""Questions about goods and rules: answered from the shop's FAQs, rules or catalogue, or honestly not."""

from actions import wording as w
from actions.call import Call
from actions.tasks.base import person
from knowledge.catalogue import find_products
from knowledge.search import best_answer
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


async def answer_question(call: Call) -> None:
    """The shop's own answer first; then what rules and catalogue say; then a person."""
    intent = call.turn.intent
    match_intent = intent if intent in QUESTIONS else None
    answered = await answer_from_faq(call, intent=match_intent, aside_goods=intent != "product_info")
    if answered:
        return
    if intent == "return_policy":
        _say_return_policy(call)
    else:
        call.say("no_answer", buttons=(person(call),))


async def answer_from_faq(call: Call, *, intent: str | None = None, aside_goods: bool = True) -> bool:
    """Whether the shop has an answer; if so it is said. Of goods in stock the catalogue knows best."""
    shop_id, text, language = call.turn.shop_id, call.turn.text, call.language
    match = await best_answer(call.session, shop_id=shop_id, text=text, language=language, intent=intent)
    if intent in ("product_info", "product_availability", "price_promotion"):
        products = await find_products(call.session, shop_id=shop_id, text=text)
        if products and (match is None or aside_goods):
            _say_products(call, products[:3])
            return True
    if match is None:
        return False
    answer = match.entry.answer
    call.say_text(answer.get(language) or answer.get("zh") or answer["ug"])
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
