"""Which of the shop's products a text names, by name or alias in either language."""

import re
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.features import normalised
from nlu.text.clean import clean
from nlu.text.names import NameBook
from nlu.text.products import products_book
from nlu.text.uyghur import to_arabic
from shop.models import Product, Shop

KEPT = 50  # shops whose names are kept in memory

_Book = NameBook[tuple[int, ...]]  # product ids, the cheaper variant first
# Of each database the books by shop, each with the catalogue's version it was made from.
_books: WeakKeyDictionary[Engine | Connection, OrderedDict[int, tuple[int, _Book]]] = WeakKeyDictionary()


async def names_of_products(session: AsyncSession, *, shop_id: int) -> list[dict[str, Any]]:
    """What shoppers call the shop's products: `name` by language and `aliases`, the cheaper variant first."""
    return [{"name": name, "aliases": aliases} for _, name, aliases in await _named(session, shop_id)]


async def find_products(session: AsyncSession, *, shop_id: int, text: str) -> list[Product]:
    """The products named, in the order of mention, the cheaper variant first; [] if none is named.

    The longest name counts: 葡萄干 names no grapes. Where the text tells variants apart (1公斤), those only.
    """
    book = await _book(session, shop_id)
    mentions = list(_mentions(book, to_arabic(clean(text))))
    if not mentions:
        return []
    wanted = [number for one in mentions for number in one]
    rows = await session.scalars(select(Product).where(Product.shop_id == shop_id, Product.id.in_(wanted)))
    found = {product.id: product for product in rows}
    plain = normalised(text)
    groups = [[found[number] for number in one if number in found] for one in mentions]
    return [product for group in groups for product in _said_variants(plain, group)]


async def _named(session: AsyncSession, shop_id: int) -> list[tuple[int, dict[str, str], list[str]]]:
    columns = select(Product.id, Product.name, Product.aliases)
    rows = await session.execute(
        columns.where(Product.shop_id == shop_id).order_by(Product.price, Product.id)
    )
    return [(number, name, aliases) for number, name, aliases in rows]


async def _book(session: AsyncSession, shop_id: int) -> _Book:
    version = await session.scalar(select(Shop.catalogue_version).where(Shop.id == shop_id))
    books = _books.setdefault(session.get_bind(), OrderedDict())
    known = books.get(shop_id)
    if known is None or known[0] != version:
        products = await _named(session, shop_id)
        book = products_book((number, (*name.values(), *aliases)) for number, name, aliases in products)
        known = books[shop_id] = version or 0, book
    books.move_to_end(shop_id)
    while len(books) > KEPT:
        books.popitem(last=False)
    return known[1]


def _mentions(book: _Book, plain: str) -> Iterator[list[int]]:
    """What each name in the text stands for, once, in the order of the text."""
    seen: set[int] = set()
    for hit in sorted(book.find(plain), key=lambda hit: hit.start):
        new = [number for number in hit.value if number not in seen]
        seen.update(new)
        if new:
            yield new


def _said_variants(text: str, products: list[Product]) -> list[Product]:
    said = [product for product in products if any(_says(text, name) for name in product.variant.values())]
    return said or products


def _says(text: str, variant: str) -> bool:
    """Whether the text holds a variant's name, brackets left out; 1公斤 is not in 11公斤."""
    name = normalised(re.split(r"[（(]", variant)[0])
    return bool(name) and re.search(rf"(?<![0-9.]){re.escape(name)}", text) is not None
