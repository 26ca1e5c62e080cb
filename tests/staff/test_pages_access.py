"""Every route of the pages, as everybody: the same walk as over the API (test_access)."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from bot.console.routes import PARTS
from bot.staff.access import RIGHTS, Right
from bot.staff.models import Role
from tests.instance import Karwan
from tests.shopper import Shopper
from tests.staff.people import PASSWORD, Colleague
from tests.staff.test_access import Prize, fingerprint, home, nothing_there, prize, right_of  # noqa: F401 - fixtures too

CONVERSATION = "/inbox/{conversation}"
ORDER = f"{CONVERSATION}/orders/{{order_number}}"
KEY = "key=" + "0" * 32
FILE = {"file": ("x.png", b"no picture")}

#: every route (with a query it takes): the right it asks for, and a form. A new one has to be added here.
ROUTES: dict[tuple[str, str], tuple[Right | None, dict[str, Any] | None]] = {
    ("GET", "/login"): (None, None),
    ("POST", "/login"): (None, {"email": "nobody@shop.example", "password": "wrong wrong wrong"}),
    ("POST", "/language"): (None, {"language": "zh"}),
    ("POST", "/logout"): (Right.self, {}),
    ("GET", "/password"): (Right.self, None),
    ("POST", "/password"): (Right.self, {"old": "wrong", "new": "x", "again": "y"}),
    ("GET", "/profile"): (Right.read, None),
    ("POST", "/profile/shop"): (Right.self, {"shop": "demo"}),
    ("POST", "/profile/work"): (Right.answer, {"available": "1"}),
    ("POST", "/profile/password"): (Right.read, {"old": "wrong", "new": "x", "again": "y"}),
    ("POST", "/profile/totp"): (Right.read, {}),
    ("POST", "/profile/totp/confirm"): (Right.read, {"code": "000000"}),
    ("POST", "/profile/totp/off"): (Right.read, {"password": "wrong"}),
    ("GET", "/team"): (Right.manage, None),
    ("POST", "/team"): (Right.manage, {"email": "no address", "name": "x"}),
    ("GET", "/team/{staff}"): (Right.manage, None),
    ("POST", "/team/{staff}"): (Right.manage, {"name": "x", "capacity": "3"}),
    ("POST", "/team/{staff}/password"): (Right.manage, {}),
    ("POST", "/team/{staff}/remove"): (Right.manage, {"confirm": "x"}),
    ("GET", "/log"): (Right.manage, None),
    ("GET", "/ready"): (Right.read, None),
    ("POST", "/ready"): (Right.answer, {"shortcut": "two words", "zh": "x"}),
    ("POST", "/ready/{number}"): (Right.answer, {"do": "delete"}),
    ("GET", "/inbox/events"): (Right.read, None),
    ("GET", "/inbox"): (Right.read, None),
    ("GET", "/inbox/rows"): (Right.read, None),
    ("GET", CONVERSATION): (Right.read, None),
    ("GET", f"{CONVERSATION}/older?before=100"): (Right.read, None),
    ("GET", f"{CONVERSATION}/pictures/{{picture}}"): (Right.read, None),
    ("POST", f"{CONVERSATION}/claim"): (Right.answer, {}),
    ("POST", f"{CONVERSATION}/release"): (Right.answer, {"note": "x"}),
    ("POST", f"{CONVERSATION}/requeue"): (Right.answer, {}),
    ("POST", f"{CONVERSATION}/transfer"): (Right.answer, {"agent": "1"}),
    ("POST", f"{CONVERSATION}/close"): (Right.answer, {"note": "x"}),
    ("POST", f"{CONVERSATION}/messages"): (Right.answer, {"client_id": "1", "text": "你好", "seen": "99"}),
    ("POST", f"{CONVERSATION}/messages/images"): (Right.answer, {"client_id": "1", "seen": "99"}),
    ("POST", f"{CONVERSATION}/messages/1/again"): (Right.answer, {}),
    ("POST", f"{CONVERSATION}/notes"): (Right.answer, {"text": "note"}),
    ("POST", f"{CONVERSATION}/read"): (Right.read, {"seq": "1"}),
    ("POST", f"{CONVERSATION}/typing"): (Right.answer, {}),
    ("GET", f"{CONVERSATION}/ready"): (Right.read, None),
    ("GET", f"{CONVERSATION}/messages/1/translation"): (Right.read, None),
    ("POST", f"{CONVERSATION}/translation"): (Right.answer, {"text": "你好"}),
    ("GET", f"{CONVERSATION}/dialogs/close"): (Right.answer, None),
    ("POST", f"{ORDER}/cancel?{KEY}"): (Right.answer, {}),
    ("POST", f"{ORDER}/return?{KEY}"): (Right.answer, {"kind": "return", "reason": "x"}),
    ("POST", f"{ORDER}/returns/{{request}}/approve?{KEY}"): (Right.answer, {}),
    ("POST", f"{ORDER}/returns/{{request}}/reject?{KEY}"): (Right.answer, {"reason": "x"}),
    ("POST", f"{CONVERSATION}/unmask"): (Right.unmask, {}),
    ("GET", "/shop"): (Right.manage, None),
    ("POST", "/shop/examples"): (Right.manage, {}),
    ("GET", "/shop/try"): (Right.manage, None),
    ("GET", "/shop/rules"): (Right.manage, None),
    ("POST", "/shop/rules"): (Right.manage, {"window": "x"}),
    ("GET", "/shop/hours"): (Right.manage, None),
    ("POST", "/shop/hours"): (Right.manage, {"monday": "x"}),
    ("GET", "/shop/assistant"): (Right.manage, None),
    ("POST", "/shop/assistant"): (Right.manage, {"languages": "x"}),
    ("GET", "/shop/orders"): (Right.manage, None),
    ("GET", "/shop/orders/import"): (Right.manage, None),
    ("GET", "/shop/orders/sample.csv"): (Right.manage, None),
    ("POST", "/shop/orders/import"): (Right.manage, {}),
    ("GET", "/shop/orders/import/{file}"): (Right.manage, None),
    ("POST", "/shop/orders/import/{file}/yes"): (Right.manage, {}),
    ("POST", "/shop/orders/import/{file}/no"): (Right.manage, {}),
    ("POST", "/shop/orders/import/{file}/columns"): (Right.manage, {}),
    ("GET", "/shop/goods"): (Right.manage, None),
    ("GET", "/shop/goods/new"): (Right.manage, None),
    ("GET", "/shop/goods/{product}"): (Right.manage, None),
    ("POST", "/shop/goods"): (Right.manage, {"price": "x"}),
    ("POST", "/shop/goods/{product}"): (Right.manage, {"price": "x"}),
    ("POST", "/shop/goods/{product}/remove"): (Right.manage, {"confirm": "x"}),
    ("GET", "/shop/channels"): (Right.manage, None),
    ("GET", "/shop/channels/new/telegram"): (Right.manage, None),
    ("POST", "/shop/channels/new/telegram"): (Right.manage, {"name": ""}),
    ("POST", "/shop/channels/{account}/check"): (Right.manage, {}),
    ("GET", "/shop/channels/{account}/change"): (Right.manage, {}),
    ("POST", "/shop/channels/{account}/change"): (Right.manage, {}),
    ("POST", "/shop/channels/{account}/remove"): (Right.manage, {"confirm": "x"}),
    ("GET", "/shop/programs"): (Right.manage, None),
    ("POST", "/shop/programs"): (Right.manage, {"name": ""}),
    ("POST", "/shop/programs/{key}/revoke"): (Right.manage, {}),
    ("POST", "/shop/programs/kuaidi100"): (Right.manage, {"salt": ""}),
    ("GET", "/faqs/history"): (Right.read, None),
    ("POST", "/faqs/undo"): (Right.edit_faqs, {"batch": "x"}),
    ("GET", "/faqs/import"): (Right.edit_faqs, None),
    ("POST", "/faqs/import"): (Right.edit_faqs, {}),
    ("GET", "/faqs/import/progress"): (Right.edit_faqs, None),
    ("GET", "/faqs/tests"): (Right.read, None),
    ("POST", "/faqs/tests"): (Right.edit_faqs, {"text": ""}),
    ("GET", "/faqs/learning"): (Right.read, None),
    ("POST", "/faqs/learning"): (Right.edit_faqs, {"asked": "0"}),
    ("GET", "/faqs"): (Right.read, None),
    ("POST", "/faqs/try"): (Right.read, {"text": "几点开门"}),
    ("POST", "/faqs/bulk"): (Right.edit_faqs, {"do": "publish"}),
    ("GET", "/faqs/new"): (Right.edit_faqs, None),
    ("POST", "/faqs/new"): (Right.edit_faqs, {"do": "x"}),
    ("GET", "/faqs/{faq}"): (Right.read, None),
    ("POST", "/faqs/{faq}"): (Right.edit_faqs, {"do": "delete"}),
    ("POST", "/faqs/{faq}/publish"): (Right.edit_faqs, {}),
}
#: our names in a path for the routes' own, by how the path begins
OURS = {
    "/inbox": {"{number}": "{order_number}", "{seq}": "1", "{name}": "close"},
    "/ready": {"{answer}": "{number}"},
    "/shop/orders": {"{number}": "{file}"},
    "/shop/channels": {"{number}": "{account}", "{channel}": "telegram"},
    "/faqs": {"{number}": "{faq}"},
}
OPEN = [key for key, (right, _) in ROUTES.items() if right is None]
INSIDE = [key for key in ROUTES if key not in OPEN]
NAMED = [key for key in INSIDE if "{" in key[1]]
PLAIN = [key for key in INSIDE if key not in NAMED and key[1] not in ("/logout", "/inbox/events")]


@pytest.fixture(scope="module")
def strangers(karwan: Karwan, home: str) -> Iterator[dict[Role, httpx.Client]]:  # noqa: F811 - pytest's way
    """An owner and an agent of another shop, at its pages."""
    with ExitStack() as stack:
        people = {role: stack.enter_context(Colleague.hired(karwan, home, role)) for role in Role}
        yield {role: stack.enter_context(_pages(karwan, person)) for role, person in people.items()}


def _pages(karwan: Karwan, person: Colleague) -> httpx.Client:
    headers = {"Authorization": f"Bearer {person.token}"}
    return httpx.Client(base_url=karwan.base, headers=headers, trust_env=False, timeout=30)


def _send(http: httpx.Client, key: tuple[str, str], path: str, **more: Any) -> httpx.Response:
    files = FILE if path.endswith("/images") else None
    return http.request(key[0], path, data=ROUTES[key][1], files=files, **more)


def test_every_page_asks_for_the_right_it_should() -> None:
    found = {}
    for part in PARTS:
        for route in part.routes.routes:
            assert isinstance(route, APIRoute)
            path = route.path
            for beginning, names in OURS.items():
                for theirs, ours in names.items() if path.startswith(beginning) else ():
                    path = path.replace(theirs, ours)
            found |= {(method, path): right_of(route) for method in route.methods}
    assert found == {(method, path.partition("?")[0]): right for (method, path), (right, _) in ROUTES.items()}


@pytest.mark.parametrize("key", INSIDE)
def test_nobody_gets_in(karwan: Karwan, prize: Prize, key: tuple[str, str]) -> None:  # noqa: F811
    """A person is shown the door, a script told so."""
    path = prize.path(key[1])
    before = fingerprint(karwan, prize)
    with httpx.Client(base_url=karwan.base, trust_env=False, timeout=30) as http:
        for token in ("", "karwan_staff=forged"):
            headers = {"Cookie": token} if token else {}
            shown = _send(http, key, path, headers=headers)
            assert shown.status_code == 303
            assert shown.headers["location"].startswith("/login")
            told = _send(http, key, path, headers={**headers, "Sec-Fetch-Mode": "cors"})
            assert told.status_code == 401
            assert prize.secret not in shown.text + told.text
    assert fingerprint(karwan, prize) == before


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("key", NAMED)
def test_another_shops_things_are_not_there(
    karwan: Karwan,
    prize: Prize,  # noqa: F811
    strangers: dict[Role, httpx.Client],
    key: tuple[str, str],
    role: Role,
) -> None:
    before = fingerprint(karwan, prize)
    path = prize.path(key[1])
    answer = _send(strangers[role], key, path)
    allowed = ROUTES[key][0] in RIGHTS[role]
    assert answer.status_code == (404 if allowed else 403), answer.text
    joined = "&" if "?" in path else "?"
    foreign = _send(strangers[role], key, f"{path}{joined}shop={prize.shop}")
    assert foreign.status_code == 404
    assert prize.secret not in answer.text + foreign.text
    assert fingerprint(karwan, prize) == before


@pytest.mark.parametrize("key", PLAIN)
def test_pages_show_ones_own_shop_alone(
    prize: Prize,  # noqa: F811
    strangers: dict[Role, httpx.Client],
    key: tuple[str, str],
) -> None:
    hidden = (prize.secret, prize.ids["conversation"], prize.ids["owner"])
    for params in ({}, {"view": "all"}, {"view": "all", "search": "秘密"}, {"shop": prize.shop}):
        cookie = {"Cookie": f"karwan_shop={prize.shop}"}
        shown = _send(strangers[Role.owner], key, key[1], params=params, headers=cookie)
        assert not any(word in shown.text for word in hidden)
        if "shop" in params:
            assert shown.status_code == 404


@pytest.mark.parametrize("key", INSIDE)
def test_a_role_does_what_it_may_and_no_more(
    strangers: dict[Role, httpx.Client], key: tuple[str, str]
) -> None:
    if key[1] in ("/logout", "/inbox/events"):
        return
    answer = _send(strangers[Role.agent], key, key[1].format(**nothing_there()))
    assert (answer.status_code == 403) == (ROUTES[key][0] not in RIGHTS[Role.agent]), answer.text


@pytest.mark.parametrize("key", [key for key in INSIDE if key[0] == "POST"])
def test_another_sites_form_changes_nothing(
    karwan: Karwan,
    prize: Prize,  # noqa: F811
    insider: httpx.Client,
    key: tuple[str, str],
) -> None:
    """It brings the cookie of whoever may do everything, and cannot know the word."""
    before = fingerprint(karwan, prize)
    for form in ({}, {"csrf": "guessed"}):
        data = {**(ROUTES[key][1] or {}), **form}
        files = FILE if key[1].endswith("/images") else None
        assert insider.post(prize.path(key[1]), data=data, files=files).status_code == 403
    assert fingerprint(karwan, prize) == before


@pytest.fixture(scope="module")
def insider(karwan: Karwan, prize: Prize) -> Iterator[httpx.Client]:  # noqa: F811
    """An owner of the prize's own shop, signed in with the cookie."""
    with (
        Colleague.hired(karwan, prize.shop, "owner") as owner,
        httpx.Client(base_url=karwan.base, trust_env=False, timeout=30) as http,
    ):
        form = {"email": owner.email, "password": PASSWORD}
        assert http.post("/login", data=form).status_code == 303
        yield http


def test_the_pages_stream_tells_of_ones_own_shop_alone(
    karwan: Karwan,
    home: str,  # noqa: F811
    prize: Prize,  # noqa: F811
    strangers: dict[Role, httpx.Client],
) -> None:
    asked = {"view": "all", "open": prize.ids["conversation"]}
    with (
        Colleague.hired(karwan, prize.shop, "owner") as owner,
        Shopper.of(karwan, home) as shopper,
        strangers[Role.owner].stream("GET", "/inbox/events", params=asked) as stream,
    ):
        lines = stream.iter_lines()
        owner.on(prize.ids["conversation"], "notes", {"text": "only ours"}, status=201)
        shopper.post("你好")
        heard = []
        for line in lines:
            heard.append(line)
            if shopper.conversation in line:
                break
        assert not any(prize.ids["conversation"] in line or "only ours" in line for line in heard)
