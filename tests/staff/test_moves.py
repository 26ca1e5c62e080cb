"""Who has a conversation: every change of hands, from outside."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.instance import Karwan, until
from tests.shopper import Shopper
from tests.staff.people import Colleague, error_of


def test_of_two_who_claim_at_once_one_gets_it(
    karwan: Karwan, shop_slug: str, agent: Colleague, owner: Colleague
) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            with Shopper.of(karwan, shop_slug) as shopper:
                path = f"/conversations/{shopper.conversation}/claim"
                answers = list(pool.map(lambda one, path=path: one.http.post(path), (agent, owner)))
                assert sorted(answer.status_code for answer in answers) == [200, 409]
                lost = next(answer for answer in answers if answer.status_code == 409)
                assert error_of(lost) == "taken"


def test_ones_own_claim_again_changes_nothing(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        first = agent.on(shopper.conversation, "claim")
        assert agent.on(shopper.conversation, "claim") == first


def test_the_way_of_a_conversation(
    karwan: Karwan, shop_slug: str, agent: Colleague, other_agent: Colleague
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        assert shopper.say("转人工")["mode"] == "queued"
        here = shopper.conversation
        assert [one["id"] for one in agent.get("/conversations?state=queued")["items"]] == [here]
        agent.on(here, "claim")
        quiet = shopper.say("在吗？")
        assert (quiet["mode"], quiet["messages"]) == ("human", [])
        assert other_agent.http.post(f"/conversations/{here}/close").status_code == 409
        agent.say(here, "在的，您说。")
        assert shopper.messages()[-1]["from"] == "staff"
        agent.on(here, "transfer", {"agent": other_agent.id})
        assert agent.http.post(f"/conversations/{here}/release").status_code == 409
        other_agent.on(here, "release", {"note": "已补发"})
        assert shopper.say("你好")["mode"] == "bot"
        other_agent.on(here, "close", {"result": "solved"})
        assert agent.look(here)["state"] == "closed"
        assert shopper.say("你好")["mode"] == "bot"
        assert agent.look(here)["state"] == "bot"


def test_the_first_reply_takes_the_conversation(
    karwan: Karwan, shop_slug: str, agent: Colleague, other_agent: Colleague
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        agent.say(shopper.conversation, "您好")
        opened = agent.look(shopper.conversation)
        assert (opened["state"], opened["owner"]["id"]) == ("human", agent.id)
        assert opened["handover"]["reason"] == "staff"
        assert opened["handover"]["first_reply_at"]
        other_agent.say(shopper.conversation, "您好", status=409)


def test_the_same_reply_twice_is_said_once(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        body = {"text": "您好", "client_id": "1"}
        first = agent.on(shopper.conversation, "messages", body, status=201)
        again = agent.on(shopper.conversation, "messages", body, status=201)
        assert again["seq"] == first["seq"]
        assert [one["text"] for one in shopper.messages()] == ["您好"]


def test_an_answer_to_what_is_out_of_date_is_held_back(
    karwan: Karwan, shop_slug: str, agent: Colleague
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        agent.on(shopper.conversation, "claim")
        shopper.post("第一句")
        seen = agent.look(shopper.conversation)["last_seq"]
        shopper.post("第二句")
        body = {"text": "好的", "client_id": "1", "seen": seen}
        refused = agent.http.post(f"/conversations/{shopper.conversation}/messages", json=body)
        assert (refused.status_code, error_of(refused)) == (409, "outdated")
        assert agent.say(shopper.conversation, "好的", seen=seen + 1)


@pytest.mark.parametrize("act", ["claim", "release", "requeue", "close"])
def test_nothing_is_done_under_another_epoch(
    karwan: Karwan, shop_slug: str, agent: Colleague, act: str
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        agent.on(shopper.conversation, "claim")
        agent.on(shopper.conversation, "release")
        if act != "claim":
            agent.on(shopper.conversation, "claim")
        now = agent.look(shopper.conversation)
        refused = agent.http.post(f"/conversations/{shopper.conversation}/{act}", json={"epoch": 1})
        assert (refused.status_code, error_of(refused)) == (409, "moved")
        after = agent.look(shopper.conversation)
        assert (after["state"], after["epoch"]) == (now["state"], now["epoch"])


def test_asking_twice_opens_one_handover(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("转人工")
        shopper.say("转人工")
        assert len(agent.look(shopper.conversation)["handovers"]) == 1


def test_a_release_makes_old_reasons_count_no_more(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("你们那个能不能那个一下")
        agent.on(shopper.conversation, "claim")
        agent.on(shopper.conversation, "release", {"note": "订单 20261101001014 已催"})
        # It would have been the second miss in a row.
        assert shopper.say("你们那个能不能那个一下")["mode"] == "bot"
        again = shopper.say("你们那个能不能那个一下")
        assert again["mode"] == "queued", shopper.messages()


def test_an_owner_may_pass_on_what_a_colleague_has(
    karwan: Karwan, shop_slug: str, agent: Colleague, other_agent: Colleague, owner: Colleague
) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        agent.on(shopper.conversation, "claim")
        refused = other_agent.http.post(
            f"/conversations/{shopper.conversation}/transfer", json={"agent": other_agent.id}
        )
        assert refused.status_code == 409
        owner.on(shopper.conversation, "transfer", {"agent": other_agent.id})
        assert agent.look(shopper.conversation)["owner"]["id"] == other_agent.id


def test_what_waits_at_a_closing_is_left_alone(karwan: Karwan, shop_slug: str, agent: Colleague) -> None:
    with Shopper.of(karwan, shop_slug) as shopper:
        shopper.say("你好")
        shopper.post("我的订单到哪了")
        agent.on(shopper.conversation, "close")
        until(
            lambda: (
                karwan.sql(
                    "SELECT 1 FROM message WHERE conversation_id = %s AND status = 'pending'",
                    shopper.conversation,
                )
                == []
            ),
            20,
        )
        assert agent.look(shopper.conversation)["state"] == "closed"
