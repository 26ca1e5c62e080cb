"""Who asks, for every route of staff: by a program's `Authorization: Bearer` or a page's cookie.

A bearer is the token of a login, or a key of the seller's program, which opens the routes of orders alone.

With the cookie, whatever changes something must also bring the session's CSRF word (`X-CSRF-Token`, or the
form field `csrf` read by the pages' own routes). Which shop: `X-Shop`, or `?shop=`; else the person's first.
"""

import hmac
from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Depends, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot.errors import Problem
from bot.orders import keys
from bot.staff import sessions as staff_sessions
from bot.staff.access import Right, Who
from bot.staff.errors import NotFound
from bot.support.desk import Support

COOKIE = "karwan_staff"
SHOP_COOKIE = "karwan_shop"  # which of their shops someone's pages show
SAFE = ("GET", "HEAD", "OPTIONS")

Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def support_of(request: Request) -> Support:
    return cast(Support, request.app.state.support)


Desk = Annotated[Support, Depends(support_of)]


def may(right: Right) -> Callable[..., Awaitable[Who]]:
    """A dependency: who asks, if their role has that right. Raises Problem 401 or StaffError 403, 404."""

    async def asking(request: Request, desk: Desk, _: Bearer) -> Who:
        who = await find_asker(request, desk)
        if who is None:
            raise Problem(401, "not_logged_in", "log in first", headers={"WWW-Authenticate": "Bearer"})
        who.must(right)
        return who

    asking.right = right  # type: ignore[attr-defined]  # read by the test that walks every route
    return asking


async def find_asker(request: Request, desk: Support, *, touch: bool = True) -> Who | None:
    """Who asks; None without a living session. A page's cookie is changed when it is due.

    Without `touch` the asking leaves no trace: an open stream keeps nobody logged in.
    """
    shop = request.headers.get("x-shop") or request.query_params.get("shop")
    shop = shop.replace("\0", "?") if shop else None
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip().startswith(keys.BEGINNING):
        return await keys.find(desk.single, bearer.strip(), shop)
    if scheme.lower() == "bearer":
        found = await staff_sessions.find(desk.single, bearer.strip(), shop, touch=touch)
        return found.who if found else None
    found = await _find_by_cookie(request, desk, shop, touch)
    if found is None:
        return None
    if request.method not in SAFE:
        await _check_csrf(request, found.who)
    if found.fresh:
        keep_cookie(request, found.fresh)
    return found.who


async def _find_by_cookie(
    request: Request, desk: Support, shop: str | None, touch: bool
) -> staff_sessions.Found | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    chosen = shop or request.cookies.get(SHOP_COOKIE, "").replace("\0", "?") or None
    try:
        return await staff_sessions.find(desk.single, token, chosen, rotate=touch, touch=touch)
    except NotFound:
        if shop is not None:
            raise
        return await staff_sessions.find(desk.single, token, None, rotate=touch, touch=touch)


def keep_cookie(request: Request, token: str) -> None:
    """Have the answer to this request set the cookie, whatever kind of answer it is (bot.edge sends it)."""
    cookie = Response()
    cookie.set_cookie(
        COOKIE,
        token,
        max_age=int(staff_sessions.LONGEST.total_seconds()),
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    request.state.set_cookie = cookie.headers["set-cookie"]


def drop_cookie(request: Request) -> None:
    cookie = Response()
    cookie.delete_cookie(COOKIE, httponly=True, samesite="lax")
    request.state.set_cookie = cookie.headers["set-cookie"]


async def _check_csrf(request: Request, who: Who) -> None:
    given = request.headers.get("x-csrf-token", "")
    if not given and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        field = (await request.form()).get("csrf")
        given = field if isinstance(field, str) else ""
    if not hmac.compare_digest(given.encode(), who.csrf.encode()):
        raise Problem(403, "csrf", "the page is too old; load it again")
