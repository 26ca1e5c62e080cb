"""The first steps of a new shop: what is there, what is missing, and where to go for it."""

import uuid
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.api.asking import Desk
from bot.channels.registry import CHANNELS
from bot.console.shop_page import Owner, done, shop_page
from bot.console.told import Told
from bot.console.words import Words, words
from bot.demo import read
from bot.models import ChannelAccount, Conversation
from bot.staff.audit import note_act
from bot.support.settings import shop_of
from knowledge.content import Content
from knowledge.entries import Editor, create_entry
from knowledge.models import FaqEntry
from shop.database import transaction
from shop.models import Order, Product, Shop

routes = APIRouter(include_in_schema=False, route_class=Told)

AT = "/shop"


def _(word: str) -> str:
    return word


#: what every shop of the trade is asked, out of the demo shop's FAQs
EXAMPLES = (
    *(
        "shipping-area",
        "shipping-fee",
        "days-xinjiang",
        "days-inland",
        "ship-within",
        "carriers",
        "cold-chain",
    ),
    *(
        "how-to-order",
        "payment-ways",
        "invoice",
        "return-rule",
        "return-fresh",
        "return-steps",
        "refund-time",
    ),
    *(
        "damaged-fruit",
        "wrong-or-missing",
        "halal",
        "storage-dried",
        "wholesale",
        "authentic",
        "business-hours",
    ),
)


@routes.get("/shop")
async def start(request: Request, who: Owner, desk: Desk) -> Response:
    ours = words(who.language)
    async with desk.single() as session:
        shop = await shop_of(session, who)
        counted = await _counts(session, who.shop_id)
    steps = _steps(shop, counted, ours)
    ready = sum(step["ready"] for step in steps)
    told = ours.gettext("%d of %d steps are done.") % (ready, len(steps))
    return shop_page(request, who, "start", AT, steps=steps, told=told, all_done=ready == len(steps))


async def _counts(session: AsyncSession, shop_id: int) -> dict[str, int]:
    account = select(ChannelAccount.id).where(
        ChannelAccount.shop_id == shop_id, ChannelAccount.channel.in_(CHANNELS)
    )
    asked = {
        "goods": select(Product.id).where(Product.shop_id == shop_id),
        "faqs": select(FaqEntry.id).where(FaqEntry.shop_id == shop_id, FaqEntry.enabled),
        "examples": select(FaqEntry.id).where(FaqEntry.shop_id == shop_id, FaqEntry.enabled.is_(False)),
        "orders": select(Order.id).where(Order.shop_id == shop_id),
        "talks": select(Conversation.id).where(Conversation.shop_id == shop_id),
        "channels": account,
    }
    return {
        name: await session.scalar(select(func.count()).select_from(one.limit(10_000).subquery())) or 0
        for name, one in asked.items()
    }


#: name, what it is, what is missing without it, what is there with it, where to do it, what to press
STEPS = (
    (
        "rules",
        _("Look at your rules"),
        _("Returns, damage and hours are still those of the law and always open."),
        _("Your rules are set."),
        "/shop/rules",
        _("Set rules"),
    ),
    (
        "goods",
        _("List your goods"),
        _("Without goods the assistant knows no price, stock or origin."),
        _("{count} goods"),
        "/shop/goods",
        _("Add goods"),
    ),
    (
        "faqs",
        _("Answer what everybody asks"),
        _("No question is answered yet."),
        _("{count} questions are answered"),
        "/faqs",
        _("Write answers"),
    ),
    (
        "orders",
        _("Bring your orders"),
        _("Without orders nobody can ask where a parcel is."),
        _("{count} orders"),
        "/shop/orders/import",
        _("Import orders"),
    ),
    (
        "talks",
        _("Try it"),
        _("Nobody has talked to the assistant yet."),
        _("{count} conversations"),
        "/shop/try",
        _("Talk to it"),
    ),
    (
        "channels",
        _("Connect a channel"),
        _("So far shoppers reach you by the widget alone."),
        _("{count} channels"),
        "/shop/channels",
        _("Connect"),
    ),
)


def _steps(shop: Shop, counted: dict[str, int], ours: Words) -> list[dict[str, Any]]:
    word = ours.gettext
    set_up = bool({"return_window_days", "service"} & set(shop.settings))
    counts = {**counted, "rules": int(set_up)}
    return [
        {
            "name": name,
            "title": word(title),
            "told": word(there).format(count=counts[name]) if counts[name] else word(missing),
            "ready": counts[name] > 0,
            "address": address,
            "act": word(act),
        }
        for name, title, missing, there, address, act in STEPS
    ]


@routes.post("/shop/examples")
async def examples(who: Owner, desk: Desk) -> Response:
    """Questions of the trade with answers to mend: switched off until somebody has read them."""
    editor = Editor(who.shop_id, who.staff_id, who.name, uuid.uuid4())
    async with transaction(desk.sessions) as session:
        known = set(await session.scalars(select(FaqEntry.key).where(FaqEntry.shop_id == who.shop_id)))
        added = 0
        for one in read("faqs"):
            if one["key"] in EXAMPLES and one["key"] not in known:
                fields = {name: one[name] for name in ("question", "variants", "answer", "tags")}
                entry = await create_entry(session, editor, Content(**fields, enabled=False))
                entry.key = one["key"]
                added += 1
        await note_act(session, who, "add_examples", added=added)
    return done(AT)


@routes.get("/shop/try")
async def try_it(request: Request, who: Owner) -> Response:
    """The widget as a shopper has it, on a page of ours."""
    return shop_page(request, who, "try", AT, slug=who.shop)
