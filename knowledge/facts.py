"""Which fact of a product a question asks for: told from its words, in both languages."""

import re
from collections.abc import Sequence

from nlu.text.clean import clean
from nlu.text.uyghur import to_arabic
from shop.models import Product

#: fact → the words that ask for it. The first that fits counts, so the narrower ones stand first.
_ASKED = {
    "halal": r"清真|哈拉|ھالال|مۇسۇلمانچە",
    "shelf_life": r"保质期|能放(?:多久|几天|多长)|放(?:多久|几天)|(?:几天|多久)(?:会|就)?坏|过期|有效期"
    r"|ساقلاش مۇددىتى|مۇددىتى|قانچە (?:كۈن|ۋاقىت|ئاي) (?:ساقلى|تۇر|چىدا)|قانچىلىك (?:ساقلى|تۇر|چىدا)",
    "storage": r"(?:怎么|如何|咋)(?:样)?(?:保存|存放|储存|存|放)|保存方法|保存|存放|冷藏|冰箱"
    r"|قانداق ساقلا|ساقلاش ئۇسۇلى|توڭلاتقۇ",
    "how_to_eat": r"怎么吃|如何吃|吃法|怎么(?:做|煮|炖|泡)|قانداق (?:يەي|يېي|يېس|پىشۇر|ئىچى)|يېيىش ئۇسۇلى",
    "origin": r"产地|哪(?:里|儿)(?:产|的|来)|哪个地方(?:产|的)|是不是.{0,6}产的|原产"
    r"|قەيەرنىڭ|نەنىڭ|قەيەردىن|چىققان (?:يېرى|جاي)|ئىشلەپچىقىرىلغان جاي",
    "season": r"几月(?:份)?(?:上市|成熟|有|熟)|什么时候(?:上市|成熟|熟)|什么季节|当季|上市"
    r"|قاچان (?:پىش|چىقى)|پىشىش|قايسى پەسىل",
    "taste": r"甜不甜|甜吗|什么味|味道|口感|好不好吃|好吃吗|酸不酸|酸吗|脆不脆"
    r"|تەمى|تاتلىقمۇ|قانداق تەم|ئاچچىقمۇ|تەملىكمۇ",
    "weight": r"多重|几斤|几公斤|多少斤|多少公斤|净重|重量|规格|一(?:箱|盒|袋)(?:有)?多少(?!钱)"
    r"|قانچە (?:كىلو|جىڭ|گرام|كىلوگرام)(?! يۈەن)|ئېغىرلىقى",
}
_RULES = tuple((fact, re.compile(words)) for fact, words in _ASKED.items())


def asked_fact(text: str) -> str | None:
    plain = to_arabic(clean(text))
    return next((fact for fact, words in _RULES if words.search(plain)), None)


def fact_of(products: Sequence[Product], fact: str) -> tuple[Product, dict[str, str]] | None:
    """The first product of those named that has the fact, and what it says by language."""
    for product in products:
        if fact == "weight" and any(product.variant.values()):
            return product, _variants(product, products)
        said = (product.facts or {}).get(fact)
        if isinstance(said, str) and said.strip():
            return product, {"zh": said}
        if isinstance(said, dict) and any(said.values()):
            return product, {one: str(text) for one, text in said.items() if text}
    return None


def _variants(product: Product, products: Sequence[Product]) -> dict[str, str]:
    """What the goods come in: the variants say the weight."""
    alike = [one for one in products if one.name == product.name]
    joint = {"zh": "、", "ug": "، "}
    return {
        language: joint[language].join(one.variant[language] for one in alike if one.variant.get(language))
        for language in ("zh", "ug")
        if any(one.variant.get(language) for one in alike)
    }
