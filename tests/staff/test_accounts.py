"""Logging in and staying so; the second factor; passwords; the shop's staff and its log."""

import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pyotp
import pytest

from bot.vault import hash_of
from tests.instance import Karwan
from tests.shopper import Shopper
from tests.staff.people import PASSWORD, Colleague, error_of


def log_in(
    karwan: Karwan, email: str, password: str, code: str | None = None, *, host: str = "", **more: object
) -> httpx.Response:
    """`host`: as a proxy on this machine tells of whom it brings."""
    body = {"email": email, "password": password, **({"code": code} if code else {}), **more}
    headers = {"X-Forwarded-For": host} if host else {}
    url = f"{karwan.base}/api/v1/login"
    return httpx.post(url, json=body, headers=headers, trust_env=False, timeout=30)


def test_the_address_in_any_case(karwan: Karwan, agent: Colleague, shop_slug: str) -> None:
    told = log_in(karwan, f"  {agent.email.upper()} ", PASSWORD).json()
    assert told["token"]
    assert [(shop["slug"], shop["role"]) for shop in told["shops"]] == [(shop_slug, "agent")]


def test_refusals_look_the_same(karwan: Karwan, agent: Colleague) -> None:
    wrong = log_in(karwan, agent.email, "wrong wrong wrong")
    unknown = log_in(karwan, f"{uuid.uuid4().hex}@shop.example", "wrong wrong wrong")
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert error_of(wrong) == "login_refused"


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_tries_lock_the_address(karwan: Karwan, agent: Colleague, known: bool) -> None:
    email = agent.email if known else f"{uuid.uuid4().hex}@shop.example"
    for _ in range(5):
        assert error_of(log_in(karwan, email, "wrong wrong wrong")) == "login_refused"
    locked = log_in(karwan, email, PASSWORD)
    assert (locked.status_code, error_of(locked)) == (429, "locked")
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    assert agent.get("/me")["email"] == agent.email  # who is in stays in


def test_a_stranger_locks_nobody_out_elsewhere(karwan: Karwan, agent: Colleague) -> None:
    for _ in range(5):
        log_in(karwan, agent.email, "wrong wrong wrong", host="203.0.113.7")
    for host, code in (("203.0.113.99", 429), ("198.51.100.1", 200), ("2001:db8:1:2::3", 200)):
        assert log_in(karwan, agent.email, PASSWORD, host=host).status_code == code
    assert log_in(karwan, agent.email, PASSWORD, host="203.0.113.7").status_code == 429  # theirs stays shut


def test_many_networks_are_stopped_but_not_the_known_ones(karwan: Karwan, agent: Colleague) -> None:
    assert log_in(karwan, agent.email, PASSWORD, host="198.51.100.1").status_code == 200
    karwan.sql(  # as fifty wrong tries, each from a network of its own, leave them
        "INSERT INTO login_failure (email_hash, place_hash) SELECT %s, n::text FROM generate_series(1, 50) n",
        hash_of(agent.email),
    )
    for host, code in (("192.0.2.1", 429), ("198.51.100.77", 200)):
        assert log_in(karwan, agent.email, PASSWORD, host=host).status_code == code


def test_tries_at_once_are_no_more_than_tries_in_a_row(karwan: Karwan, agent: Colleague) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(12) as pool:
        codes = [
            error_of(answer)
            for answer in pool.map(lambda n: log_in(karwan, agent.email, f"wrong wrong {n}"), range(12))
        ]
    assert sorted(codes) == ["locked"] * 7 + ["login_refused"] * 5


def test_a_lock_ends(karwan: Karwan, agent: Colleague) -> None:
    for _ in range(5):
        log_in(karwan, agent.email, "wrong wrong wrong")
    karwan.sql("UPDATE login_failure SET at = at - interval '16 minutes'")
    assert log_in(karwan, agent.email, PASSWORD).status_code == 200


def test_logging_out_ends_the_session(agent: Colleague) -> None:
    agent.do("/logout", status=204)
    assert agent.http.get("/me").status_code == 401


@pytest.mark.parametrize("column, since", [("seen_at", "3 hours"), ("expires_at", "8 days")])
def test_a_session_ends_by_itself(karwan: Karwan, agent: Colleague, column: str, since: str) -> None:
    karwan.sql(
        f"UPDATE staff_session SET {column} = {column} - %s::interval WHERE staff_id = %s", since, agent.id
    )
    assert agent.http.get("/me").status_code == 401


def test_a_pages_token_changes(karwan: Karwan, agent: Colleague) -> None:
    with httpx.Client(base_url=f"{karwan.base}/api/v1", trust_env=False, timeout=30) as page:
        answer = page.post("/login", json={"email": agent.email, "password": PASSWORD, "cookie": True})
        assert "token" not in answer.json()
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        first = page.cookies["karwan_staff"]
        assert page.get("/me").status_code == 200
        assert page.cookies["karwan_staff"] == first
        karwan.sql("UPDATE staff_session SET rotated_at = rotated_at - interval '11 minutes'")
        assert page.get("/me").status_code == 200
        second = page.cookies["karwan_staff"]
        assert second != first
        page.cookies.clear()
        for token, status in ((first, 200), (second, 200)):  # what was under way still comes through
            assert page.get("/me", headers={"Cookie": f"karwan_staff={token}"}).status_code == status
        karwan.sql("UPDATE staff_session SET rotated_at = rotated_at - interval '2 minutes'")
        assert page.get("/me", headers={"Cookie": f"karwan_staff={first}"}).status_code == 401


def test_a_page_changes_nothing_without_its_word(karwan: Karwan, agent: Colleague, shop_slug: str) -> None:
    """Another site's form brings the cookie, and cannot know the word."""
    with (
        httpx.Client(base_url=f"{karwan.base}/api/v1", trust_env=False, timeout=30) as page,
        Shopper.of(karwan, shop_slug) as shopper,
    ):
        body = {"email": agent.email, "password": PASSWORD, "cookie": True}
        csrf = page.post("/login", json=body).json()["csrf"]
        claim = f"/conversations/{shopper.conversation}/claim"
        for headers in ({}, {"X-CSRF-Token": "guessed"}):
            refused = page.post(claim, headers=headers)
            assert (refused.status_code, error_of(refused)) == (403, "csrf")
        assert agent.look(shopper.conversation)["state"] == "bot"
        assert page.post(claim, headers={"X-CSRF-Token": csrf}).status_code == 200


def test_the_second_factor(karwan: Karwan, agent: Colleague) -> None:
    secret = agent.do("/me/totp")["secret"]
    assert log_in(karwan, agent.email, PASSWORD).status_code == 200  # not before a code has been seen
    codes = pyotp.TOTP(secret)
    agent.do("/me/totp/confirm", {"code": "000000"}, status=422)
    import time

    now = int(time.time())
    kept = karwan.sql("SELECT totp_secret FROM staff WHERE id = %s", agent.id)[0][0]
    assert secret not in kept  # a copy of the database makes no codes
    agent.do("/me/totp/confirm", {"code": codes.at(now)}, status=204)
    assert error_of(log_in(karwan, agent.email, PASSWORD)) == "code_needed"
    assert error_of(log_in(karwan, agent.email, PASSWORD, codes.at(now))) == "login_refused"  # it was used
    assert log_in(karwan, agent.email, PASSWORD, codes.at(now + 30)).status_code == 200
    assert error_of(log_in(karwan, agent.email, PASSWORD, codes.at(now + 30))) == "login_refused"
    agent.do("/me/totp/end", {"password": PASSWORD}, status=204)
    assert log_in(karwan, agent.email, PASSWORD).status_code == 200


def test_an_owner_sets_a_new_password(karwan: Karwan, owner: Colleague, agent: Colleague) -> None:
    password = owner.do(f"/staff/{agent.id}/password")["password"]
    assert agent.http.get("/me").status_code == 401
    assert log_in(karwan, agent.email, PASSWORD).status_code == 401
    told = log_in(karwan, agent.email, password).json()
    assert told["must_change_password"]
    with httpx.Client(base_url=f"{karwan.base}/api/v1", trust_env=False, timeout=30) as client:
        client.headers["Authorization"] = f"Bearer {told['token']}"
        assert client.get("/conversations").status_code == 403
        same = {"old": password, "new": password}
        assert error_of(client.post("/me/password", json=same)) == "weak_password"
        new = {"old": password, "new": "a much better one"}
        assert client.post("/me/password", json=new).status_code == 204
        assert client.get("/conversations").status_code == 200
    logged = [entry["action"] for entry in owner.get("/log")["items"]]
    assert "reset_password" in logged


def test_an_owner_opens_no_other_shops_doors(karwan: Karwan, owner: Colleague, shop_slug: str) -> None:
    """Someone who works for two shops keeps their password from both owners."""
    elsewhere = karwan.new_shop()
    with Colleague.hired(karwan, shop_slug, also=elsewhere) as both:
        for act in ("password", ""):
            path = f"/staff/{both.id}/{act}".rstrip("/")
            if act:
                assert error_of(owner.http.post(path)) == "works_elsewhere"
            else:
                assert error_of(owner.http.patch(path, json={"name": "x"})) == "works_elsewhere"
        assert both.get("/me", headers={"X-Shop": elsewhere})["shop"] == elsewhere
        assert owner.http.delete(f"/staff/{both.id}").status_code == 204
        assert log_in(karwan, both.email, PASSWORD).json()["shops"][0]["slug"] == elsewhere


def test_a_shop_keeps_an_owner(owner: Colleague, agent: Colleague) -> None:
    for act in (
        lambda: owner.http.delete(f"/staff/{owner.id}"),
        lambda: owner.http.patch(f"/staff/{owner.id}", json={"role": "agent"}),
    ):
        assert error_of(act()) == "last_owner"
    assert owner.http.patch(f"/staff/{agent.id}", json={"role": "owner"}).status_code == 200
    assert owner.http.patch(f"/staff/{owner.id}", json={"role": "agent"}).status_code == 200
    assert owner.http.get("/log").status_code == 403


def test_who_works_here_no_longer_is_out(karwan: Karwan, owner: Colleague, agent: Colleague) -> None:
    assert owner.http.delete(f"/staff/{agent.id}").status_code == 204
    assert agent.http.get("/me").status_code == 401
    assert log_in(karwan, agent.email, PASSWORD).status_code == 401


@pytest.mark.parametrize(
    "body, code",
    [
        ({"password": "short"}, "weak_password"),
        ({"email": "no address"}, "bad_email"),
        ({"name": "  "}, "bad_name"),
        ({"role": "king"}, "unreadable"),
    ],
)
def test_who_cannot_be_added(owner: Colleague, body: dict[str, str], code: str) -> None:
    whole = {"email": "new@shop.example", "name": "New", "password": "long enough, this", **body}
    refused = owner.http.post("/staff", json=whole)
    assert (refused.status_code, error_of(refused)) == (422, code)


def test_the_log_tells_who_saw_and_did_what(
    karwan: Karwan, shop_slug: str, owner: Colleague, agent: Colleague
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("我的电话是13812345678，请记一下")
        agent.on(shopper.conversation, "claim")
        hidden = agent.look(shopper.conversation)["messages"][0]["text"]
        assert hidden == "我的电话是138****5678，请记一下"
        whole = agent.on(shopper.conversation, "unmask")["messages"][0]["text"]
        assert whole == "我的电话是13812345678，请记一下"
        entries = owner.get("/log")["items"]
        assert [entry["action"] for entry in entries][:3] == ["unmask", "open", "claim"]
        assert all(entry["name"] for entry in entries)
        assert "13812345678" not in str(entries)


def test_the_log_is_sifted(
    karwan: Karwan, shop_slug: str, owner: Colleague, agent: Colleague, other_agent: Colleague
) -> None:
    with Shopper.of(karwan, shop_slug) as one, Shopper.of(karwan, shop_slug) as two:
        agent.on(one.conversation, "claim")
        agent.on(one.conversation, "release")
        other_agent.on(two.conversation, "claim")
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        for sought, acts in (
            ({"staff": other_agent.id}, ["claim", "login"]),
            ({"staff": agent.id, "action": "claim"}, ["claim"]),
            ({"action": "release"}, ["release"]),
            ({"conversation": one.conversation}, ["release", "claim"]),
            ({"conversation": two.conversation[:8]}, ["claim"]),
            ({"conversation": one.conversation, "until": tomorrow}, ["release", "claim"]),
            ({"since": tomorrow}, []),
        ):
            found = owner.get("/log", params=sought)["items"]
            assert [entry["action"] for entry in found] == acts, sought
        last = owner.get("/log", params={"conversation": one.conversation, "limit": 1})["items"][0]
        sought = {"conversation": one.conversation, "before": last["id"]}
        assert [entry["action"] for entry in owner.get("/log", params=sought)["items"]] == ["claim"]
        assert owner.http.get("/log", params={"since": "2026-01-01T00:00:00"}).status_code == 422
