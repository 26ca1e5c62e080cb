"""The ways in for programs: keys for the seller's own, and the couriers' news by kuaidi100."""

from typing import Any

from fastapi import APIRouter, Request, Response

from bot.api.asking import Desk
from bot.channels.tools import Tools
from bot.console.forms import Field
from bot.console.shop_page import Owner, done, shop_page
from bot.console.told import Told
from bot.console.words import words
from bot.orders import keys
from bot.orders.secrets import KUAIDI100, has_secret, set_secret
from bot.staff.access import Who
from bot.staff.errors import Impossible
from bot.support.desk import Support
from shop.database import transaction

routes = APIRouter(include_in_schema=False, route_class=Told)

AT = "/shop/programs"


@routes.get("/shop/programs")
async def programs(request: Request, who: Owner, desk: Desk) -> Response:
    return await _page(request, who, desk)


async def _page(request: Request, who: Who, desk: Support, **values: Any) -> Response:
    async with desk.single() as session:
        known = await keys.list_keys(session, who)
        salted = await has_secret(session, who.shop_id, KUAIDI100)
    tools: Tools = request.app.state.tools
    base = tools.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    context = {
        "keys": known,
        "salted": salted,
        "callback": f"{base}/callbacks/kuaidi100/{who.shop}",
        "api": f"{base}/api/v1/orders",
        "made": None,
        "errors": {},
        "typed": {},
        **values,
    }
    return shop_page(request, who, "programs", AT, status=422 if context["errors"] else 200, **context)


@routes.post("/shop/programs")
async def make(request: Request, who: Owner, desk: Desk, name: Field = "") -> Response:
    ours = words(who.language)
    try:
        async with transaction(desk.sessions) as session:
            made = await keys.make_key(session, who, name)
    except Impossible as error:
        many = error.code == "too_many_keys"
        said = ours.gettext("There are 20 keys already: revoke one first.") if many else ""
        wrong = {"name": said or ours.gettext("Give it a name of 1 to 60 letters.")}
        return await _page(request, who, desk, errors=wrong, typed={"name": name})
    return await _page(request, who, desk, made={"name": made.key.name, "word": made.word})


@routes.post("/shop/programs/{key}/revoke")
async def revoke(who: Owner, desk: Desk, key: int) -> Response:
    async with transaction(desk.sessions) as session:
        await keys.revoke_key(session, who, key % 2**31)
    return done(AT)


@routes.post("/shop/programs/kuaidi100")
async def salt(request: Request, who: Owner, desk: Desk, salt: Field = "") -> Response:
    tools: Tools = request.app.state.tools
    try:
        async with transaction(desk.sessions) as session:
            await set_secret(session, tools.vault, who, KUAIDI100, salt)
    except Impossible:
        wrong = {"salt": words(who.language).gettext("That is longer than 200 letters, or no word.")}
        return await _page(request, who, desk, errors=wrong)
    return done(AT)
