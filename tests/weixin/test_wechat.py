"""The official account against a peer that speaks its protocol: answers in place, the service API, events."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.channels.weixin import incoming
from tests.instance import Karwan, until
from tests.peers.wechat import Push, WeChatPeer
from tests.system.processes import pid_of

ROWS = """
    SELECT m.sender, m.text, m.title, m.status FROM message m JOIN conversation c ON c.id = m.conversation_id
    JOIN contact_inbox i ON i.id = c.contact_inbox_id WHERE i.external_id = %s ORDER BY m.seq
"""


@contextmanager
def stopped(karwan: Karwan, part: str) -> Iterator[None]:
    """The process hangs; it goes on at the end."""
    pid = pid_of(karwan, part)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def written(karwan: Karwan, user: str) -> list[str]:
    return [text for sender, text, *_ in karwan.sql(ROWS, user) if sender == "shopper"]


def ways(peer: WeChatPeer, user: str) -> list[str]:
    return [shown.way for shown in peer.phones[user].seen]


def test_answered_in_place(karwan: Karwan, wechat: WeChatPeer) -> None:
    push = next(push for push in (wechat.say("o-place", "运费多少钱？") for _ in range(5)) if push.reply)
    assert push.status == [200]
    assert push.body.startswith(b"<xml><Encrypt>")
    bot = [row for row in karwan.sql(ROWS, "o-place") if row[0] == "bot"]
    assert len(bot) >= 2
    states = "SELECT DISTINCT d.status FROM delivery d JOIN contact_inbox i ON i.external_id = %s"
    states += " JOIN conversation c ON c.contact_inbox_id = i.id AND c.id = d.conversation_id"
    until(lambda: karwan.sql(states, "o-place") == [("sent",)], 10, "marked as sent")


def test_answered_in_uyghur(wechat: WeChatPeer) -> None:
    assert "ماشىنا ئادەم" in wechat.hears("o-ug", "توشۇش ھەققى قانچە؟")


def test_an_account_that_is_not_verified(plain: WeChatPeer) -> None:
    assert plain.say("o-plain", "你好").reply
    assert plain.say("o-plain", "怎么退货").reply
    assert plain.calls == {}  # nothing was called: it may not


def test_the_same_message_again(karwan: Karwan, wechat: WeChatPeer) -> None:
    """The platform asks again when it did not get our answer: it gets the same, and nothing runs twice."""
    first = wechat.say("o-again", "运费多少钱？", "777000777000777001")
    wechat.answer("o-again", first)
    second = wechat.say("o-again", "运费多少钱？", "777000777000777001")
    assert first.body == b"success" or first.reply == second.reply
    assert written(karwan, "o-again") == ["运费多少钱？"]


def test_the_same_message_twice_at_once(karwan: Karwan, wechat: WeChatPeer) -> None:
    async def both() -> list[Push]:
        fields = {"MsgType": "text", "Content": "你好", "MsgId": "777000777000777002"}
        return list(await asyncio.gather(*(wechat.push("o-twice", fields) for _ in range(3))))

    pushes = wechat.run(both())
    assert len({push.reply for push in pushes if push.reply}) <= 1
    assert written(karwan, "o-twice") == ["你好"]


def test_messages_are_answered_in_their_order(karwan: Karwan, wechat: WeChatPeer) -> None:
    async def several() -> None:
        await asyncio.gather(*(wechat.text("o-order", f"你好 {n}") for n in range(5)))

    wechat.run(several())
    order = "SELECT d.status, d.seq FROM delivery d JOIN conversation c ON c.id = d.conversation_id"
    order += " JOIN contact_inbox i ON i.id = c.contact_inbox_id WHERE i.external_id = %s ORDER BY d.seq"
    until(lambda: {row[0] for row in karwan.sql(order, "o-order")} == {"sent"}, 20, "all out")
    said = [row[1] for row in karwan.sql(ROWS, "o-order") if row[0] == "bot"]
    assert "\n\n".join(wechat.phones["o-order"].texts) == "\n\n".join(said)


def test_a_late_answer_comes_by_the_service_api(karwan: Karwan, wechat: WeChatPeer) -> None:
    with stopped(karwan, "engine"):
        push = wechat.say("o-late", "你们那个能不能那个一下")
    assert (push.status, push.body) == ([200], b"success")
    assert wechat.phones["o-late"].typing == 1
    wechat.phones.until("o-late", 2)
    assert set(ways(wechat, "o-late")) == {"api"}
    menus = [shown.menu for shown in wechat.phones["o-late"].seen if shown.menu]
    assert menus
    identity, words = menus[-1][-1]
    assert wechat.hears("o-late", words, bizmsgmenuid=identity)  # a menu's choice comes back with its id
    pressed = [(text, title) for sender, text, title, _ in karwan.sql(ROWS, "o-late") if sender == "shopper"]
    assert pressed[-1] == ("/talk_to_human", words)


def test_a_copy_that_comes_late_is_not_given_the_answer(karwan: Karwan, wechat: WeChatPeer) -> None:
    """The platform has had its `success`: it need not show what a copy is answered."""
    fields = {"MsgType": "text", "Content": "运费多少钱？", "MsgId": "777000777000777003"}
    with stopped(karwan, "engine"):
        push = wechat.say("o-copy", fields["Content"], fields["MsgId"])
        assert push.body == b"success"
        copy = wechat.soon(wechat.again("o-copy", fields))
        time.sleep(0.5)  # it is there before the answer
    copy.result(30)
    wechat.phones.until("o-copy", 2)
    assert set(ways(wechat, "o-copy")) == {"api"}


def test_choices_by_number_or_words(karwan: Karwan, plain: WeChatPeer) -> None:
    lines = plain.hears("o-number", "你们那个能不能那个一下").splitlines()
    assert lines[-1] == "（回复数字即可）"
    number, words = lines[-2].split(" ", 1)
    assert plain.hears("o-number", number)
    assert [row[1:3] for row in karwan.sql(ROWS, "o-number") if row[0] == "shopper"][-1] == (
        "/talk_to_human",
        words,
    )
    plain.say("o-number", number)  # there is no choice now: a number is a number
    assert written(karwan, "o-number")[-1] == number


def test_not_verified_and_late_the_platform_asks_again(karwan: Karwan, plain: WeChatPeer) -> None:
    future = plain.soon(plain.text("o-slow", "运费多少钱？"))
    with stopped(karwan, "engine"):
        time.sleep(6)  # the first try has gone by
    push = future.result(30)
    assert push.status[0] == 0
    assert push.status[-1] == 200
    assert push.reply
    assert written(karwan, "o-slow") == ["运费多少钱？"]
    assert plain.phones["o-slow"].faults == 0


def test_not_verified_and_very_late_the_shopper_asks(karwan: Karwan, plain: WeChatPeer) -> None:
    with stopped(karwan, "engine"):
        push = plain.say("o-later", "توشۇش ھەققى قانچە؟")
        assert push.status == [0, 0, 200]
        assert push.reply
        assert "回复“1”" in push.reply
    pending = "SELECT count(*) FROM message WHERE status = 'pending'"
    until(lambda: karwan.sql(pending) == [(0,)], 30, "answered")
    push = plain.say("o-later", "1")
    assert push.reply
    assert "ماشىنا ئادەم" in push.reply
    assert written(karwan, "o-later") == ["توشۇش ھەققى قانچە؟"]
    assert plain.phones["o-later"].faults == 0


def test_events(karwan: Karwan, wechat: WeChatPeer) -> None:
    assert wechat.answer("o-event", wechat.do("o-event", "subscribe")) == incoming.WELCOME["zh"]
    assert wechat.answer("o-event", wechat.do("o-event", "CLICK", "运费多少钱？"))
    assert wechat.do("o-event", "SCAN", "door").status == [200]
    for name in ("VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "something_new"):
        assert wechat.do("o-event", name, "x").body == b"success"
    assert written(karwan, "o-event") == ["运费多少钱？"]
    blocked = "SELECT blocked_at IS NOT NULL FROM contact_inbox WHERE external_id = 'o-event'"
    assert wechat.do("o-event", "unsubscribe").body == b"success"
    assert karwan.sql(blocked) == [(True,)]
    assert wechat.do("o-event", "subscribe").status == [200]
    assert karwan.sql(blocked) == [(False,)]


def test_a_person_has_the_conversation(karwan: Karwan, wechat: WeChatPeer) -> None:
    wechat.say("o-human", "你好")
    karwan.sql(
        "UPDATE conversation c SET mode = 'human', epoch = epoch + 1 FROM contact_inbox i"
        " WHERE i.id = c.contact_inbox_id AND i.external_id = 'o-human'"
    )
    push = wechat.say("o-human", "在吗")
    assert push.body == b"success"


def test_voice_with_its_words(karwan: Karwan, wechat: WeChatPeer) -> None:
    voice = {"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "运费多少钱？"}
    assert wechat.answer("o-voice", wechat.run(wechat.message("o-voice", **voice)))
    assert written(karwan, "o-voice") == ["运费多少钱？"]
