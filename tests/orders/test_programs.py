"""Orders and parcels by the API: with a login and with a program's key."""

import asyncio
import functools

import httpx
import pytest

from tests.instance import Karwan
from tests.orders.orders import SALT, a_push, an_order, send_push
from tests.shopper import Shopper
from tests.staff.people import Colleague, error_of


def test_an_order_comes_in_and_is_told_to_its_buyer(
    karwan: Karwan, owner: Colleague, program: httpx.Client
) -> None:
    order = an_order(tracking_number="YT8800000000001")
    number = order["order_number"]
    first = program.post("/orders", json=order)
    assert first.status_code == 201, first.text
    told = first.json()
    assert (told["status"], told["total"]) == ("shipped", "79.80")
    assert told["shipments"][0]["carrier"] == "圆通"
    assert program.post("/orders", json=order).status_code == 200  # the same again
    assert error_of(program.post("/orders", json={**order, "quantity": 3})) == "exists"

    events = {"events": [
        {"at": "2026-11-19T08:00:00+08:00", "status": "in_transit", "place": "乌鲁木齐"},
        {"at": "2026-11-20 09:00", "status": "delivered", "place": "喀什", "description": "已签收"},
    ]}  # fmt: skip
    path = "/shipments/YT8800000000001/events"
    assert program.post(path, json=events).json() == {"new": 2}
    again = program.post(path, json=events)
    assert (again.status_code, again.json()) == (200, {"new": 0})
    now = program.get(f"/orders/{number.lower()}").json()
    assert (now["status"], now["delivered_at"]) == ("delivered", "2026-11-20T01:00:00+00:00")
    assert [one["status"] for one in now["shipments"][0]["events"]] == ["in_transit", "delivered"]
    with Shopper.of(karwan, owner.shop) as shopper:
        shopper.say(f"我的订单{number}到哪了")
        assert "签收" in str(shopper.say("1234"))


def test_an_order_is_changed_by_what_is_given(owner: Colleague, program: httpx.Client) -> None:
    order = an_order(status="paid")
    path = f"/orders/{order['order_number']}"
    program.post("/orders", json=order)
    changed = program.put(path, json={"status": "shipped", "tracking_number": "SF1234567890123"}).json()
    assert (changed["status"], changed["buyer_phone"]) == ("shipped", "13899991234")
    assert changed["shipments"][0]["carrier"] == "顺丰"  # by the shape of its number
    goods = [
        {"product": "无花果", "quantity": "1", "unit_price": 19.9},
        {"product": "杏干", "quantity": 2, "unit_price": 5},
    ]
    changed = program.put(path, json={"items": goods, "status": "paid", "shipments": []}).json()
    assert (changed["total"], changed["status"], changed["shipments"]) == ("29.90", "paid", [])
    assert program.put(path, json={}).json() == changed
    acts = [
        one["action"]
        for one in owner.get("/log")["items"]
        if one["subject"] == f"order {order['order_number']}"
    ]
    assert acts == ["change_order", "change_order", "add_order"]


WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"order_number": ""}, "missing", "order_number"),
    ({"order_number": "2.02611E+13"}, "mangled", "order_number"),
    ({"order_number": "<b>"}, "bad_number", "order_number"),
    ({"ordered_at": "昨天"}, "bad_time", "ordered_at"),
    ({"ordered_at": "2026-02-30 10:00"}, "bad_time", "ordered_at"),
    ({"status": "lost"}, "bad_status", "status"),
    ({"buyer_phone": "12"}, "bad_phone", "buyer_phone"),
    ({"quantity": 0}, "bad_quantity", "quantity"),
    ({"quantity": 1.5}, "bad_quantity", "quantity"),
    ({"unit_price": "-1"}, "bad_price", "unit_price"),
    ({"unit_price": "NaN"}, "bad_price", "unit_price"),
    ({"product": None}, "missing", "product"),
    ({"address": "x" * 301}, "too_long", "address"),
    ({"shipped_at": "2026-11-17"}, "before_order", "shipped_at"),
    ({"items": []}, "missing", "items"),
    ({"items": [{"product": "a", "quantity": 1, "unit_price": 1}] * 2}, "duplicate", "items"),
]


def test_what_cannot_be_taken_is_named(program: httpx.Client) -> None:
    for wrong, code, field in WRONG:
        answer = program.post("/orders", json=an_order(**wrong), headers={"Accept-Language": "ug"})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["field"]) == (422, code, field)
        assert error["message"][0] > "\u0600"  # told in the language asked for


def test_the_list_is_paged_and_searched(program: httpx.Client) -> None:
    for number in range(3):
        order = an_order(
            ordered_at=f"2099-01-0{number + 1} 00:00",
            buyer_name="فاتىمە",
            tracking_number=f"ZT00000000000{number}",
        )
        assert (
            program.post("/orders", json={**order, "buyer_phone": f"1377777000{number}"}).status_code == 201
        )
    first = program.get("/orders", params={"limit": 2}).json()
    second = program.get("/orders", params={"limit": 2, "after": first["next"]}).json()
    days = [one["ordered_at"][:10] for one in first["items"] + second["items"][:1]]
    assert days == ["2099-01-02", "2099-01-01", "2098-12-31"]  # midnight in China is the day before in UTC
    for words, count in (("فاتىمە", 3), ("0001", 1), ("zt000000000001", 1), ("20261101001031", 1), ("%", 0)):
        found = program.get("/orders", params={"search": words, "limit": 200}).json()["items"]
        assert len(found) >= count if words == "0001" else len(found) == count, words
    assert program.get("/orders", params={"status": "pending_payment"}).json()["items"]
    assert error_of(program.get("/orders", params={"after": "x"})) == "bad_cursor"


def test_a_key_opens_orders_alone_until_it_is_revoked(karwan: Karwan, owner: Colleague) -> None:
    word = owner.do("/keys", {"name": "another"}, status=201)["key"]
    program = functools.partial(_asked, f"{karwan.base}/api/v1", word)
    assert program("/orders").status_code == 200
    for path in ("/conversations", "/staff", "/keys", "/log", "/me"):
        assert program(path).status_code == 403
    assert program("/orders", **{"X-Shop": "demo"}).status_code == 404
    key = owner.get("/keys")["items"][0]
    assert (key["name"], key["used_at"] is None, "key" in key) == ("another", False, False)
    assert owner.http.delete(f"/keys/{key['id']}").status_code == 204
    assert program("/orders").status_code == 401
    assert key["id"] not in [one["id"] for one in owner.get("/keys")["items"]]
    acts = [one["action"] for one in owner.get("/log")["items"]][:2]
    assert acts == ["revoke_key", "make_key"]


def _asked(base: str, key: str, path: str, **headers: str) -> httpx.Response:
    return httpx.get(base + path, headers={"Authorization": f"Bearer {key}", **headers}, trust_env=False)


def test_only_a_hash_of_a_key_is_kept(karwan: Karwan, owner: Colleague) -> None:
    key = owner.do("/keys", {"name": "ERP"}, status=201)["key"]
    rows = karwan.sql("SELECT k::text FROM api_key k")
    assert all(key not in row[0] and key[7:] not in row[0] for row in rows)
    assert key not in karwan.log.read_text()


@pytest.fixture(scope="module")
def salted(karwan: Karwan, owner: Colleague) -> str:
    """The owner's shop, which kuaidi100 has a salt for."""
    asyncio.run(karwan.set_secret(owner.shop, "kuaidi100", SALT))
    return owner.shop


def test_kuaidi100_moves_an_order_on(karwan: Karwan, owner: Colleague, salted: str) -> None:
    order = an_order(tracking_number="YT9900000000001", order_number="K-100 1")
    owner.do("/orders", order, status=201)
    lines = [
        ("2026-11-20 09:00:00", "304", "【喀什市】已投柜签收"),
        ("2026-11-20 07:00:00", "501", "到达驿站"),
        ("2026-11-20 06:00:00", "5", "派件中"),
        ("2026-11-19 08:00:00", "1001", "到达喀什"),
        ("2026-11-18 20:00:00", "103", "已揽收"),
        ("2026-11-18 12:00:00", "101", "已下单"),
    ]
    for sent in (lines[2:], lines, lines, lines[3:]):  # twice, and a late one
        answer = send_push(karwan.base, owner.shop, a_push("YT9900000000001", *sent, state="3"))
        assert (answer.status_code, answer.json()["result"], answer.json()["returnCode"]) == (
            200,
            True,
            "200",
        )
    now = owner.get("/orders/K1001")
    assert (now["status"], now["delivered_at"]) == ("delivered", "2026-11-20T01:00:00+00:00")
    events = now["shipments"][0]["events"]
    assert [one["status"] for one in events] == [
        "accepted", "in_transit", "out_for_delivery", "at_pickup_point", "delivered",
    ]  # fmt: skip
    assert {one["place"] for one in events} == {"喀什地区"}


def test_kuaidi100_is_believed_only_with_its_signature(
    karwan: Karwan, owner: Colleague, salted: str, shop_slug: str
) -> None:
    owner.do("/orders", an_order(tracking_number="YT9900000000002", order_number="K1002"), status=201)
    param = a_push("YT9900000000002", ("2026-11-20 09:00:00", "3", "签收"))
    assert send_push(karwan.base, shop_slug, param, salt="").status_code == 403  # it has no salt
    for shop, text, salt, status, code in (
        (owner.shop, param, "another", 403, "403"),
        ("no-such-shop", param, SALT, 403, "403"),
        (owner.shop, "not json", SALT, 400, "400"),
        (owner.shop, "[]", SALT, 400, "400"),
        (owner.shop, a_push("NOBODY0000001"), SALT, 200, "200"),
        (
            owner.shop,
            a_push("NOBODY0000001", ("2026-11-20 09:00:00", "3", "")),
            SALT,
            200,
            "404",
        ),
    ):
        answer = send_push(karwan.base, shop, text, salt)
        assert (answer.status_code, answer.json()["returnCode"], answer.json()["result"]) == (
            status,
            code,
            code == "200",
        )
    assert owner.get("/orders/K1002")["status"] == "shipped"


def test_a_parcel_that_goes_back_waits_for_the_shops_word(
    karwan: Karwan, owner: Colleague, salted: str
) -> None:
    order = an_order(order_number="BACK1", tracking_number="YT9900000000003", freight="8.50")
    owner.do("/orders", order, status=201)
    lines = [("2026-11-22 09:00:00", "6", "退回中"), ("2026-11-21 09:00:00", "14", "拒签")]
    for _ in range(2):
        assert send_push(karwan.base, owner.shop, a_push("YT9900000000003", *lines, state="6")).json()[
            "result"
        ]
    assert owner.get("/orders/BACK1")["status"] == "shipped"
    rows = karwan.sql(
        """SELECT r.kind, r.status, r.amount FROM return_request r JOIN "order" o ON o.id = r.order_id
           WHERE o.order_number = 'BACK1' AND o.shop_id = (SELECT id FROM shop WHERE slug = %s)""",
        owner.shop,
    )  # fmt: skip
    assert [(row[0], row[1], str(row[2])) for row in rows] == [("return_", "requested", "88.30")]
