"""The pages about people: one's own profile, and for owners the team."""

from dataclasses import dataclass
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from bot.api.asking import SHOP_COOKIE, Desk
from bot.console.asking import signed_in
from bot.console.forms import Field, change_own_password
from bot.console.page import page
from bot.console.told import Told, told
from bot.console.words import LANGUAGES, Words, words
from bot.staff import accounts, passwords, totp
from bot.staff.access import Right, Who
from bot.staff.errors import StaffError
from bot.staff.models import Membership, Role
from bot.support.attendance import set_available
from bot.support.desk import Support
from bot.support.queue import assign
from shop.database import now, transaction
from shop.models import Shop

routes = APIRouter(include_in_schema=False, route_class=Told)

Insider = Annotated[Who, Depends(signed_in(Right.self))]
Reader = Annotated[Who, Depends(signed_in(Right.read))]
Agent = Annotated[Who, Depends(signed_in(Right.answer))]
Manager = Annotated[Who, Depends(signed_in(Right.manage))]
SPOKEN = {code: LANGUAGES[code] for code in ("zh", "ug")}  # what shoppers are answered in


@dataclass(frozen=True)
class Totp:
    """The key of a second factor that is being set up, and its picture for the app."""

    secret: str
    picture: str

    @classmethod
    def of(cls, secret: str, uri: str) -> "Totp":
        drawn: str = segno.make(uri, error="m").svg_inline(scale=5, border=2, light="#ffffff", dark="#000000")
        return cls(secret, drawn)


# ---- Oneself ----


@routes.get("/profile")
async def profile(request: Request, who: Reader, desk: Desk, said: str = "") -> Response:
    ours = words(who.language)
    told_of = {
        "saved": ours.gettext("Saved."),
        "password": ours.gettext("The password is changed."),
        "on": ours.gettext("The second step is on."),
        "off": ours.gettext("The second step is off."),
    }
    return await _profile(request, who, desk, said=told_of.get(said, ""))


async def _profile(request: Request, who: Who, desk: Support, **values: Any) -> Response:
    async with desk.single() as session:
        member = await accounts.member(session, who, who.staff_id)
        works = select(Shop.slug, Shop.name).join(Membership, Membership.shop_id == Shop.id)
        rows = (await session.execute(works.where(Membership.staff_id == who.staff_id))).all()
    ours = words(who.language)
    shops = [
        {"slug": row.slug, "name": row.name.get(who.language) or next(iter(row.name.values()))}
        for row in rows
    ]
    context = {
        "email": who.email,
        "role_word": _role(who.role, ours),
        "shops": shops,
        "shop_slug": who.shop,
        "member": member,
        "errors": {},
        "totp": None,
        **values,
    }
    status = 422 if context["errors"] else 200
    return page(request, "profile.html", who, status=status, **context)


@routes.post("/profile/shop")
async def choose_shop(who: Insider, shop: Field) -> Response:
    response = _back("/inbox")
    response.set_cookie(SHOP_COOKIE, shop[:100], max_age=365 * 86400, httponly=True, samesite="lax")
    return response


@routes.post("/profile/work")
async def work(who: Agent, desk: Desk, available: Field = "") -> Response:
    async with transaction(desk.sessions) as session:
        await set_available(session, who, bool(available))
    await assign(desk.sessions, who.shop_id)
    return _back("/profile?said=saved")


@routes.post("/profile/password")
async def own_password(
    request: Request, who: Reader, desk: Desk, old: Field = "", new: Field = "", again: Field = ""
) -> Response:
    errors = await change_own_password(desk, who, old, new, again)
    return await _profile(request, who, desk, errors=errors) if errors else _back("/profile?said=password")


@routes.post("/profile/totp")
async def begin_totp(request: Request, who: Reader, desk: Desk) -> Response:
    async with transaction(desk.sessions) as session:
        secret, uri = await totp.begin_totp(session, desk.vault, who)
    return await _profile(request, who, desk, totp=Totp.of(secret, uri))


@routes.post("/profile/totp/confirm")
async def confirm_totp(request: Request, who: Reader, desk: Desk, code: Field = "") -> Response:
    try:
        async with transaction(desk.sessions) as session:
            await totp.confirm_totp(session, desk.vault, who, code)
    except StaffError as error:
        async with desk.single() as session:
            pending = await totp.pending_totp(session, desk.vault, who)
        shown = Totp.of(*pending) if pending else None
        wrong = {"code": told(error, words(who.language))}
        return await _profile(request, who, desk, errors=wrong, totp=shown)
    return _back("/profile?said=on")


@routes.post("/profile/totp/off")
async def end_totp(request: Request, who: Reader, desk: Desk, password: Field = "") -> Response:
    try:
        async with transaction(desk.sessions) as session:
            await totp.end_totp(session, who, password)
    except StaffError as error:
        return await _profile(request, who, desk, errors={"password": told(error, words(who.language))})
    return _back("/profile?said=off")


# ---- The team ----


@routes.get("/team")
async def team(request: Request, who: Manager, desk: Desk) -> Response:
    return await _team(request, who, desk)


async def _team(request: Request, who: Who, desk: Support, **values: Any) -> Response:
    ours = words(who.language)
    async with desk.single() as session:
        members = [_shown(one, ours) for one in await accounts.members(session, who)]
    context = {"members": members, "handed": None, "errors": {}, "typed": {}, **values}
    return page(request, "team.html", who, status=422 if context["errors"] else 200, **context)


@routes.post("/team")
async def add(
    request: Request,
    who: Manager,
    desk: Desk,
    email: Field = "",
    name: Field = "",
    role: Annotated[Role, Form()] = Role.agent,
) -> Response:
    password = passwords.generate()
    try:
        async with transaction(desk.sessions) as session:
            await accounts.add_member(session, who, email=email, name=name, password=password, role=role)
    except StaffError as error:
        wrong = {getattr(error, "field", None) or "email": told(error, words(who.language))}
        return await _team(request, who, desk, errors=wrong, typed={"email": email, "name": name})
    return await _team(request, who, desk, handed={"name": name, "password": password})


@routes.get("/team/{staff}")
async def member_page(request: Request, who: Manager, desk: Desk, staff: int) -> Response:
    return await _member(request, who, desk, staff)


async def _member(request: Request, who: Who, desk: Support, staff: int, **values: Any) -> Response:
    async with desk.single() as session:
        one = await accounts.member(session, who, staff)
    context = {"one": one, "spoken": SPOKEN, "errors": {}, **values}
    status = 422 if context["errors"] else 200
    return page(request, "member.html", who, status=status, **{**context, "here": "/team"})


@routes.post("/team/{staff}")
async def change(
    request: Request,
    who: Manager,
    desk: Desk,
    staff: int,
    name: Field = "",
    capacity: Annotated[int, Form(ge=0, le=100)] = 8,
    role: Annotated[Role | None, Form()] = None,
    languages: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    spoken = [code for code in SPOKEN if code in languages] or list(SPOKEN)
    try:
        async with transaction(desk.sessions) as session:
            known = await accounts.member(session, who, staff)
            new_name = name if name != known.name else None
            await accounts.change_member(
                session, who, staff, role=role, languages=spoken, capacity=capacity, name=new_name
            )
    except StaffError as error:
        wrong = told(error, words(who.language))
        return await _member(request, who, desk, staff, errors={"name": wrong}, problem=wrong)
    return _back("/team")


@routes.post("/team/{staff}/password")
async def reset(request: Request, who: Manager, desk: Desk, staff: int) -> Response:
    try:
        async with transaction(desk.sessions) as session:
            one = await accounts.member(session, who, staff)
            password = await accounts.reset_password(session, who, staff)
    except StaffError as error:
        return await _member(request, who, desk, staff, problem=told(error, words(who.language)))
    return await _team(request, who, desk, handed={"name": one.name, "password": password}, here="/team")


@routes.post("/team/{staff}/remove")
async def remove(request: Request, who: Manager, desk: Desk, staff: int, confirm: Field = "") -> Response:
    ours = words(who.language)
    try:
        async with transaction(desk.sessions) as session:
            one = await accounts.member(session, who, staff)
            if confirm.strip() != one.name:
                wrong = {"confirm": ours.gettext("That is not the name.")}
                return await _member(request, who, desk, staff, errors=wrong)
            await accounts.remove_member(session, who, staff)
    except StaffError as error:
        return await _member(request, who, desk, staff, problem=told(error, ours))
    return _back("/team")


def _shown(one: accounts.Member, ours: Words) -> dict[str, Any]:
    here = one.seen_at is not None and (now() - one.seen_at).total_seconds() < 120
    away = ours.gettext("Here now") if here else ours.gettext("Not here now")
    return {
        "id": one.id,
        "name": one.name,
        "email": one.email,
        "role_word": _role(one.role, ours),
        "languages_word": " · ".join(SPOKEN[code] for code in one.languages if code in SPOKEN),
        "capacity": one.capacity,
        "totp": one.totp,
        "disabled": one.disabled,
        "told": away,
    }


def _role(role: Role, ours: Words) -> str:
    return ours.gettext("Owner") if role is Role.owner else ours.gettext("Agent")


def _back(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303)
