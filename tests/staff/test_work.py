"""What agents do in an opened conversation, and the stream that tells of it."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.instance import Karwan
from tests.shopper import Shopper, events
from tests.staff.people import Colleague, error_of
from tests.web.test_images import picture

ORDER, DIGITS = "20261101001005", "6612"


@pytest.fixture
def proven(karwan: Karwan, shop_slug: str) -> Iterator[Shopper]:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say(f"订单{ORDER}到哪了")
        shopper.say(DIGITS)
        yield shopper


def until_heard(stream: Iterator[dict[str, str]], kind: str, conversation: str) -> tuple[str, dict[str, Any]]:
    """The number and the data of the next such change."""
    for event in stream:
        data = json.loads(event.get("data", "{}"))
        if data.get("kind") == kind and data["conversation"] == conversation:
            return event.get("id", ""), data
    raise AssertionError


def test_the_stream_goes_on_where_it_broke(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        here = shopper.conversation
        with agent.http.stream("GET", "/events") as stream:
            shopper.post("一")
            number, heard = until_heard(events(stream), "message", here)
            assert (heard["seq"], heard["from"]) == (1, "shopper")
        agent.on(here, "claim")
        agent.on(here, "notes", {"text": "回头客"}, status=201)
        shopper.post("二")
        with agent.http.stream("GET", "/events", headers={"Last-Event-ID": number or "0"}) as stream:
            missed = events(stream)
            _, state = until_heard(missed, "state", here)
            assert (state["mode"], state["owner"]) == ("human", agent.id)
            until_heard(missed, "note", here)
            _, heard = until_heard(missed, "message", here)
            assert heard["from"] == "shopper"


def test_colleagues_see_who_looks_and_types(
    karwan: Karwan, shop_slug: str, agent: Colleague, other_agent: Colleague
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper, other_agent.http.stream("GET", "/events") as stream:
        agent.on(shopper.conversation, "presence", {"typing": True})
        for event in events(stream):
            if event.get("event") == "presence":
                sign = json.loads(event["data"])
                break
        assert (sign["conversation"], sign["staff"]["id"], sign["typing"]) == (
            shopper.conversation,
            agent.id,
            True,
        )
        here = other_agent.on(shopper.conversation, "presence", {})["here"]
        assert agent.id in [one["staff_id"] for one in here]


def test_reading_is_remembered_and_never_goes_back(
    karwan: Karwan, shop_slug: str, agent: Colleague, other_agent: Colleague
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("你好")
        shopper.say("谢谢")

        def unread(one: Colleague) -> int:
            count: int = one.get("/conversations")["items"][0]["unread"]
            return count

        assert (unread(agent), unread(other_agent)) == (2, 2)
        last = agent.look(shopper.conversation)["last_seq"]
        assert agent.on(shopper.conversation, "read", {"seq": last + 100})["seq"] == last
        agent.on(shopper.conversation, "read", {"seq": 1})
        assert (unread(agent), unread(other_agent)) == (0, 2)


def test_notes_are_for_colleagues_alone(
    karwan: Karwan, shop_slug: str, agent: Colleague, other_agent: Colleague
) -> None:
    elsewhere = karwan.new_shop()
    with Shopper.of(karwan, shop_slug) as shopper, Colleague.hired(karwan, elsewhere) as stranger:
        body = {"text": "请看一下", "mentions": [other_agent.id]}
        agent.on(shopper.conversation, "notes", body, status=201)
        opened = other_agent.look(shopper.conversation)
        assert [(note["text"], note["mentions"]) for note in opened["notes"]] == [
            ("请看一下", [other_agent.id])
        ]
        assert shopper.messages() == []
        agent.on(shopper.conversation, "notes", {"text": "x", "mentions": [stranger.id]}, status=422)


def test_a_picture_is_seen_by_staff(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.show(picture(), wait=20)
        image = next(one["image"] for one in agent.look(shopper.conversation)["messages"] if one["image"])
        seen = agent.http.get(image.removeprefix("/api/v1"))
        assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")


def test_an_agent_cancels_an_order_once(
    karwan: Karwan, shop_slug: str, agent: Colleague, owner: Colleague, proven: Shopper
) -> None:
    path = f"orders/{ORDER}/cancel"
    first = agent.on(proven.conversation, path, {"key": "1"})
    assert agent.on(proven.conversation, path, {"key": "1"}) == first
    again = agent.http.post(f"/conversations/{proven.conversation}/{path}", json={"key": "2"})
    assert (again.status_code, error_of(again)) == (409, "already_cancelled")
    entry = next(one for one in owner.get("/log")["items"] if one["action"] == "cancel_order")
    assert entry["subject"] == f"order {ORDER}"


def test_an_agent_opens_and_approves_a_return(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("订单20261101001031到哪了")
        shopper.say("5702")
        base = "orders/20261101001031/returns"
        body = {"key": "1", "kind": "return", "reason": "坏了", "for_quality": True}
        request = agent.on(shopper.conversation, base, body, status=201)
        assert request["status"] == "requested"
        decision = f"{base}/{request['id']}/decision"
        approved = agent.on(shopper.conversation, decision, {"key": "2", "approve": True})
        assert approved["status"] == "approved"
        agent.on(shopper.conversation, decision, {"key": "3", "approve": False}, status=409)


@pytest.mark.parametrize("act, body", [("cancel", {}), ("returns", {"kind": "return", "reason": "x"})])
def test_only_what_this_shopper_has_proved(
    karwan: Karwan, shop_slug: str, agent: Colleague, act: str, body: dict[str, str]
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        agent.on(shopper.conversation, f"orders/{ORDER}/{act}", {"key": "1", **body}, status=404)


def test_searching(karwan: Karwan, shop_slug: str, agent: Colleague, proven: Shopper) -> None:
    word = uuid.uuid4().hex
    with Shopper.of(karwan, shop_slug) as other:
        other.post(f"有没有 {word}%")

        def found(words: str) -> list[str]:
            items = agent.get("/conversations", params={"search": words})["items"]
            return [one["id"] for one in items]

        assert found(ORDER) == [proven.conversation]
        assert found(word) == [other.conversation]
        assert found(f"{word}%") == [other.conversation]
        assert found(f"{word[:4]}_{word[5:]}") == []
        assert found(DIGITS)[:1] == [proven.conversation]


def test_ready_answers(agent: Colleague) -> None:
    body = {
        "shortcut": "/发货",
        "text": {"zh": "{name}您好，订单{order}已发货。", "ug": "زاكازىڭىز ئەۋەتىلدى."},
    }
    made = agent.do("/canned", body, status=201)
    assert made["shortcut"] == "发货"
    for wrong, status in (
        ({**body}, 409),
        ({"shortcut": "x", "text": {"zh": "{password}"}}, 422),
        ({"shortcut": "a b", "text": {"zh": "x"}}, 422),
        ({"shortcut": "y", "text": {"zh": " "}}, 422),
    ):
        assert agent.http.post("/canned", json=wrong).status_code == status
    assert [one["id"] for one in agent.get("/canned")["items"]] == [made["id"]]


def test_hours_are_the_owners_to_set(owner: Colleague, agent: Colleague) -> None:
    wanted = {"hours": {"week": {"mon": [["10:00", "20:00"]]}}, "first_reply_minutes": 5}
    assert owner.http.put("/service", json=wanted).json()["first_reply_minutes"] == 5
    assert agent.get("/service")["hours"]["week"] == {"mon": [["10:00", "20:00"]]}
    wrong = owner.http.put("/service", json={"hours": {"week": {"mon": [["10:00", "25:00"]]}}})
    assert (wrong.status_code, wrong.json()["error"]["field"]) == (422, "hours.week.mon.0.1")
