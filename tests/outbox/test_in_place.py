"""Replies that a callback's own answer carries: in order, each once, and never beside the outbox."""

import uuid

import pytest

from bot import notices
from bot.channels.seam import BudgetSpent
from bot.channels.split import split, utf8
from bot.channels.weixin.in_place import LIMIT, Busy, InPlace
from bot.models import Contact, ContactInbox, Conversation, Sender
from bot.outgoing import post
from shop.database import transaction
from tests.outbox.conftest import Desk

BUTTONS = [{"title": "查物流", "payload": "/track_parcel"}, {"title": "转人工", "payload": "/talk_to_human"}]
LONG = "这是很长的一段话，讲运费怎么算。" * 60  # 2,880 bytes


def in_place(desk: Desk, *, all_there_is: bool = False) -> InPlace:
    return InPlace(desk.sessions, lambda text: split(text, 1600, utf8), all_there_is=all_there_is)


CHARACTERS = 534  # of this text are what fits into the 1,600 bytes of a part


async def conversation(desk: Desk, *texts: str, buttons: bool = False) -> uuid.UUID:
    """A conversation in which the bot has just said these."""
    desk.channel.limit = CHARACTERS
    async with transaction(desk.sessions) as session:
        contact = Contact(shop_id=desk.account.shop_id)
        session.add(contact)
        await session.flush()
        inbox = ContactInbox(
            contact_id=contact.id, channel_account_id=desk.account.id, external_id=uuid.uuid4().hex
        )
        session.add(inbox)
        await session.flush()
        row = Conversation(
            shop_id=desk.account.shop_id,
            contact_id=contact.id,
            contact_inbox_id=inbox.id,
            account_id=desk.account.id,
        )
        session.add(row)
        await session.flush()
        for text in texts:
            choices = BUTTONS if buttons and text == texts[-1] else None
            await post(session, row.id, sender=Sender.bot, words=text, language="zh", buttons=choices)
    return row.id


async def test_all_in_one(desk: Desk) -> None:
    told = await conversation(desk, "您好", "要做什么？", buttons=True)
    given = await in_place(desk).take(told, "m1")
    assert given is not None
    assert given.words == "您好\n\n要做什么？\n\n1 查物流\n2 转人工\n（回复数字即可）"
    await given.sent()
    assert await desk.states() == [("sent", None)] * 2
    await desk.outbox.deliver(told)
    assert desk.channel.tried == []


async def test_nothing_to_say(desk: Desk) -> None:
    assert await in_place(desk).take(await conversation(desk), "m1") is None


async def test_the_same_callback_gets_the_same(desk: Desk) -> None:
    told = await conversation(desk, "您好")
    for _ in range(3):  # also while the first answer is on its way
        given = await in_place(desk).take(told, "m1")
        assert given is not None
        assert given.words == "您好"
    await given.sent()
    given = await in_place(desk).take(told, "m1")
    assert given is not None
    assert given.words == "您好"
    assert await in_place(desk).take(told, "m2") is None


async def test_nothing_overtakes_what_is_on_its_way(desk: Desk) -> None:
    told = await conversation(desk, "您好")
    given = await in_place(desk).take(told, "m1")
    async with transaction(desk.sessions) as session:
        await post(session, told, sender=Sender.bot, words="第二条", language="zh")
    with pytest.raises(Busy):
        await in_place(desk).take(told, "m2")
    await desk.outbox.deliver(told)
    assert desk.channel.tried == []
    assert given is not None
    await given.sent()
    await desk.outbox.deliver(told)
    assert await desk.texts() == ["第二条"]


async def test_a_claim_that_nobody_ends_runs_out(desk: Desk) -> None:
    """The process died: the outbox sends it, and counts that it may come twice; the callback is too late."""
    told = await conversation(desk, "您好")
    assert await in_place(desk).take(told, "m1")
    await desk.due()
    await desk.outbox.deliver(told)
    assert await desk.texts() == ["您好"]
    assert await desk.rows("SELECT doubts FROM delivery") == [(1,)]
    assert await in_place(desk).take(told, "m1") is None


async def test_a_long_answer_goes_on_by_the_service_api(desk: Desk) -> None:
    told = await conversation(desk, LONG)
    given = await in_place(desk).take(told, "m1")
    assert given is not None
    assert utf8(given.words) <= LIMIT
    await given.sent()
    await desk.outbox.deliver(told)
    assert "".join([given.words, *await desk.texts()]) == LONG


async def test_a_long_answer_waits_where_there_is_nothing_else(desk: Desk) -> None:
    told = await conversation(desk, LONG, "就这些", buttons=True)
    desk.channel.results = [BudgetSpent()] * 9  # what an account without the service API says
    ours = in_place(desk, all_there_is=True)
    said = []
    for key in ("m1", "m2"):
        given = await ours.take(told, key)
        assert given is not None
        assert utf8(given.words) <= LIMIT
        said.append(given.words)
        await given.sent()
        await desk.outbox.deliver(told)
    assert said[0].endswith(notices.MORE["zh"])
    assert said[1].endswith("就这些\n\n1 查物流\n2 转人工\n（回复数字即可）")
    assert said[0].split("\n\n")[0] + said[1].split("\n\n")[0] == LONG
    assert await desk.states() == [("sent", None)] * 2
    assert await ours.take(told, "m3") is None


async def test_a_part_is_not_lost_when_the_callback_comes_again(desk: Desk) -> None:
    told = await conversation(desk, LONG)
    ours = in_place(desk, all_there_is=True)
    first = await ours.take(told, "m1")
    again = await ours.take(told, "m1")
    assert first is not None
    assert again is not None
    assert first.words == again.words
    await first.sent()
    await again.sent()
    rest = await ours.take(told, "m2")
    assert rest is not None
    assert first.words.split("\n\n")[0] + rest.words == LONG


async def test_a_person_took_over(desk: Desk) -> None:
    told = await conversation(desk, "机器人的话")
    await desk.rows("UPDATE conversation SET epoch = epoch + 1")
    async with transaction(desk.sessions) as session:
        await post(session, told, sender=Sender.staff, words="人的话", language="zh")
    given = await in_place(desk).take(told, "m1")
    assert given is not None
    assert given.words == "人的话"
    assert await desk.rows("SELECT status, error FROM delivery WHERE sender = 'bot'") == [
        ("dropped", "overtaken")
    ]


async def test_what_was_held_comes_too(desk: Desk) -> None:
    told = await conversation(desk, "昨天的答复")
    desk.channel.results = [BudgetSpent()]
    await desk.outbox.deliver(told)
    assert await desk.states() == [("held", "budget")]
    given = await in_place(desk).take(told, "m1")
    assert given is not None
    assert given.words == "昨天的答复"
    await given.sent()
    assert await desk.states() == [("sent", None)]
