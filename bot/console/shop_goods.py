"""What the shop sells: listed, searched, added, changed, removed. Questions find it by its names."""

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import String, cast, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.api.asking import Desk
from bot.console.fields import Filled, Input, Section, read_form
from bot.console.forms import Field
from bot.console.shop_page import SPOKEN, Owner, done, form_page, in_language, shop_page
from bot.console.told import Told
from bot.console.words import Words, words
from bot.staff.access import Right, Who
from bot.staff.audit import note_act
from bot.staff.errors import NotFound
from bot.support.desk import Support
from shop.database import transaction
from shop.models import Category, Product

routes = APIRouter(include_in_schema=False, route_class=Told)

AT = "/shop/goods"
PAGE = 50
FACTS = ("origin", "weight", "storage", "shelf_life", "halal")


@routes.get("/shop/goods")
async def goods(request: Request, who: Owner, desk: Desk, q: str = "", after: int = 0) -> Response:
    ours = words(who.language)
    query = select(Product).where(Product.shop_id == who.shop_id, Product.id > after)
    if wanted := q.strip().replace("\0", "")[:100]:
        names = (cast(Product.name, String), cast(Product.aliases, String), Product.sku)
        query = query.where(or_(*(one.icontains(wanted, autoescape=True) for one in names)))
    async with desk.single() as session:
        found = list(await session.scalars(query.order_by(Product.id).limit(PAGE + 1)))
    shown = [
        {
            "id": one.id,
            "sku": one.sku,
            "name": in_language(one.name, ours),
            "variant": in_language(one.variant, ours),
            "price": one.price,
            "stock": one.stock,
            "without": [SPOKEN[code] for code in SPOKEN if not one.name.get(code)],
        }
        for one in found[:PAGE]
    ]
    more = found[PAGE - 1].id if len(found) > PAGE else None
    return shop_page(request, who, "goods", AT, goods=shown, q=q, more=more)


@routes.get("/shop/goods/new")
async def new_page(request: Request, who: Owner, desk: Desk) -> Response:
    return _form(request, who, None, _sections(_EMPTY, words(who.language)))


@routes.get("/shop/goods/{product}")
async def product_page(request: Request, who: Owner, desk: Desk, product: int) -> Response:
    async with desk.single() as session:
        one = await _product(session, who, product)
    return _form(request, who, one, _sections(one, words(who.language)))


@routes.post("/shop/goods")
async def add(request: Request, who: Owner, desk: Desk) -> Response:
    return await _save(request, who, desk, None)


@routes.post("/shop/goods/{product}")
async def change(request: Request, who: Owner, desk: Desk, product: int) -> Response:
    return await _save(request, who, desk, product)


@routes.post("/shop/goods/{product}/remove")
async def remove(request: Request, who: Owner, desk: Desk, product: int, confirm: Field = "") -> Response:
    ours = words(who.language)
    async with transaction(desk.sessions) as session:
        one = await _product(session, who, product)
        if confirm.strip() != one.sku:
            wrong = ours.gettext("That is not its article number.")
            return _form(request, who, one, _sections(one, ours), wrong)
        await session.delete(one)
        await note_act(session, who, "remove_product", f"product {product}")
    return done(AT)


async def _product(session: AsyncSession, who: Who, number: int) -> Product:
    who.must(Right.manage)
    query = select(Product).where(Product.id == number % 2**31, Product.shop_id == who.shop_id)
    one = await session.scalar(query)
    if one is None:
        raise NotFound("there are no such goods")
    return one


def _form(
    request: Request, who: Who, one: Product | None, sections: list[Section], confirm: str = ""
) -> Response:
    ours = words(who.language)
    heading = in_language(one.name, ours) if one else ours.gettext("New goods")
    action = f"{AT}/{one.id}" if one else AT
    remove = {"action": f"{action}/remove", "name": one.sku, "error": confirm} if one else None
    return form_page(request, who, AT, heading, sections, action=action, back=AT, remove=remove)


async def _save(request: Request, who: Who, desk: Support, number: int | None) -> Response:
    ours = words(who.language)
    one: Product | None = None
    if number is not None:
        async with desk.single() as session:
            one = await _product(session, who, number)
    sections = _sections(one or _EMPTY, ours)
    filled = read_form(await request.form(), sections, ours)
    if not (filled.typed["name_zh"] or filled.typed["name_ug"]):
        filled.errors["name_zh"] = ours.gettext("A name in one language at least is needed.")
    if not filled.errors:
        try:
            async with transaction(desk.sessions) as session:
                kept = (
                    Product(shop_id=who.shop_id, facts={})
                    if number is None
                    else await _product(session, who, number)
                )
                _fill(kept, filled)
                session.add(kept)
                await session.flush()
                await note_act(session, who, "set_product", f"product {kept.id}")
            return done(AT)
        except IntegrityError:
            filled.errors["sku"] = ours.gettext("Other goods have this article number.")
    return _form(request, who, one, filled.shown(sections))


def _fill(one: Product, filled: Filled) -> None:
    values = filled.values
    one.sku, one.category = values["sku"], Category(values["category"])
    one.price, one.stock = values["price"], values["stock"]
    one.variant_group = values["variant_group"] or None
    for name in ("name", "variant", "unit"):
        setattr(one, name, _by_language(values, name))
    one.aliases = [
        part.strip()[:60] for part in re.split(r"[\n,，、;；|]", values["aliases"]) if part.strip()
    ][:50]
    known = {name: fact for name, fact in (one.facts or {}).items() if name not in FACTS}
    told = {name: _by_language(values, name) for name in FACTS}
    one.facts = {**known, **{name: fact for name, fact in told.items() if fact}}


def _by_language(values: dict[str, Any], name: str) -> dict[str, str]:
    return {code: values[f"{name}_{code}"] for code in SPOKEN if values[f"{name}_{code}"]}


_EMPTY = Product(
    sku="",
    name={},
    variant={},
    aliases=[],
    category=Category.dried,
    price=Decimal(0),
    unit={},
    stock=0,
    facts={},
)


def _categories(ours: Words) -> tuple[tuple[str, str], ...]:
    word = ours.gettext
    names = {
        Category.fresh: word("Fresh fruit, perishable"),
        Category.frozen_meat: word("Meat"),
        Category.dried: word("Dried fruit"),
        Category.nuts: word("Nuts"),
        Category.honey: word("Honey"),
        Category.textile: word("Textiles"),
        Category.custom_made: word("Made to measure"),
        Category.digital: word("Digital goods"),
        Category.newspaper: word("Newspapers"),
        Category.other: word("Other"),
    }
    return tuple((category.value, name) for category, name in names.items())


def _fact_names(ours: Words) -> dict[str, str]:
    word = ours.gettext
    names = (word("Origin"), word("Weight"), word("Storage"), word("Shelf life"), word("Halal"))
    return dict(zip(FACTS, names, strict=True))


def _sections(one: Product, ours: Words) -> list[Section]:
    word = ours.gettext
    facts = tuple(
        part
        for name, label in _fact_names(ours).items()
        for part in _in_both(name, label, one.facts.get(name, {}), 300)
    )
    note = word("The assistant answers from these before anything else.")
    return [
        Section(word("Goods"), (*_names(one, ours), *_trade(one, ours))),
        Section(word("Facts"), facts, note),
    ]


def _in_both(name: str, label: str, values: Any, most: int = 100) -> tuple[Input, ...]:
    told = values if isinstance(values, dict) else {"zh": str(values or "")}
    return tuple(
        Input(f"{name}_{code}", f"{label} · {tongue}", "text", told.get(code, ""), most=most, lang=code)
        for code, tongue in SPOKEN.items()
    )


def _names(one: Product, ours: Words) -> tuple[Input, ...]:
    word = ours.gettext
    hint = word("In both languages, one a line: nicknames, short forms, common misspellings")
    aliases = "\n".join(one.aliases)
    return (
        *_in_both("name", word("Name of the goods"), one.name),
        *_in_both("variant", word("Size or kind"), one.variant),
        Input("aliases", word("What shoppers call it"), "area", aliases, hint, most=2_000),
    )


def _trade(one: Product, ours: Words) -> tuple[Input, ...]:
    word = ours.gettext
    price = f"{one.price:.2f}" if one.sku else ""
    as_ordered = word("As your orders name it")
    decides = word("Decides whether they may go back without a reason")
    kinds = Input("category", word("Kind of goods"), "select", one.category.value, decides, needed=True)
    same = word("The same word for goods that differ only in size or kind")
    stock = Input("stock", word("In stock"), "number", str(one.stock), most=9_999_999, needed=True)
    return (
        Input("sku", word("Article number"), "text", one.sku, as_ordered, most=60, needed=True, dir="ltr"),
        replace(kinds, options=_categories(ours)),
        Input("price", word("Price"), "money", price, suffix=word("yuan"), needed=True, dir="ltr"),
        *_in_both("unit", word("Sold by"), one.unit, 20),
        replace(stock, dir="ltr"),
        Input("variant_group", word("Group"), "text", one.variant_group or "", same, most=60, dir="ltr"),
    )
