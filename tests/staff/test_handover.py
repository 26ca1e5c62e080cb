"""Why a person is called, what they are told, and what the shopper is told."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shop.database import now
from shop.moments import CHINA
from shop.service import WEEKDAYS
from tests.instance import Karwan, until
from tests.shopper import Shopper
from tests.staff.people import Colleague

CALL_ME = '/inform{"about": "callback"}'


def set_service(karwan: Karwan, shop: str, **service: Any) -> None:
    statement = (
        "UPDATE shop SET settings = settings || jsonb_build_object('service', %s::jsonb) WHERE slug = %s"
    )
    karwan.sql(statement, json.dumps(service), shop)


def closed_now() -> dict[str, Any]:
    """Hours of a shop that opens tomorrow at this day's name's next, and is shut now."""
    tomorrow = WEEKDAYS[(now().astimezone(CHINA) + timedelta(days=1)).weekday()]
    return {"week": {tomorrow: [["10:00", "22:00"]]}}


def handover(agent: Colleague, shopper: Shopper) -> dict[str, Any]:
    """The open one, when it has been made ready."""

    def ready() -> Any:
        found = agent.look(shopper.conversation)["handover"]
        return found and found["summary"] and "turns" in found["summary"] and found

    until(ready, 20, "the handover is ready")
    opened: dict[str, Any] = ready()
    return opened


@pytest.mark.parametrize(
    "language, words, said",
    [
        ("zh", "转人工", "已经为您转给人工客服"),
        ("zh", "我要跟真人说话，别让机器回我", "已经为您转给人工客服"),
        ("zh", "让你们老板来跟我说", "已经为您转给人工客服"),
        ("ug", "ئادەم بىلەن سۆزلەشمەكچىمەن", "مۇلازىمەتچىگە ئۇلاپ قويدۇم"),
        ("ug", "مۇلازىمەتچى بارمۇ، چاقىرىپ بېرىڭ", "مۇلازىمەتچىگە ئۇلاپ قويدۇم"),
        ("ug", "adem bilen sozlishey", "مۇلازىمەتچىگە ئۇلاپ قويدۇم"),
    ],
)
def test_a_person_is_called_in_any_words(
    karwan: Karwan, shop_slug: str, agent: Colleague, language: str, words: str, said: str
) -> None:
    with Shopper.of(karwan, shop_slug, language) as shopper:
        answer = shopper.say(words)
        assert answer["mode"] == "queued"
        assert any(said in one["text"] for one in answer["messages"])
        assert handover(agent, shopper)["reason"] == "asked"


def test_the_summary_of_a_task_in_hand(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("我要退货，订单20261101001031")
        shopper.say("5702")
        shopper.say("转人工")
        opened = agent.look(shopper.conversation)
        summary = handover(agent, shopper)["summary"]
        assert (summary["wants"], summary["order"]) == ("return_request", "20261101001031")
        assert summary["turns"] == 3
        assert opened["orders"][0]["address"].endswith("…")
        assert "*" in opened["shopper"]["customers"][0]["phone"]
        assert agent.on(shopper.conversation, "unmask")["shopper"]["customers"][0]["phone"].endswith("5702")


def test_how_many_are_ahead_is_told(karwan: Karwan, shop_slug: str) -> None:
    with Shopper.of(karwan, shop_slug) as first, Shopper.of(karwan, shop_slug) as second:
        assert not any("前面" in one["text"] for one in first.say("转人工")["messages"])
        assert any("您前面还有1位在等" in one["text"] for one in second.say("转人工")["messages"])


def test_outside_hours_it_says_when_and_takes_a_number(
    karwan: Karwan, shop_slug: str, agent: Colleague
) -> None:
    set_service(karwan, shop_slug, hours=closed_now())
    with Shopper.of(karwan, shop_slug) as shopper:
        answer = shopper.say("转人工")
        told = answer["messages"][-1]
        assert "北京时间" in told["text"]
        assert "10:00上班" in told["text"]
        assert [button["payload"] for button in told["buttons"]] == [CALL_ME]
        assert "手机号" in shopper.say(CALL_ME)["messages"][-1]["text"]
        assert "记下了" in shopper.say("13812345678，下午三点以后")["messages"][-1]["text"]
        found = handover(agent, shopper)
        assert found["reason"] == "after_hours"
        assert found["callback"] == {"phone": "138****5678", "when": "138****5678，下午三点以后"}
        assert found["reply_due_at"] > (now() + timedelta(hours=1)).isoformat()
        whole = agent.on(shopper.conversation, "unmask")["handover"]["callback"]
        assert whole["phone"] == "13812345678"
        assert len(agent.look(shopper.conversation)["handovers"]) == 1


def test_outside_hours_in_uyghur(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    set_service(karwan, shop_slug, hours=closed_now())
    with Shopper.of(karwan, shop_slug, "ug") as shopper:
        told = shopper.say("ئادەم بىلەن سۆزلىشىمەن")["messages"][-1]
        assert "بېيجىڭ ۋاقتى سائەت 10:00" in told["text"]
        assert told["buttons"][0]["title"] == "ماڭا تېلېفون قىلىڭ"
        shopper.say("ئەتە سائەت 10 دا، 13800138000")  # another number before the phone's
        assert handover(agent, shopper)["callback"]["phone"] == "138****8000"


def test_a_high_amount_is_a_persons_matter(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    set_service(karwan, shop_slug, person_from=1)
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("取消订单20261101001005")
        answer = shopper.say("6612")
        assert answer["mode"] == "queued"
        assert any("金额较大" in one["text"] for one in answer["messages"])
        assert handover(agent, shopper)["reason"] == "amount"
        done = "SELECT 1 FROM operation o JOIN shop s ON s.id = o.shop_id WHERE s.slug = %s"
        assert karwan.sql(done, shop_slug) == []


def _felt(karwan: Karwan, shop: str, emotion: str | None, intensity: float | None, **metadata: Any) -> str:
    """What the actions make of a message felt so, as the engine would ask them."""
    (shop_id,) = karwan.sql("SELECT id FROM shop WHERE slug = %s", shop)[0]
    contact = karwan.sql("SELECT id FROM contact WHERE shop_id = %s", shop_id)[0][0]
    about = {"shop": shop_id, "contact": str(contact), "turn": "1", "conversation": "x", **metadata}
    message = {
        "text": "你们太过分了",
        "intent": {"name": "complaint", "confidence": 0.9},
        "entities": [],
        "emotion": emotion,
        "intensity": intensity,
        "metadata": about,
    }
    call = {
        "next_action": "action_answer",
        "sender_id": "x",
        "tracker": {
            "sender_id": "x",
            "slots": {"language": "zh", "introduced": True},
            "latest_message": message,
            "events": [],
            "active_loop": {},
        },
    }
    headers = {"Authorization": f"Bearer {karwan.engine_secret}"}
    answer = httpx.post(f"{karwan.base}/actions", json=call, headers=headers, trust_env=False, timeout=20)
    assert answer.status_code == 200, answer.text
    wishes = [one["custom"]["handover"] for one in answer.json()["responses"] if one.get("custom")]
    return str(wishes[0]["reason"]) if wishes else ""


@pytest.mark.parametrize(
    "emotion, intensity, anger, mode, reason",
    [
        ("angry", 0.9, 0, "bot", "anger"),
        ("angry", 0.4, 0, "bot", ""),  # once, and not very
        ("angry", 0.4, 1, "bot", "anger"),  # twice in a row
        ("angry", 0.9, 3, "queued", ""),  # somebody is coming
        ("disappointed", 0.9, 0, "bot", ""),
        (None, None, 0, "bot", ""),  # not felt at all
        ("angry", None, 0, "bot", ""),
    ],
)
def test_anger_calls_a_person(
    karwan: Karwan,
    shop_slug: str,
    emotion: str | None,
    intensity: float | None,
    anger: int,
    mode: str,
    reason: str,
) -> None:
    with Shopper.of(karwan, shop_slug):
        assert _felt(karwan, shop_slug, emotion, intensity, anger=anger, mode=mode) == reason


def test_a_rating_by_one_tap_and_a_word(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        agent.say(shopper.conversation, "办好了")
        agent.on(shopper.conversation, "close", {"result": "solved"})
        asked = shopper.messages()[-1]
        assert "满意" in asked["text"]
        assert [button["title"][0] for button in asked["buttons"]] == ["5", "4", "3", "2", "1"]
        tapped = shopper.say(asked["buttons"][1]["payload"])
        assert (tapped["mode"], len(tapped["messages"])) == ("closed", 1)
        assert shopper.say("评价：很快，谢谢")["mode"] == "closed"
        rated = agent.look(shopper.conversation)["rating"]
        assert (rated["score"], rated["words"]) == (4, "很快，谢谢")
        shopper.say(asked["buttons"][4]["payload"])  # they think again
        rows = karwan.sql(
            "SELECT score, words, staff_id FROM rating WHERE conversation_id = %s", shopper.conversation
        )
        assert rows == [(1, "很快，谢谢", agent.id)]
        assert shopper.say("你好")["mode"] == "bot"


def test_a_rating_nobody_asked_for_is_none(karwan: Karwan, shop_slug: str) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say('/rate{"score": 5, "closing": 0}')
        rows = karwan.sql("SELECT 1 FROM rating WHERE conversation_id = %s", shopper.conversation)
        assert rows == []


def test_the_failure_of_a_turn_has_a_summary_too(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("我要退货")
        karwan.sql(
            "INSERT INTO handover (conversation_id, reason) VALUES (%s, 'failed')", shopper.conversation
        )
        assert handover(agent, shopper)["summary"]["wants"] == "return_request"
