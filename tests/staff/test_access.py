"""Every route of staff, as everybody: what a role may do, and that nothing of another shop can be reached."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from bot.api.routes import PARTS
from bot.staff.access import RIGHTS, Right
from bot.staff.models import Role
from tests.instance import Karwan
from tests.orders import orders
from tests.shopper import Shopper
from tests.staff.people import Colleague, error_of
from tests.web.test_images import picture

PREFIX = "/api/v1"
CONVERSATION = "/conversations/{conversation}"
ORDER = f"{CONVERSATION}/orders/{{order_number}}"

#: every route: the right it asks for, and a body that it takes. A new route has to be added here.
ROUTES: dict[tuple[str, str], tuple[Right | None, Any]] = {
    ("POST", "/login"): (None, {"email": "nobody@shop.example", "password": "wrong wrong wrong"}),
    ("GET", "/me"): (Right.self, None),
    ("POST", "/me/password"): (Right.self, {"old": "wrong", "new": "a new password"}),
    ("POST", "/me/totp"): (Right.self, None),
    ("POST", "/me/totp/confirm"): (Right.self, {"code": "000000"}),
    ("POST", "/me/totp/end"): (Right.self, {"password": "wrong"}),
    ("PUT", "/me/attendance"): (Right.answer, {"available": True}),
    ("GET", "/staff"): (Right.read, None),
    ("POST", "/staff"): (Right.manage, {"email": "x", "name": "x", "password": "long enough, this"}),
    ("PATCH", "/staff/{staff}"): (Right.manage, {"capacity": 3}),
    ("DELETE", "/staff/{staff}"): (Right.manage, None),
    ("POST", "/staff/{staff}/password"): (Right.manage, None),
    ("GET", "/log"): (Right.manage, None),
    ("GET", "/counts"): (Right.read, None),
    ("GET", "/canned"): (Right.read, None),
    ("POST", "/canned"): (Right.answer, {"shortcut": "hi", "text": {"zh": "您好"}}),
    ("PUT", "/canned/{number}"): (Right.answer, {"shortcut": "hi2", "text": {"zh": "您好"}}),
    ("DELETE", "/canned/{number}"): (Right.answer, None),
    ("GET", "/service"): (Right.read, None),
    ("PUT", "/service"): (Right.manage, {"assign": "pull"}),
    ("GET", "/events"): (Right.read, None),
    ("GET", "/conversations"): (Right.read, None),
    ("GET", CONVERSATION): (Right.read, None),
    ("GET", f"{CONVERSATION}/images/{{picture}}"): (Right.read, None),
    ("POST", f"{CONVERSATION}/claim"): (Right.answer, None),
    ("POST", f"{CONVERSATION}/release"): (Right.answer, None),
    ("POST", f"{CONVERSATION}/requeue"): (Right.answer, None),
    ("POST", f"{CONVERSATION}/transfer"): (Right.answer, {"agent": 1}),
    ("POST", f"{CONVERSATION}/close"): (Right.answer, None),
    ("POST", f"{CONVERSATION}/messages"): (Right.answer, {"text": "你好", "client_id": "1"}),
    ("POST", f"{CONVERSATION}/notes"): (Right.answer, {"text": "note"}),
    ("POST", f"{CONVERSATION}/read"): (Right.read, {"seq": 1}),
    ("POST", f"{CONVERSATION}/presence"): (Right.read, {"typing": True}),
    ("POST", f"{CONVERSATION}/unmask"): (Right.unmask, None),
    ("POST", f"{ORDER}/cancel"): (Right.answer, {"key": "1"}),
    ("POST", f"{ORDER}/returns"): (Right.answer, {"key": "1", "kind": "return", "reason": "x"}),
    ("POST", f"{ORDER}/returns/{{request}}/decision"): (Right.answer, {"key": "1", "approve": True}),
    ("GET", "/orders"): (Right.orders, None),
    ("POST", "/orders"): (Right.orders, {"order_number": "x"}),
    ("POST", "/orders/import"): (Right.orders, {"not": "a table"}),
    ("GET", "/orders/imports/{file}"): (Right.orders, None),
    ("GET", "/orders/{order_number}"): (Right.orders, None),
    ("PUT", "/orders/{order_number}"): (Right.orders, {"buyer_name": "x"}),
    ("POST", "/shipments/{tracking_number}/events"): (
        Right.orders,
        {"at": "2026-11-20 12:00", "status": "delivered"},
    ),
    ("GET", "/keys"): (Right.manage, None),
    ("POST", "/keys"): (Right.manage, {"name": "x"}),
    ("DELETE", "/keys/{number}"): (Right.manage, None),
    ("GET", "/faqs"): (Right.read, None),
    ("POST", "/faqs"): (Right.edit_faqs, {"question": {"zh": "几点开门"}, "answer": {"zh": "十点"}}),
    ("POST", "/faqs/search"): (Right.read, {"text": "几点开门"}),
    ("POST", "/faqs/import"): (Right.edit_faqs, {"not": "a table"}),
    ("GET", "/faqs/export"): (Right.read, None),
    ("POST", "/faqs/bulk"): (Right.edit_faqs, {"ids": [0], "do": "publish"}),
    ("GET", "/faqs/history"): (Right.read, None),
    ("POST", "/faqs/undo/{batch}"): (Right.edit_faqs, None),
    ("GET", "/faqs/{faq}"): (Right.read, None),
    ("PUT", "/faqs/{faq}"): (Right.edit_faqs, {"question": {"zh": "几点开门"}, "answer": {"zh": "十点"}}),
    ("PUT", "/faqs/{faq}/draft"): (Right.edit_faqs, {"question": {"zh": "几点"}, "answer": {"zh": "十点"}}),
    ("POST", "/faqs/{faq}/publish"): (Right.edit_faqs, None),
    ("DELETE", "/faqs/{faq}"): (Right.edit_faqs, None),
    ("POST", "/logout"): (Right.self, None),
}
#: our name in a path for a route's own
FAQ = ("/faqs/{number}", "/faqs/{faq}")
#: without an id of something in their path
PLAIN = [key for key in ROUTES if "{" not in key[1]]
NAMED = [key for key in ROUTES if "{" in key[1]]


@dataclass(frozen=True)
class Prize:
    """Something of every kind in a shop that nobody else may see."""

    shop: str
    ids: dict[str, str]
    secret: str  # the shopper's words

    def path(self, pattern: str) -> str:
        return pattern.format(**self.ids)


_OURS = "shop_id = (SELECT id FROM shop WHERE slug = %s)"
_AN_IMPORT = """
    INSERT INTO order_import (id, shop_id, file_name, size, state, ask, titles, lines, good, bad, orders,
                              taken, added, changed)
    SELECT gen_random_uuid(), id, 'a.csv', 1, 'done', false, '[]', 1, 1, 0, 1, 1, 1, 0
    FROM shop WHERE slug = %s RETURNING id
"""


@pytest.fixture(scope="module")
def prize(karwan: Karwan) -> Iterator[Prize]:
    slug = karwan.new_shop()
    secret = f"秘密{uuid.uuid4().hex}"
    with Colleague.hired(karwan, slug, "owner") as owner, Shopper.of(karwan, slug) as shopper:
        shopper.say("我的订单20261101001031到哪了")
        shopper.say("5702")
        shopper.show(picture(), wait=20)
        shopper.say(secret)
        image = next(one["image"] for one in shopper.messages() if one["image"]).rsplit("/", 1)[1]
        order = orders.an_order(order_number="PRIZE-1", buyer_name=secret, tracking_number="PRIZE000000001")
        owner.do("/orders", order, status=201)
        faq = owner.do("/faqs", {"question": {"zh": secret}, "answer": {"zh": secret}}, status=201)
        change = karwan.sql("SELECT batch FROM faq_change WHERE faq_id = %s", faq["id"])[0][0]
        key = owner.do("/keys", {"name": secret}, status=201)
        canned = owner.do("/canned", {"shortcut": "secret", "text": {"zh": secret}}, status=201)
        ids = {
            "conversation": shopper.conversation,
            "picture": image,
            "staff": str(owner.id),
            "owner": owner.email,
            "number": str(canned["id"]),
            "order_number": "PRIZE-1",
            "tracking_number": "PRIZE000000001",
            "file": str(karwan.sql(_AN_IMPORT, slug)[0][0]),
            "request": "1",
            "faq": str(faq["id"]),
            "batch": str(change),
            "key": str(key["id"]),
            "product": str(karwan.sql(f"SELECT min(id) FROM product WHERE {_OURS}", slug)[0][0]),
            "account": str(karwan.sql(f"SELECT min(id) FROM channel_account WHERE {_OURS}", slug)[0][0]),
        }
        yield Prize(slug, ids, secret)


@pytest.fixture(scope="module")
def home(karwan: Karwan) -> str:
    """The strangers' own shop."""
    return karwan.new_shop()


def right_of(route: APIRoute) -> Right | None:
    rights = [getattr(part.call, "right", None) for part in route.dependant.dependencies]
    return next((right for right in rights if right is not None), None)


def test_every_route_asks_for_the_right_it_should(karwan: Karwan) -> None:
    found = {
        (method, route.path.replace(*FAQ)): right_of(route)
        for part in PARTS
        for route in part.routes
        if isinstance(route, APIRoute)
        for method in route.methods
    }
    assert found == {key: right for key, (right, _) in ROUTES.items()}
    paths = httpx.get(f"{karwan.base}/api/openapi.json", trust_env=False).json()["paths"]
    described = {
        (method.upper(), path.removeprefix(PREFIX).replace(*FAQ))
        for path, methods in paths.items()
        if path.startswith(PREFIX)
        for method in methods
    }
    assert described == set(ROUTES)


@pytest.mark.parametrize("key", [key for key in ROUTES if key != ("POST", "/login")])
def test_nobody_gets_in(karwan: Karwan, prize: Prize, key: tuple[str, str]) -> None:
    method, path = key
    url = f"{karwan.base}{PREFIX}{prize.path(path)}"
    for headers in ({}, {"Authorization": "Bearer forged"}, {"Cookie": "karwan_staff=forged"}):
        answer = httpx.request(method, url, json=ROUTES[key][1], headers=headers, trust_env=False)
        assert (answer.status_code, error_of(answer)) == (401, "not_logged_in")
        assert prize.secret not in answer.text


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("key", NAMED)
def test_another_shops_things_are_not_there(
    karwan: Karwan, home: str, prize: Prize, key: tuple[str, str], role: Role
) -> None:
    """404 for whoever may do such a thing at their own shop, and 403 for whoever may not even there."""
    right, body = ROUTES[key]
    with Colleague.hired(karwan, home, role) as stranger:
        before = fingerprint(karwan, prize)
        answer = stranger.http.request(key[0], prize.path(key[1]), json=body)
        assert answer.status_code == (404 if right in RIGHTS[role] else 403), answer.text
        foreign = stranger.http.request(key[0], prize.path(key[1]), json=body, headers={"X-Shop": prize.shop})
        assert foreign.status_code == 404
        assert prize.secret not in answer.text + foreign.text
        assert fingerprint(karwan, prize) == before


@pytest.mark.parametrize("key", [one for one in PLAIN if one not in (("POST", "/login"), ("GET", "/events"))])
def test_what_has_no_name_shows_ones_own_shop_alone(
    karwan: Karwan, home: str, prize: Prize, key: tuple[str, str]
) -> None:
    with Colleague.hired(karwan, home, "owner") as stranger:
        asked = stranger.http.request(key[0], key[1], json=ROUTES[key][1])
        assert prize.secret not in asked.text
        assert prize.ids["conversation"] not in asked.text
        foreign = stranger.http.request(key[0], key[1], json=ROUTES[key][1], headers={"X-Shop": prize.shop})
        assert foreign.status_code in (404, 401)  # 401: it was the logging out


def nothing_there() -> dict[str, str]:
    """Names for a path under which nothing is kept."""
    numbers = ("staff", "number", "request", "order_number", "tracking_number")
    own = ("conversation", "picture", "file", "batch")
    rest = ("faq", "key", "product", "account")
    return dict.fromkeys(numbers + rest, "0") | {name: str(uuid.uuid4()) for name in own}


@pytest.mark.parametrize("key", ROUTES)
def test_a_role_does_what_it_may_and_no_more(karwan: Karwan, home: str, key: tuple[str, str]) -> None:
    right, body = ROUTES[key]
    if key == ("GET", "/events") or right is None:
        return
    nothing = nothing_there()
    with Colleague.hired(karwan, home, "agent") as agent:
        answer = agent.http.request(key[0], key[1].format(**nothing), json=body)
        assert (answer.status_code == 403) == (right not in RIGHTS[Role.agent]), answer.text


def test_the_stream_tells_of_ones_own_shop_alone(karwan: Karwan, home: str, prize: Prize) -> None:
    with (
        Colleague.hired(karwan, home, "owner") as stranger,
        Colleague.hired(karwan, prize.shop, "owner") as owner,
        Shopper.of(karwan, home) as shopper,
        stranger.http.stream("GET", "/events") as stream,
    ):
        lines = stream.iter_lines()
        owner.on(prize.ids["conversation"], "notes", {"text": "only ours"}, status=201)
        shopper.post("你好")
        heard = []
        for line in lines:
            heard.append(line)
            if shopper.conversation in line:
                break
        assert not any(prize.ids["conversation"] in line for line in heard)


def fingerprint(karwan: Karwan, prize: Prize) -> list[tuple[Any, ...]]:
    """What a stranger could have changed: nothing of it does."""
    return karwan.sql(
        """
        SELECT c.epoch, c.mode, c.last_seq, (SELECT count(*) FROM note WHERE conversation_id = c.id),
               (SELECT count(*) FROM read_mark WHERE conversation_id = c.id),
               (SELECT count(*) FROM operation WHERE shop_id = c.shop_id),
               (SELECT count(*) FROM api_key WHERE shop_id = c.shop_id),
               (SELECT string_agg(concat(o.status, o.buyer_name), '' ORDER BY o.id) FROM "order" o
                WHERE o.shop_id = c.shop_id),
               (SELECT string_agg(p.password_hash, '') FROM staff p JOIN membership m ON m.staff_id = p.id
                WHERE m.shop_id = c.shop_id), (SELECT count(*) FROM canned_reply WHERE shop_id = c.shop_id),
               (SELECT count(*) FROM faq_change WHERE shop_id = c.shop_id),
               (SELECT count(*) FROM channel_account WHERE shop_id = c.shop_id),
               (SELECT count(*) FROM product WHERE shop_id = c.shop_id)
        FROM conversation c WHERE c.id = %s
        """,
        prize.ids["conversation"],
    )
