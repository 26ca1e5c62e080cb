"""Who asks for a page: whoever is signed in, else the door. The API's own check, with pages' manners."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse

from bot.api.asking import Desk, find_asker
from bot.console.page import is_script
from bot.errors import Problem
from bot.staff.access import Right, Who


class Elsewhere(Exception):
    """The answer is another address."""

    def __init__(self, address: str) -> None:
        self.address = address


def signed_in(right: Right) -> Callable[..., Awaitable[Who]]:
    """A dependency: who asks, if their role has that right; nobody is sent to the door.

    Scripts' own requests (htmx, fetch) get 401 instead; the page's script goes to the door itself.
    """

    async def asking(request: Request, desk: Desk) -> Who:
        who = await find_asker(request, desk)
        if who is None:
            if is_script(request):
                raise Problem(401, "not_logged_in", "log in first")
            raise Elsewhere(f"/login?next={quote(request.url.path)}")
        if who.must_change_password and right is not Right.self:
            raise Elsewhere("/password")
        who.must(right)
        return who

    asking.right = right  # type: ignore[attr-defined]  # read by the test that walks every route
    return asking


def same_origin(request: Request) -> None:
    """A dependency for forms before one is in, with no CSRF word yet: other sites' are refused."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site not in (None, "same-origin", "none")
    if site is None and origin is not None:
        foreign = urlsplit(origin).netloc != request.headers.get("host")
    if foreign:
        raise Problem(403, "other_site", "this form was sent from another site")


def inside(address: str) -> str:
    """An address on this site to go on to, never another one."""
    plain = address.replace("\\", "/")
    safe = plain.startswith("/") and not plain.startswith("//") and plain.isprintable()
    return plain if safe else "/inbox"


def install(app: FastAPI) -> None:
    @app.exception_handler(Elsewhere)
    async def elsewhere(_: Request, error: Elsewhere) -> RedirectResponse:
        return RedirectResponse(error.address, 303, headers={"Cache-Control": "no-store"})
