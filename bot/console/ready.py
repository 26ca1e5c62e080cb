"""The page of ready answers."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from bot.api.asking import Desk
from bot.console.asking import signed_in
from bot.console.forms import Field
from bot.console.page import page
from bot.console.people import SPOKEN
from bot.console.told import Told, told
from bot.console.words import words
from bot.staff.access import Right, Who
from bot.staff.errors import StaffError
from bot.support.canned import PLACEHOLDERS, Draft, add_canned, change_canned, list_canned, remove_canned
from bot.support.desk import Support
from shop.database import transaction

routes = APIRouter(include_in_schema=False, route_class=Told)

Reader = Annotated[Who, Depends(signed_in(Right.read))]
Agent = Annotated[Who, Depends(signed_in(Right.answer))]


@routes.get("/ready")
async def ready_page(request: Request, who: Reader, desk: Desk) -> Response:
    return await _shown(request, who, desk)


async def _shown(request: Request, who: Who, desk: Support, **values: Any) -> Response:
    word = words(who.language).gettext
    async with desk.single() as session:
        replies = await list_canned(session, who)
    told_of = {
        "name": word("the shopper’s name"),
        "order": word("the order number"),
        "agent": word("your name"),
        "shop": word("the shop’s name"),
    }
    places = [(name, told_of[name]) for name in PLACEHOLDERS]
    context = {"replies": replies, "errors": {}, "typed": {}, **values}
    status = 422 if context["errors"] else 200
    values = {"placeholders": places, "spoken": SPOKEN, "may_edit": who.may(Right.answer), **context}
    return page(request, "ready.html", who, status=status, **{**values, "here": "/ready"})


@routes.post("/ready")
async def add(
    request: Request, who: Agent, desk: Desk, shortcut: Field = "", zh: Field = "", ug: Field = ""
) -> Response:
    return await _save(request, who, desk, None, shortcut, {"zh": zh, "ug": ug})


@routes.post("/ready/{answer}")
async def change(
    request: Request,
    who: Agent,
    desk: Desk,
    answer: int,
    do: Field = "save",
    shortcut: Field = "",
    zh: Field = "",
    ug: Field = "",
) -> Response:
    if do == "delete":
        async with transaction(desk.sessions) as session:
            await remove_canned(session, who, answer)
        return RedirectResponse("/ready", 303)
    return await _save(request, who, desk, answer, shortcut, {"zh": zh, "ug": ug})


async def _save(
    request: Request, who: Who, desk: Support, answer: int | None, shortcut: str, text: dict[str, str]
) -> Response:
    try:
        async with transaction(desk.sessions) as session:
            draft = Draft(shortcut, text)
            if answer is None:
                await add_canned(session, who, draft)
            else:
                await change_canned(session, who, answer, draft)
    except StaffError as error:
        problem = told(error, words(who.language))
        typed = {"shortcut": shortcut, **text} if answer is None else {}
        return await _shown(request, who, desk, problem=problem, typed=typed)
    return RedirectResponse("/ready", 303)
