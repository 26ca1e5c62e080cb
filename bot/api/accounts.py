"""Logging in, one's own account, the shop's staff, and the log."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from bot.api.asking import Desk, drop_cookie, keep_cookie, may
from bot.errors import Problem
from bot.staff import accounts, audit, totp
from bot.staff import sessions as staff_sessions
from bot.staff.access import Right, Who
from bot.staff.models import Role
from shop.database import transaction

routes = APIRouter(tags=["staff"])

Self = Annotated[Who, Depends(may(Right.self))]
Reader = Annotated[Who, Depends(may(Right.read))]
Manager = Annotated[Who, Depends(may(Right.manage))]
Short = Annotated[str, Field(min_length=1, max_length=200)]
Language = Literal["zh", "ug", "en"]


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Credentials(Body):
    email: Short
    password: Short
    code: Annotated[str, Field(max_length=20)] | None = None
    cookie: bool = False  # a page: the token is kept in a cookie and not told


@routes.post("/login")
async def log_in(desk: Desk, request: Request, given: Credentials) -> dict[str, Any]:
    """`code`: of the authenticator, where the account has one (else 401 `code_needed`)."""
    host = request.client.host if request.client else ""
    wait = desk.logins.wait_for(host)
    if wait:
        raise Problem(429, "too_fast", "too many tries", headers={"Retry-After": str(int(wait) + 1)})
    brought = staff_sessions.Credentials(given.email, given.password, given.code, host)
    login = await staff_sessions.log_in(desk.sessions, desk.vault, brought)
    told = asdict(login)
    if given.cookie:
        keep_cookie(request, told.pop("token"))
    return told


@routes.post("/logout", status_code=204)
async def log_out(desk: Desk, who: Self, request: Request) -> Response:
    async with transaction(desk.sessions) as session:
        await staff_sessions.log_out(session, who)
    drop_cookie(request)
    return Response(status_code=204)


@routes.get("/me")
async def me(who: Self) -> dict[str, Any]:
    rights = [right.value for right in Right if who.may(right)]
    return {
        "id": who.staff_id,
        "name": who.name,
        "email": who.email,
        "language": who.language,
        "shop": who.shop,
        "role": who.role,
        "rights": rights,
        "must_change_password": who.must_change_password,
    }


class NewPassword(Body):
    old: Short
    new: Short


@routes.post("/me/password", status_code=204)
async def change_password(desk: Desk, who: Self, given: NewPassword) -> Response:
    async with transaction(desk.sessions) as session:
        await accounts.change_password(session, who, given.old, given.new)
    return Response(status_code=204)


@routes.post("/me/totp")
async def begin_totp(desk: Desk, who: Self) -> dict[str, str]:
    async with transaction(desk.sessions) as session:
        secret, uri = await totp.begin_totp(session, desk.vault, who)
    return {"secret": secret, "uri": uri}


class Code(Body):
    code: Annotated[str, Field(max_length=20)]


@routes.post("/me/totp/confirm", status_code=204)
async def confirm_totp(desk: Desk, who: Self, given: Code) -> Response:
    async with transaction(desk.sessions) as session:
        await totp.confirm_totp(session, desk.vault, who, given.code)
    return Response(status_code=204)


class Password(Body):
    password: Short


@routes.post("/me/totp/end", status_code=204)
async def end_totp(desk: Desk, who: Self, given: Password) -> Response:
    async with transaction(desk.sessions) as session:
        await totp.end_totp(session, who, given.password)
    return Response(status_code=204)


@routes.get("/staff")
async def list_staff(desk: Desk, who: Reader) -> dict[str, Any]:
    """E-mail addresses are for owners."""
    async with desk.single() as session:
        members = [asdict(member) for member in await accounts.members(session, who)]
    if not who.may(Right.manage):
        for member in members:
            member.pop("email")
    return {"items": members}


class NewMember(Body):
    email: Short
    name: Short
    password: Short
    role: Role = Role.agent


@routes.post("/staff", status_code=201)
async def add_staff(desk: Desk, who: Manager, given: NewMember) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return asdict(await accounts.add_member(session, who, **given.model_dump()))


class MemberChange(Body):
    role: Role | None = None
    name: Short | None = None
    languages: list[Literal["zh", "ug"]] | None = Field(None, min_length=1, max_length=2)
    capacity: int | None = Field(None, ge=0, le=100)


@routes.patch("/staff/{staff}")
async def change_staff(desk: Desk, who: Manager, staff: int, given: MemberChange) -> dict[str, Any]:
    async with transaction(desk.sessions) as session:
        return asdict(await accounts.change_member(session, who, staff, **given.model_dump()))


@routes.delete("/staff/{staff}", status_code=204)
async def remove_staff(desk: Desk, who: Manager, staff: int) -> Response:
    async with transaction(desk.sessions) as session:
        await accounts.remove_member(session, who, staff)
    return Response(status_code=204)


@routes.post("/staff/{staff}/password")
async def reset_password(desk: Desk, who: Manager, staff: int) -> dict[str, str]:
    """A new password, told once; they must change it, and their second factor is off."""
    async with transaction(desk.sessions) as session:
        return {"password": await accounts.reset_password(session, who, staff)}


@routes.get("/log")
async def read_log(
    desk: Desk,
    who: Manager,
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    staff: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    action: Annotated[str, Query(max_length=40)] = "",
    conversation: Annotated[str, Query(pattern=r"^[0-9a-f-]{0,36}$")] = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> dict[str, Any]:
    """The latest first; `before` is the last id of the page before. Of a conversation an id's beginning will
    do."""
    sought = audit.Sought(staff, action.replace("\0", ""), conversation, since, until)
    async with desk.single() as session:
        entries = await audit.read_log(session, who, sought, before=before, limit=limit)
    return {"items": [entry._asdict() for entry in entries]}
