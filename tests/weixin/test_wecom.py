"""WeCom customer service against a peer: a ring, then fetching; sessions, menus, welcome, failed sends."""

import asyncio
import time

from bot.channels.weixin import incoming
from tests.instance import Karwan, until
from tests.peers import wecom as kf
from tests.peers.base import Trouble
from tests.peers.wecom import WecomPeer

ROWS = """
    SELECT m.sender, m.text, m.title, m.status FROM message m JOIN conversation c ON c.id = m.conversation_id
    JOIN contact_inbox i ON i.id = c.contact_inbox_id WHERE i.external_id = %s ORDER BY m.seq
"""


def rows(karwan: Karwan, user: str, sender: str = "shopper") -> list[tuple[str, str | None]]:
    return [(text, title) for who, text, title, _ in karwan.sql(ROWS, user) if who == sender]


def said(karwan: Karwan, user: str) -> list[str]:
    return [text for text, _ in rows(karwan, user, "bot")]


def test_a_message_is_answered(karwan: Karwan, wecom: WecomPeer) -> None:
    ack = wecom.say("u-one", "运费多少钱？")
    assert ack.status == [200]
    texts = wecom.phones.until("u-one", 2)
    assert "机器人" in texts[0]
    assert said(karwan, "u-one") == texts
    assert wecom.phones["u-one"].state == kf.BOT


def test_in_uyghur(wecom: WecomPeer) -> None:
    wecom.say("u-ug", "توشۇش ھەققى قانچە؟")
    assert "ماشىنا ئادەم" in wecom.phones.until("u-ug", 2)[0]


def test_everything_that_waits_is_fetched(karwan: Karwan, wecom: WecomPeer) -> None:
    """One ring for many messages, in pages of two; the cursor goes on from where it was."""
    wecom.page = 2
    for n in range(7):
        wecom.add("u-many", "text", {"content": f"你好 {n}"})
    wecom.notify()
    until(lambda: len(rows(karwan, "u-many")) == 7, 20, "all fetched")
    assert [text for text, _ in rows(karwan, "u-many")] == [f"你好 {n}" for n in range(7)]
    until(lambda: wecom.cursors[-1] == "6", 10, "fetched to the end")
    wecom.say("u-many", "你好 7")
    until(lambda: len(rows(karwan, "u-many")) == 8, 20, "the next one")
    assert wecom.cursors[-1] == "7"


def test_rings_that_come_twice_and_together(karwan: Karwan, wecom: WecomPeer) -> None:
    wecom.add("u-twice", "text", {"content": "你好"}, "m-twice")
    wecom.add("u-twice", "text", {"content": "你好"}, "m-twice")
    wecom.run(wecom.push(times=6))
    until(lambda: len(said(karwan, "u-twice")) >= 1, 20, "answered")
    wecom.phones.until("u-twice", len(said(karwan, "u-twice")))
    wecom.notify()
    assert rows(karwan, "u-twice") == [("你好", None)]
    assert wecom.phones["u-twice"].texts == said(karwan, "u-twice")


def test_a_platform_that_fails_is_asked_again(karwan: Karwan, wecom: WecomPeer) -> None:
    wecom.fail(kf.SYNC, Trouble.error, Trouble.cut, Trouble.garbage, 45009, 42001, 95007)
    wecom.say("u-again", "你好")
    until(lambda: rows(karwan, "u-again") == [("你好", None)], 30, "fetched")


def test_a_menu_comes_back_as_the_choice(karwan: Karwan, wecom: WecomPeer) -> None:
    wecom.say("u-menu", "你们那个能不能那个一下")
    wecom.phones.until("u-menu", 2)
    menu = [shown.menu for shown in wecom.phones["u-menu"].seen if shown.menu][-1]
    identity, words = menu[-1]
    wecom.press("u-menu", identity, words)
    until(lambda: len(rows(karwan, "u-menu")) == 2, 20, "pressed")
    assert rows(karwan, "u-menu")[-1] == ("/talk_to_human", words)


def test_who_opens_the_conversation_is_welcomed_once(wecom: WecomPeer) -> None:
    wecom.enter("u-enter")
    assert wecom.phones.until("", 1) == [incoming.WELCOME["zh"]]
    wecom.notify()
    wecom.say("u-enter", "你好")
    wecom.phones.until("u-enter", 1)
    assert len(wecom.phones[""].seen) == 1


def test_history_is_not_answered(karwan: Karwan, wecom: WecomPeer) -> None:
    """What was written before the account was added was not written to us."""
    wecom.add("u-old", "text", {"content": "昨天的问题"}, age=86_400)
    wecom.say("u-new", "你好")
    wecom.phones.until("u-new", 1)
    assert rows(karwan, "u-old") == []


def test_a_session_that_left_us_comes_back(karwan: Karwan, wecom: WecomPeer) -> None:
    wecom.say("u-state", "你好")
    count = len(wecom.phones.until("u-state", 1))
    until(lambda: len(said(karwan, "u-state")) == len(wecom.phones["u-state"].seen), 20, "all out")
    count = len(wecom.phones["u-state"].seen)
    wecom.phones["u-state"].state = kf.FRESH
    wecom.say("u-state", "运费多少钱？")
    wecom.phones.until("u-state", count + 1)


def test_what_could_not_be_delivered_is_seen_by_staff(karwan: Karwan, wecom: WecomPeer) -> None:
    wecom.say("u-fail", "你好")
    wecom.phones.until("u-fail", 1)
    ids = "SELECT d.external_id FROM delivery d JOIN conversation c ON c.id = d.conversation_id"
    ids += (
        " JOIN contact_inbox i ON i.id = c.contact_inbox_id WHERE i.external_id = 'u-fail' AND d.status = %s"
    )
    until(lambda: karwan.sql(ids, "sent"), 10, "marked as sent")
    [(identity,), *_] = karwan.sql(ids, "sent")
    wecom.run(wecom.event("msg_send_fail", external_userid="u-fail", fail_msgid=identity, fail_type=10))
    until(lambda: (identity,) in karwan.sql(ids, "failed"), 20, "seen")


def test_other_kinds_get_a_word(karwan: Karwan, wecom: WecomPeer) -> None:
    for kind, content in {
        "location": {"latitude": 43.8, "longitude": 87.6, "name": "大巴扎", "address": "解放南路"},
        "video": {"media_id": "v"},
        "business_card": {"userid": "x"},
        "something_new": {},
    }.items():
        count = len(wecom.phones["u-kinds"].seen)
        wecom.run(wecom.message("u-kinds", kind, content))
        assert wecom.phones.until("u-kinds", count + 1)[-1]
    wecom.run(wecom.message("u-kinds", "link", {"title": "红枣", "url": "https://shop.example/1"}))
    until(lambda: rows(karwan, "u-kinds")[-1][0] == "红枣\nhttps://shop.example/1", 20, "a link is words")


def test_callbacks_are_acknowledged_at_once(wecom: WecomPeer) -> None:
    """Whatever fetching does: the platform's API hangs meanwhile."""
    wecom.fail(kf.SYNC, *[Trouble.hang] * 3)

    async def rings() -> list[kf.Ack]:
        return list(await asyncio.gather(*(wecom.push() for _ in range(10))))

    begun = time.monotonic()
    acks = wecom.run(rings())
    assert [ack.status for ack in acks] == [[200]] * 10
    assert time.monotonic() - begun < 5
