"""The pages before one is in: signing in and out, the forced change of a password, the language."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from bot.api.asking import Desk, drop_cookie, find_asker, keep_cookie
from bot.console.asking import inside, same_origin, signed_in
from bot.console.forms import Field, change_own_password, set_language
from bot.console.page import LANGUAGE_COOKIE, language_of, page
from bot.console.told import Told
from bot.console.words import LANGUAGES, words
from bot.staff.access import Right, Who
from bot.staff.errors import CodeNeeded, LoginLocked, LoginRefused
from bot.staff.sessions import Credentials, Login, log_in, log_out
from shop.database import transaction

routes = APIRouter(include_in_schema=False, route_class=Told)

Insider = Annotated[Who, Depends(signed_in(Right.self))]


@routes.get("/login")
async def login_page(request: Request, next: str = "/inbox") -> Response:
    return _login_page(request, inside(next))


@routes.post("/login", dependencies=[Depends(same_origin)])
async def login(
    request: Request,
    desk: Desk,
    email: Field = "",
    password: Field = "",
    code: Field = "",
    next: Field = "/inbox",
) -> Response:
    word = words(language_of(request)).gettext
    refused, code_needed = "", bool(code)
    host = request.client.host if request.client else ""
    wait = desk.logins.wait_for(host)
    try:
        if wait:
            raise LoginLocked(int(wait) + 1)
        begun = await log_in(desk.sessions, desk.vault, Credentials(email, password, code or None, host))
    except CodeNeeded:
        code_needed = True
    except LoginLocked as locked:
        minutes = -(-locked.seconds // 60)
        refused = word("Too many wrong tries. Wait %d minutes.") % minutes
    except LoginRefused:
        refused = word("E-mail or password are wrong.")
        if code:
            refused = word("E-mail, password or code are wrong.")
    else:
        return _begin(request, begun, "/password" if begun.must_change_password else inside(next))
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"refused": refused, "code_needed": code_needed}, 401)
    return _login_page(request, inside(next), 401, email, refused, code_needed)


def _login_page(
    request: Request,
    onwards: str,
    status: int = 200,
    email: str = "",
    refused: str = "",
    code_needed: bool = False,
) -> Response:
    return page(
        request,
        "login.html",
        status=status,
        next=onwards,
        email=email[:200],
        refused=refused,
        code_needed=code_needed,
    )


def _begin(request: Request, begun: Login, onwards: str) -> Response:
    response: Response
    if "application/json" in request.headers.get("accept", ""):
        response = JSONResponse({"go": onwards})
    else:
        response = RedirectResponse(onwards, 303)
    keep_cookie(request, begun.token)
    remember_language(response, begun.language)
    return response


@routes.post("/logout")
async def logout(request: Request, who: Insider, desk: Desk) -> Response:
    async with transaction(desk.sessions) as session:
        await log_out(session, who)
    response = RedirectResponse("/login", 303)
    response.headers["Clear-Site-Data"] = (
        '"cache", "storage"'  # drafts of the next person's shop are not ours
    )
    drop_cookie(request)
    return response


@routes.get("/password")
async def password_page(request: Request, who: Insider) -> Response:
    return page(request, "password.html", who, errors={})


@routes.post("/password")
async def password(
    request: Request, who: Insider, desk: Desk, old: Field = "", new: Field = "", again: Field = ""
) -> Response:
    errors = await change_own_password(desk, who, old, new, again)
    if errors:
        return page(request, "password.html", who, status=422, errors=errors)
    return RedirectResponse("/inbox", 303)


@routes.post("/language", dependencies=[Depends(same_origin)])
async def language(request: Request, desk: Desk, language: Field = "", back: Field = "/login") -> Response:
    """Of the pages: kept in the browser, and with the account of whoever is in."""
    answer = RedirectResponse(inside(back), 303)
    if language in LANGUAGES:
        who = await find_asker(request, desk)
        if who is not None:
            await set_language(desk, who, language)
        remember_language(answer, language)
    return answer


def remember_language(response: Response, language: str) -> None:
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 86400, samesite="lax", httponly=True)
