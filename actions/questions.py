"""Questions about goods and rules: answered from the shop's FAQs, its rules, or its catalogue; honestly if not."""

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
    intent, language = call.turn.intent, call.language
    match = await best_answer(
        call.session, shop_id=call.turn.shop_id, text=call.turn.text, language=language, intent=intent
    )
    if intent in ("product_info", "product_availability", "price_promotion"):
        products = await find_products(call.session, shop_id=call.turn.shop_id, text=call.turn.text)
        if products and (match is None or intent != "product_info"):
            _say_products(call, products[:3])
            return
    if match is not None:
        answer = match.entry.answer
        call.say_text(answer.get(language) or answer.get("zh") or answer["ug"])
    elif intent == "return_policy":
        _say_return_policy(call)
    else:
        call.say("no_answer", buttons=(person(call),))


def _say_products(call: Call, products: list[Product]) -> None:
    language = call.language
    for product in products:
        facts = {
            "product": w.product_name(product, language),
            "price": w.money(product.price, language),
            "unit": product.unit.get(language) or product.unit["zh"],
        }
        call.say("product_in_stock" if product.stock > 0 else "product_out_of_stock", **facts)


def _say_return_policy(call: Call) -> None:
    rules = call.rules
    payer = "shop" if rules.no_reason_freight_payer == "shop" else "buyer"
    call.say(f"return_policy_{payer}_pays", days=rules.return_window_days, hours=rules.damage_window_hours)
