"""Which of the shop's products a text names, by name or alias in either language."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.features import normalised
from shop.models import Product

_LETTER = r"[\u0621-\u06d5]"

# What a Uyghur noun may end in, in this order: plural, whose, case, question or stress.
_ENDINGS = (
    "(?:لار|لەر|لىر)?"
    "(?:سى|ىمىز|مىز|ىڭىز|ڭىز|ىڭلار|ڭلار|ىم|م|ىڭ|ڭ|ۇڭلار|ۈڭلار|ۇم|ۈم|ۇڭ|ۈڭ|ۇ|ۈ|ى)?"
    "(?:نىڭ|نى|غا|گە|قا|كە|دىن|تىن|دىكى|تىكى|دا|دە|تا|تە|دەك|تەك|چە|لىق|لىك|سىز)?"
    "(?:مۇ|چۇ|لا|غۇ|كەن|مىكەن)?"
)


async def find_products(session: AsyncSession, *, shop_id: int, text: str) -> list[Product]:
    """The products named, in the order of mention, the cheaper variant first; [] if none is named.

    The longest name counts: 葡萄干 names no grapes. Where the text tells variants apart (1公斤), those only.
    """
    products = await session.scalars(select(Product).where(Product.shop_id == shop_id))
    plain = normalised(text)
    named = _mentions(plain, _by_name(products))
    return [product for one in named for product in _said_variants(plain, one)]


def _by_name(products: Iterable[Product]) -> dict[str, list[Product]]:
    by_name: dict[str, list[Product]] = {}
    for product in sorted(products, key=lambda one: (one.price, one.id)):
        for name in {normalised(name) for name in (*product.name.values(), *product.aliases)}:
            by_name.setdefault(name, []).append(product)
    return by_name


def _mentions(text: str, by_name: dict[str, list[Product]]) -> Iterator[list[Product]]:
    """What each name in the text stands for, once, in the order of the text."""
    at: dict[int, list[Product]] = {}
    for name in sorted(by_name, key=lambda one: (-len(one), one)):
        for match in _pattern(name).finditer(text):
            at[match.start()] = by_name[name]
        text = _pattern(name).sub(lambda match: "\0" * len(match[0]), text)  # taken: no shorter name in it
    seen: set[int] = set()
    for start in sorted(at):
        new = [product for product in at[start] if product.id not in seen]
        seen.update(product.id for product in new)
        if new:
            yield new


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    """Chinese names anywhere; Uyghur ones as words, the last one with endings."""
    if not re.search(_LETTER, name):
        return re.compile(re.escape(name))
    *before, last = name.split()
    words = [*map(re.escape, before), f"(?:{'|'.join(_shapes(last))}){_ENDINGS}"]
    return re.compile(rf"(?<!{_LETTER})" + r"\s+".join(words) + rf"(?!{_LETTER})")


def _shapes(word: str) -> list[str]:
    """The word, and what becomes of it before an ending: ئالما ئالمى, گىلەم گىلىم, ياڭاق ياڭىق ياڭىغ."""
    shapes = [word]
    if word[-1] in "اە":
        shapes.append(word[:-1] + "ى")
    elif len(word) > 3 and word[-2] in "اە":
        shapes.append(word[:-2] + "ى" + word[-1])
    softened = {"ق": "غ", "ك": "گ", "پ": "ۋ"}
    shapes += [shape[:-1] + softened[shape[-1]] for shape in shapes if shape[-1] in softened]
    return [re.escape(shape) for shape in shapes]


def _said_variants(text: str, products: list[Product]) -> list[Product]:
    said = [product for product in products if any(_says(text, name) for name in product.variant.values())]
    return said or products


def _says(text: str, variant: str) -> bool:
    """Whether the text holds a variant's name, brackets left out; 1公斤 is not in 11公斤."""
    name = normalised(re.split(r"[（(]", variant)[0])
    return bool(name) and re.search(rf"(?<![0-9.]){re.escape(name)}", text) is not None
