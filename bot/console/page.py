"""A page: its words, its template, its headers. No script or style stands in a page."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.console import assets, times
from bot.console.rich import rich
from bot.console.words import LANGUAGES, Words, chosen, words
from bot.staff.access import Right, Who

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
LANGUAGE_COOKIE = "karwan_language"


def language_of(request: Request, who: Who | None = None) -> str:
    """A person's own language once they are in; before, what the browser was told or says."""
    if who is not None:
        return who.language
    return chosen(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))


def is_script(request: Request) -> bool:
    """Whether a page's script asks, not someone who goes to a page."""
    if "hx-request" in request.headers:
        return True
    return request.headers.get("sec-fetch-mode", "navigate") != "navigate"


def page(
    request: Request, name: str, who: Who | None = None, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """A template as an answer."""
    html = render(name, language_of(request, who), who, **{"here": request.url.path, **values})
    return HTMLResponse(html, status, headers=HEADERS)


def render(name: str, language: str, who: Who | None, **values: Any) -> str:
    """A template in a language. What every template may use is listed here."""
    ours = words(language)
    context = {
        "language": language,
        "dir": ours.dir,
        "languages": LANGUAGES,
        "me": _me(who),
        "csrf_token": who.csrf if who else "",
        "navigation": _navigation(ours, who),
        "problem": "",
        "said": "",
        "here": "",
        **_clocks(ours),
    }
    return environment(language).get_template(name).render({**context, **values})


@cache
def environment(language: str) -> Environment:
    """Templates of one language: what is not defined is an error, everything is escaped."""
    ours = words(language)
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    made.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        ours.gettext, ours.ngettext, newstyle=False, pgettext=ours.pgettext
    )
    made.globals.update(asset=assets.address, rich=rich)
    return made


def _clocks(ours: Words) -> Mapping[str, Any]:
    return {
        "short": times.clock,
        "clock": lambda at: times.moment(at, ours),
        "moment": lambda at: times.moment(at, ours),
        "day": lambda at: times.day(at, ours),
        "waited": lambda since: times.waited(since, ours),
        "money": lambda amount: times.money(amount, ours),
    }


def _me(who: Who | None) -> dict[str, Any] | None:
    return {"id": who.staff_id, "name": who.name, "owner": who.may(Right.manage)} if who else None


def _navigation(ours: Words, who: Who | None) -> list[tuple[str, str, str]]:
    """(address, icon, word)"""
    places = [("/inbox", "inbox", ours.gettext("Inbox")), ("/ready", "bolt", ours.gettext("Ready answers"))]
    places.append(("/faqs", "help", ours.gettext("FAQs")))
    if who is not None and who.may(Right.manage):
        places.append(("/shop", "shop", ours.gettext("Shop")))
        places.append(("/team", "people", ours.gettext("Team")))
    return places
