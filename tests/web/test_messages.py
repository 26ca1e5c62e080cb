"""Sessions, messages, replies, events: what a client of the web channel relies on."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import httpx
import pytest

from tests.instance import Karwan
from tests.shopper import Shopper, events


def test_a_session_has_a_token_and_a_conversation(karwan: Karwan, shop_slug: str) -> None:
    for body in ({"language": "ug"}, {}, None):
        response = httpx.post(f"{karwan.base}/channels/web/{shop_slug}/sessions", json=body, trust_env=False)
        assert response.status_code == 201
        assert set(response.json()) == {"token", "conversation"}
        assert uuid.UUID(response.json()["conversation"])


def test_a_message_is_taken_at_once_and_answered_later(shopper: Shopper) -> None:
    response = shopper.post("你好", message_id="one")
    assert response.status_code == 202
    assert set(response.json()) == {"seq"}
    answer = shopper.say("你好", message_id="one")
    assert answer["mode"] == "bot"
    assert answer["language"] == "zh"
    assert [message["from"] for message in answer["messages"]] == ["bot"] * len(answer["messages"])
    assert set(answer["messages"][0]) == {"seq", "from", "text", "buttons"}


def test_the_answer_is_in_the_language_of_the_message(karwan: Karwan, shop_slug: str) -> None:
    with Shopper.of(karwan, shop_slug, "ug") as shopper:
        assert shopper.say("ياخشىمۇسىز")["language"] == "ug"
        assert shopper.say("你好")["language"] == "zh"


def test_the_same_message_again_runs_nothing_twice(karwan: Karwan, shopper: Shopper) -> None:
    first = shopper.say("什么时候发货？", message_id="same")
    assert shopper.say("什么时候发货？", message_id="same") == first
    assert shopper.say("别的内容", message_id="same") == first
    kinds = [message["from"] for message in shopper.messages()]
    assert kinds == ["shopper"] + ["bot"] * len(first["messages"])


def test_the_same_message_many_times_at_once(karwan: Karwan, shopper: Shopper) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shopper.say("你好", message_id="same"), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["messages"]
    assert [message["from"] for message in shopper.messages()].count("shopper") == 1


def test_one_id_is_one_message_only_within_its_conversation(karwan: Karwan, shop_slug: str) -> None:
    with Shopper.of(karwan, shop_slug) as one, Shopper.of(karwan, shop_slug) as other:
        assert one.say("你好", message_id="id")["messages"]
        assert other.say("你好", message_id="id")["messages"]


def test_replies_come_in_the_order_of_the_messages(shopper: Shopper) -> None:
    sent = [shopper.post(f"你好 {n}", message_id=f"m{n}").json()["seq"] for n in range(12)]
    assert sent == sorted(sent)
    first_replies = [shopper.say(f"你好 {n}", message_id=f"m{n}")["messages"][0]["seq"] for n in range(12)]
    assert first_replies == sorted(first_replies)
    seqs = [message["seq"] for message in shopper.messages()]
    assert seqs == sorted(set(seqs))


def test_a_pressed_button_sends_its_payload_and_keeps_its_title(shopper: Shopper) -> None:
    assert shopper.post("/talk_to_human", title="转人工", wait=40).json()["mode"] == "queued"
    assert shopper.messages()[0]["title"] == "转人工"
    answer = shopper.say("你好")  # while nobody has come, the bot goes on
    assert answer["mode"] == "queued"
    assert answer["messages"]


def test_a_person_has_the_conversation(karwan: Karwan, shopper: Shopper) -> None:
    shopper.say("你好")
    karwan.sql("UPDATE conversation SET mode = 'human' WHERE id = %s", shopper.conversation)
    answer = shopper.say("在吗", message_id="to a person")
    assert (answer["messages"], answer["mode"]) == ([], "human")
    assert karwan.sql("SELECT status FROM message WHERE external_id = 'to a person'") == [("done",)]
    karwan.sql("UPDATE conversation SET mode = 'bot' WHERE id = %s", shopper.conversation)
    assert shopper.say("在吗", message_id="to a person")["messages"] == []  # it was the person's
    assert shopper.say("你好")["messages"]


def test_a_closed_conversation_opens_again(karwan: Karwan, shopper: Shopper) -> None:
    karwan.sql("UPDATE conversation SET mode = 'closed' WHERE id = %s", shopper.conversation)
    answer = shopper.say("你好")
    assert answer["mode"] == "bot"
    assert answer["messages"]


def test_reading_by_number(karwan: Karwan, shopper: Shopper) -> None:
    shopper.say("你好", message_id="mine")
    everything = shopper.messages()
    assert everything[0] | {"at": ""} == {
        "seq": 1, "from": "shopper", "text": "你好", "buttons": [], "title": None, "language": "zh",
        "message_id": "mine", "image": None, "at": "",
    }  # fmt: skip
    assert shopper.messages(after=1) == everything[1:]
    assert shopper.messages(after=everything[-1]["seq"]) == []


def test_long_conversations_are_read_in_pages(karwan: Karwan, shopper: Shopper) -> None:
    karwan.sql(
        "INSERT INTO message (conversation_id, seq, sender, text, language, status, attempts)"
        " SELECT %s, n, 'bot', n::text, 'zh', 'done', 0 FROM generate_series(1, 450) n",
        shopper.conversation,
    )
    read, after = [], 0
    while page := shopper.messages(after):
        assert len(page) <= 200
        read += [message["seq"] for message in page]
        after = page[-1]["seq"]
    assert read == list(range(1, 451))
    with shopper.http.stream("GET", "/events") as stream:
        numbers = (int(event["id"]) for event in events(stream) if event["event"] == "message")
        assert list(islice(numbers, 450)) == read


def test_events_bring_what_is_written_and_answered(shopper: Shopper) -> None:
    with shopper.http.stream("GET", "/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        coming = events(stream)
        assert json.loads(next(coming)["data"]) == {"mode": "bot", "language": "zh"}
        shopper.post("你好", message_id="mine")
        own = next(coming)
        assert (own["event"], json.loads(own["data"])["message_id"]) == ("message", "mine")
        kinds = [event["event"] for event in islice(coming, 2)]
        assert "message" in kinds
        assert set(kinds) <= {"typing", "message"}


@pytest.mark.parametrize("by_header", [True, False])
def test_events_go_on_where_they_broke_off(shopper: Shopper, by_header: bool) -> None:
    shopper.say("你好")
    shopper.say("什么时候发货？")
    everything = shopper.messages()
    seen = everything[1]["seq"]
    headers = {"Last-Event-ID": str(seen)} if by_header else {}
    with shopper.http.stream(
        "GET", "/events", params={} if by_header else {"after": seen}, headers=headers
    ) as stream:
        coming = (json.loads(event["data"]) for event in events(stream) if event["event"] == "message")
        assert list(islice(coming, len(everything) - 2)) == everything[2:]


@pytest.mark.parametrize("header", ["²", "9" * 5000, "-1", "x", "1e3"])
def test_an_odd_last_event_id_is_not_an_error(shopper: Shopper, header: str) -> None:
    with shopper.http.stream(
        "GET", "/events", headers={b"Last-Event-ID": header.encode("latin-1")}
    ) as stream:
        assert stream.status_code == 200
        assert next(events(stream))["event"] == "mode"


def test_streams_end_for_us_when_their_readers_go(karwan: Karwan, shopper: Shopper) -> None:
    """Twenty at once are allowed, and twenty more after them: those that were left do not count."""
    for _ in range(25):
        with shopper.http.stream("GET", "/events") as stream:
            assert next(events(stream))["event"] == "mode"
