"""What becomes of a reply on its way out."""

import asyncio
import uuid
from typing import Any

import pytest

from bot import notices
from bot.channels.seam import (
    Blocked,
    BudgetSpent,
    Gone,
    Incoming,
    Left,
    MovedTo,
    Noticed,
    Permanent,
    Pressed,
    Result,
    RetryAt,
    Sent,
    WindowClosed,
)
from bot.channels.weixin.choices import chosen
from bot.models import Sender
from bot.outbox import TRIES
from bot.outgoing import post
from tests.outbox.conftest import Desk


async def heard(desk: Desk, words: str = "你好", sender: str = "7", external_id: str = "") -> uuid.UUID:
    incoming = Incoming(sender, external_id or uuid.uuid4().hex, words)
    taken = await desk.intake.take(desk.account, desk.channel.budget is not None, [incoming])
    conversation: uuid.UUID = taken[0].conversation
    return conversation


async def say(
    desk: Desk, conversation: uuid.UUID, words: str, sender: Sender = Sender.bot, **more: Any
) -> None:
    async with desk.single() as session:
        said = await post(session, conversation, sender=sender, words=words, language="zh", **more)
    assert said


async def press(desk: Desk, external_id: str, message: int, button: int) -> None:
    await desk.intake.take(desk.account, True, [Pressed("7", external_id, message, button)])


async def test_in_order_each_once(desk: Desk) -> None:
    conversation = await heard(desk)
    for n in range(5):
        await say(desk, conversation, f"{n}")
    await asyncio.gather(*(desk.outbox.deliver(conversation) for _ in range(4)))
    assert await desk.texts() == ["0", "1", "2", "3", "4"]
    assert await desk.states() == [("sent", None)] * 5
    assert desk.channel.sent[0][0] == "7"


async def test_a_reply_that_must_wait_keeps_those_behind_it_and_no_others(desk: Desk) -> None:
    limited, other = await heard(desk), await heard(desk, sender="8")
    desk.channel.results = [RetryAt(30, "limited")]
    await say(desk, limited, "1")
    await say(desk, limited, "2")
    await say(desk, other, "free")
    await desk.outbox.deliver(limited)
    await desk.outbox.deliver(limited)
    await desk.outbox.deliver(other)
    assert await desk.texts() == ["free"]
    jobs = (
        "SELECT args ->> 'conversation' FROM procrastinate_jobs WHERE scheduled_at > now() + interval '25 s'"
    )
    assert await desk.rows(jobs) == [(str(limited),)]
    await desk.due()
    await desk.outbox.deliver(limited)
    assert await desk.texts() == ["free", "1", "2"]
    assert await desk.rows("SELECT max(attempts), sum(doubts) FROM delivery") == [(0, 0)]


@pytest.mark.parametrize(
    "failure",
    [RetryAt(0, "unavailable:500", fault=True), RetryAt(0, "refused", fault=True), ValueError("adapter")],
)
async def test_the_fifth_failure_sets_aside_and_tells(desk: Desk, failure: Result | Exception) -> None:
    conversation = await heard(desk)
    await say(desk, conversation, "bad")
    await say(desk, conversation, "good")
    desk.channel.results = [failure] * TRIES
    for _ in range(TRIES):
        await desk.outbox.deliver(conversation)
        await desk.due()
    assert [state[0] for state in await desk.states()] == ["failed", "sent", "sent"]
    assert await desk.texts() == ["good", notices.UNDELIVERED["zh"]]
    assert len(desk.channel.tried) == TRIES + 2
    assert await desk.rows("SELECT reason FROM handover") == [("undelivered",)]
    assert await desk.rows("SELECT mode FROM conversation") == [("queued",)]


async def test_a_notice_of_failure_that_fails_is_the_end(desk: Desk) -> None:
    conversation = await heard(desk)
    await say(desk, conversation, "bad")
    desk.channel.results = [Permanent("refused"), Permanent("refused")]
    await desk.outbox.deliver(conversation)
    assert await desk.states() == [("failed", "refused")] * 2
    assert await desk.texts() == []


async def test_a_platform_that_is_away_is_no_message_s_fault(desk: Desk) -> None:
    """Three conversations fail: then one send at a time tries, and nothing is set aside."""
    conversations = [await heard(desk, sender=str(n)) for n in range(4)]
    for conversation in conversations:
        await say(desk, conversation, "hello")
    desk.channel.results = [RetryAt(0, "unavailable:500", fault=True)] * 100
    for _ in range(8):
        for conversation in conversations:
            await desk.outbox.deliver(conversation)
        await desk.due()
    assert {state[0] for state in await desk.states()} == {"waiting"}
    assert len(desk.channel.tried) < 12
    assert await desk.rows("SELECT max(attempts) < 5 FROM delivery") == [(True,)]


async def test_an_unknown_end_is_counted(desk: Desk) -> None:
    conversation = await heard(desk)
    await say(desk, conversation, "once")
    desk.channel.results = [RetryAt(0, "no_answer", doubt=True)]
    await desk.outbox.deliver(conversation)
    await desk.due()
    await desk.outbox.deliver(conversation)
    assert await desk.rows("SELECT status, doubts FROM delivery") == [("sent", 1)]


async def test_a_crash_between_sending_and_recording_is_counted(desk: Desk) -> None:
    conversation = await heard(desk)
    await say(desk, conversation, "once")

    async def die() -> None:
        raise asyncio.CancelledError

    desk.channel.before = die
    with pytest.raises(asyncio.CancelledError):
        await desk.outbox.deliver(conversation)
    desk.channel.before = None
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["once"]
    assert await desk.rows("SELECT status, doubts FROM delivery") == [("sent", 1)]


async def test_a_crash_between_two_parts_goes_on_with_the_second(desk: Desk) -> None:
    desk.channel.limit = 4
    conversation = await heard(desk)
    await say(desk, conversation, "一二三四五六", buttons=[{"title": "t", "payload": "p"}])
    desk.channel.results = [Sent("1"), RetryAt(0, "limited")]
    await desk.outbox.deliver(conversation)
    await desk.due()
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["一二三四", "五六"]
    assert [bool(out.buttons) for out in desk.channel.tried] == [False, True, True]
    assert len({out.key for out in desk.channel.tried}) == 2


async def test_what_the_bot_worked_out_before_a_person_took_over_is_not_sent(desk: Desk) -> None:
    conversation = await heard(desk)
    await say(desk, conversation, "bot")
    await desk.rows("UPDATE conversation SET mode = 'human', epoch = epoch + 1")
    await say(desk, conversation, "person", Sender.staff)
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["person"]
    assert await desk.states() == [("dropped", "overtaken"), ("sent", None)]


@pytest.mark.parametrize(("result", "error"), [(WindowClosed(), "window"), (BudgetSpent(), "budget")])
async def test_what_is_held_goes_out_when_the_shopper_writes(desk: Desk, result: Result, error: str) -> None:
    desk.channel.budget = 5
    conversation = await heard(desk)
    desk.channel.results = [result]
    await say(desk, conversation, "1")
    await desk.outbox.deliver(conversation)
    await say(desk, conversation, "2", Sender.staff)
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == []
    assert await desk.states() == [("held", error), ("waiting", None)]
    await heard(desk, "在吗")
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["1", "2"]


async def test_what_was_held_too_long_is_not_said_any_more(desk: Desk) -> None:
    conversation = await heard(desk)
    desk.channel.results = [WindowClosed()]
    await say(desk, conversation, "old")
    await desk.outbox.deliver(conversation)
    await desk.rows("UPDATE delivery SET created_at = now() - interval '3 days'")
    await heard(desk, "在吗")
    await desk.outbox.deliver(conversation)
    assert await desk.states() == [("dropped", "stale")]


async def test_the_budget_is_counted_and_answers_are_merged_into_it(desk: Desk) -> None:
    desk.channel.budget = 3
    conversation = await heard(desk)
    for n in range(5):
        await say(desk, conversation, f"{n}")
    await desk.outbox.deliver(conversation)
    assert "\n\n".join(await desk.texts()) == "0\n\n1\n\n2\n\n3\n\n4"
    assert len(desk.channel.sent) <= 3
    assert {state[0] for state in await desk.states()} == {"sent"}
    spent = await desk.rows("SELECT spent FROM send_budget")
    assert spent == [(len(desk.channel.sent),)]
    await heard(desk, "再问一下")
    assert await desk.rows("SELECT spent FROM send_budget") == [(0,)]


async def test_a_shop_begins_in_its_own_language(desk: Desk) -> None:
    said = "SELECT language FROM conversation WHERE id = :id"
    assert await desk.rows(said, id=await heard(desk, "123")) == [("zh",)]
    await desk.rows("""UPDATE shop SET settings = '{"first_language": "ug"}'""")
    assert await desk.rows(said, id=await heard(desk, "123", sender="8")) == [("ug",)]


async def test_choices_of_merged_answers_can_be_chosen(desk: Desk) -> None:
    desk.channel.budget = 1
    conversation = await heard(desk)
    yes, no = {"title": "确认", "payload": "/affirm"}, {"title": "先不办了", "payload": "/deny"}
    person = {"title": "转人工", "payload": "/talk_to_human"}
    await say(desk, conversation, "1")
    await say(desk, conversation, "2", buttons=[yes, no])
    await say(desk, conversation, "3", buttons=[yes, no, person])
    await desk.rows("UPDATE message SET status = 'done'")
    await desk.outbox.deliver(conversation)
    (out,) = desk.channel.tried
    assert out.buttons == [yes, no, person]
    assert await chosen(desk.single, desk.account.id, "7", "3") == (out.message, 2)
    for number, button in enumerate(out.buttons):
        await press(desk, f"p{number}", out.message, number)
        written = "SELECT text, title FROM message WHERE external_id = :id"
        assert await desk.rows(written, id=f"p{number}") == [(button["payload"], button["title"])]
    await press(desk, "p3", out.message, 3)  # there is no such choice
    assert await desk.rows("SELECT id FROM message WHERE external_id = 'p3'") == []


async def test_the_last_send_waits_for_the_answers_to_come(desk: Desk) -> None:
    desk.channel.budget = 1
    conversation = await heard(desk)
    await say(desk, conversation, "1")
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == []  # the message that was heard is not answered yet
    await say(desk, conversation, "2")
    await desk.rows("UPDATE message SET status = 'done'")
    await desk.due()
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["1\n\n2"]


async def test_the_last_send_does_not_wait_for_ever(desk: Desk) -> None:
    desk.channel.budget = 1
    conversation = await heard(desk)
    await say(desk, conversation, "1")
    await desk.rows("UPDATE delivery SET created_at = now() - interval '3 minutes'")
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["1"]


async def test_a_notice_never_takes_the_last_send(desk: Desk) -> None:
    desk.channel.budget = 2
    conversation = await heard(desk)
    for n in range(2):
        await say(desk, conversation, f"notice {n}", notice=True)
    await say(desk, conversation, "answer")
    await desk.rows("UPDATE message SET status = 'done'")
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["notice 0", "answer"]
    assert await desk.states() == [("sent", None), ("dropped", "spared"), ("sent", None)]


async def test_who_is_answered_is_not_told_to_wait(desk: Desk) -> None:
    conversation = await heard(desk)
    ((asked,),) = await desk.rows("UPDATE message SET status = 'done' RETURNING id")
    await say(desk, conversation, "wait", notice=True, in_reply_to=asked)
    await say(desk, conversation, "answer", in_reply_to=asked)
    await say(desk, conversation, "thanks", notice=True, in_reply_to=asked)
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["answer", "thanks"]
    assert await desk.states() == [("dropped", "answered"), ("sent", None), ("sent", None)]


async def test_a_repeated_callback_does_not_renew_the_budget(desk: Desk) -> None:
    desk.channel.budget = 2
    conversation = await heard(desk, external_id="m1")
    await say(desk, conversation, "1")
    await desk.outbox.deliver(conversation)
    await heard(desk, external_id="m1")
    assert await desk.rows("SELECT spent FROM send_budget") == [(1,)]
    assert await desk.rows("SELECT count(*) FROM message WHERE sender = 'shopper'") == [(1,)]


@pytest.mark.parametrize(("result", "error"), [(Blocked(), "blocked"), (Gone(), "gone")])
async def test_nobody_is_there(desk: Desk, result: Result, error: str) -> None:
    conversation = await heard(desk)
    desk.channel.results = [result]
    await say(desk, conversation, "1")
    await say(desk, conversation, "2")
    await desk.outbox.deliver(conversation)
    await say(desk, conversation, "3", Sender.staff)
    await desk.outbox.deliver(conversation)
    assert await desk.states() == [("failed", error), ("failed", error), ("failed", "blocked")]
    assert len(desk.channel.tried) == 1
    await heard(desk)
    await say(desk, conversation, "4")
    await desk.outbox.deliver(conversation)
    assert await desk.texts() == ["4"]


async def test_a_shopper_who_left_is_sent_nothing(desk: Desk) -> None:
    conversation = await heard(desk)
    await desk.intake.take(desk.account, False, [Left("7")])
    await say(desk, conversation, "1")
    await desk.outbox.deliver(conversation)
    assert desk.channel.tried == []


async def test_a_chat_with_a_new_address(desk: Desk) -> None:
    conversation = await heard(desk)
    desk.channel.results = [MovedTo("77")]
    await say(desk, conversation, "1")
    await desk.outbox.deliver(conversation)
    await desk.due()
    await desk.outbox.deliver(conversation)
    assert desk.channel.sent == [("77", "1")]


async def test_two_at_once_from_a_new_contact_make_one_conversation(desk: Desk) -> None:
    made = await asyncio.gather(*(heard(desk, sender="new") for _ in range(6)))
    assert len(set(made)) == 1
    assert await desk.rows("SELECT count(*) FROM contact") == [(1,)]
    assert await desk.rows("SELECT count(*) FROM message") == [(6,)]


async def test_the_same_message_at_once_is_stored_once(desk: Desk) -> None:
    await asyncio.gather(*(heard(desk, external_id="same") for _ in range(6)))
    assert await desk.rows("SELECT count(*) FROM message") == [(1,)]
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'answer'"
    assert await desk.rows(jobs) == [(1,)]


async def test_a_greeting_is_said_once(desk: Desk) -> None:
    greeting = Noticed("7", "follow 1", {"zh": "欢迎", "ug": "خۇش كەپسىز"}, language="ug")
    for _ in range(2):
        taken = await desk.intake.take(desk.account, False, [greeting])
    await desk.outbox.deliver(taken[0].conversation)
    assert await desk.texts() == ["خۇش كەپسىز"]


async def test_who_writes_too_fast_is_told_once(desk: Desk) -> None:
    from bot.channels.rate import Rate
    from bot.intake import Intake

    slow = Intake(desk.sessions, desk.single, Rate(0.001, 3))
    values = [Incoming("7", str(n), f"第{n}条") for n in range(8)]
    taken = await slow.take(desk.account, False, list(values))
    assert len(taken) == 3
    await desk.outbox.deliver(taken[0].conversation)
    assert await desk.texts() == [notices.TOO_FAST["zh"]]
