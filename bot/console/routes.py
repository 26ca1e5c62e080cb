"""Every page of staff, put into the application."""

from fastapi import APIRouter, FastAPI, Response

from bot.console import (
    acts,
    asking,
    assets,
    dialogs,
    door,
    faq_tools,
    faqs,
    inbox,
    log,
    people,
    ready,
    shop_channels,
    shop_goods,
    shop_orders,
    shop_programs,
    shop_rules,
    shop_start,
    stream,
)
from bot.errors import Problem

routes = APIRouter(include_in_schema=False)
SHOP = (shop_start, shop_rules, shop_orders, shop_goods, shop_channels, shop_programs, faq_tools, faqs)
# the stream before a conversation's id
PARTS = (door, people, log, ready, *SHOP, stream, inbox, acts, dialogs)


@routes.get("/assets/{version}/{name}")
async def asset(version: str, name: str) -> Response:
    """Whatever the version asked for, the present files: kept for long only under the present one."""
    if name not in assets.FILES:
        raise Problem(404, "not_found", "Not Found")
    found = assets.asset(name)
    current = version == assets.version()
    headers = {"Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache"}
    return Response(found.content, media_type=found.content_type, headers=headers)


def install(app: FastAPI) -> None:
    asking.install(app)
    app.include_router(routes)
    for part in PARTS:
        app.include_router(part.routes)
