"""Who waits, in which order, who gets them, and what is warned of."""

from datetime import timedelta

import pytest

from bot.models import Mode
from bot.staff.models import Role
from bot.support import attendance, moves, queue, reading, replies
from bot.support.reading import Wanted
from shop.database import Sessions, now, transaction
from tests.staff.desk import Desk


@pytest.fixture
async def desk(sessions: Sessions) -> Desk:
    return await Desk(sessions).open()


async def order_of_queue(desk: Desk) -> list[str]:
    who = await desk.agent()
    async with desk.sessions() as session:
        page = await reading.list_conversations(session, who, Wanted(state=Mode.queued))
        return [one["id"] for one in page.items]


async def test_the_longest_waiting_come_first(desk: Desk) -> None:
    waits = {minutes: str(await desk.conversation(waiting_minutes=minutes)) for minutes in (3, 50, 10)}
    await queue.admit(desk.sessions)
    assert await order_of_queue(desk) == [waits[50], waits[10], waits[3]]


async def test_anger_counts_as_waiting_and_nobody_starves(desk: Desk) -> None:
    calm = await desk.conversation(waiting_minutes=10)
    long = await desk.conversation(waiting_minutes=30)
    angry = await desk.conversation(waiting_minutes=5, reason="anger")
    await queue.admit(desk.sessions)
    assert await order_of_queue(desk) == [str(long), str(angry), str(calm)]


async def test_a_page_goes_on_where_the_last_one_ended(desk: Desk) -> None:
    for minutes in range(7):
        await desk.conversation(waiting_minutes=minutes)
    await queue.admit(desk.sessions)
    who, seen, after = await desk.agent(), [], None
    async with desk.sessions() as session:
        for state in (Mode.queued, None):
            seen, after = [], None
            while True:
                page = await reading.list_conversations(
                    session, who, Wanted(state=state), after=after, limit=3
                )
                seen += [one["id"] for one in page.items]
                after = page.after
                if after is None:
                    break
            assert len(seen) == len(set(seen)) == 7


async def test_agents_get_what_they_speak_and_have_room_for(desk: Desk) -> None:
    await desk.service(assign="auto")
    chinese = await desk.agent(languages=["zh"], capacity=1)
    both = await desk.agent(languages=["zh", "ug"], capacity=2)
    away = await desk.agent(available=False)
    gone = await desk.agent(seen_ago=3600)
    uyghur = [await desk.conversation(waiting_minutes=n, language="ug") for n in (9, 8, 7)]
    chinese_ones = [await desk.conversation(waiting_minutes=n, language="zh") for n in (6, 5)]
    await queue.admit(desk.sessions)
    owners = [(await desk.at(one)).owner_id for one in uyghur]
    assert owners == [both.staff_id, both.staff_id, None]
    assert [(await desk.at(one)).owner_id for one in chinese_ones] == [chinese.staff_id, None]
    assert (await desk.at(uyghur[2])).mode is Mode.queued
    assert not {away.staff_id, gone.staff_id} & {(await desk.at(one)).owner_id for one in chinese_ones}


async def test_work_is_spread(desk: Desk) -> None:
    await desk.service(assign="auto")
    agents = [await desk.agent() for _ in range(3)]
    given = [await desk.conversation(waiting_minutes=n) for n in range(6)]
    await queue.admit(desk.sessions)
    owners = [(await desk.at(one)).owner_id for one in given]
    assert sorted(owners) == sorted([agent.staff_id for agent in agents] * 2)


async def test_who_puts_one_back_is_not_given_it_again(desk: Desk) -> None:
    await desk.service(assign="auto")
    tired = await desk.agent()
    waits = await desk.conversation(waiting_minutes=5)
    await queue.admit(desk.sessions)
    assert (await desk.at(waits)).owner_id == tired.staff_id
    async with transaction(desk.sessions) as session:
        await moves.requeue(session, tired, waits)
    assert await queue.assign(desk.sessions, desk.shop_id) == 0
    other = await desk.agent()
    assert await queue.assign(desk.sessions, desk.shop_id) == 1
    assert (await desk.at(waits)).owner_id == other.staff_id


async def test_a_shop_that_pulls_gives_nothing(desk: Desk) -> None:
    await desk.agent()
    waits = await desk.conversation(waiting_minutes=5)
    await queue.admit(desk.sessions)
    assert (await desk.at(waits)).mode is Mode.queued


async def test_what_waits_on_an_agent_who_is_gone_returns(desk: Desk) -> None:
    gone, here = await desk.agent(seen_ago=600), await desk.agent()
    since = now() - timedelta(minutes=10)
    held = {"mode": Mode.human, "owner_id": gone.staff_id}
    waits = await desk.conversation(**held, waiting_since=since)
    answered = await desk.conversation(**held)
    fresh = await desk.conversation(**held, waiting_since=now())
    busy = await desk.conversation(mode=Mode.human, owner_id=here.staff_id, waiting_since=since)
    assert await queue.take_from_away(desk.sessions, desk.shop_id) == 1
    back = await desk.at(waits)
    assert (back.mode, back.owner_id, back.epoch, back.queued_at) == (Mode.queued, None, 1, since)
    for kept in (answered, fresh, busy):
        assert (await desk.at(kept)).mode is Mode.human


async def test_who_goes_away_hands_back_what_waits(desk: Desk) -> None:
    who = await desk.agent()
    waits = await desk.conversation(mode=Mode.human, owner_id=who.staff_id, waiting_since=now())
    kept = await desk.conversation(mode=Mode.human, owner_id=who.staff_id)
    async with transaction(desk.sessions) as session:
        await attendance.set_available(session, who, False)
    assert (await desk.at(waits)).mode is Mode.queued
    assert (await desk.at(kept)).mode is Mode.human


async def test_warnings_come_before_a_target_breaks(desk: Desk) -> None:
    await desk.service(first_reply_minutes=20, resolve_minutes=100, warn_at=0.5)
    waits = await desk.conversation(waiting_minutes=0)
    await queue.admit(desk.sessions)
    told = []
    for minutes in (5, 11, 19, 21, 60, 101):
        await queue.warn(desk.sessions, now() + timedelta(minutes=minutes))
        told.append((await desk.handover(waits)).warned)
    assert told == [None, "reply_soon", "reply_soon", "reply_late", "reply_late", "resolve_late"]


async def test_only_a_person_stops_the_clock_of_the_first_reply(desk: Desk) -> None:
    await desk.service(first_reply_minutes=20, resolve_minutes=None)
    waits = await desk.conversation(waiting_minutes=0)
    await queue.admit(desk.sessions)
    await desk.said(waits, "还在吗")
    assert (await desk.handover(waits)).first_reply_at is None
    who = await desk.agent()
    async with transaction(desk.sessions) as session:
        await replies.reply(session, who, waits, words="在的", client_id="1")
    await queue.warn(desk.sessions, now() + timedelta(minutes=30))
    handover = await desk.handover(waits)
    assert handover.first_reply_at is not None
    assert handover.warned is None


async def test_targets_run_on_the_people_s_clock(desk: Desk) -> None:
    """Nobody works in the next days: nothing is due before they do."""
    await desk.service(first_reply_minutes=10, hours={"week": {}})
    waits = await desk.conversation(waiting_minutes=0)
    await queue.admit(desk.sessions)
    due = (await desk.handover(waits)).reply_due_at
    assert due is not None
    assert due > now() + timedelta(days=30)
    assert await queue.warn(desk.sessions, now() + timedelta(days=1)) == 0


async def test_a_summary_tells_what_a_person_should_know(desk: Desk) -> None:
    waits = await desk.conversation(waiting_minutes=0)
    await desk.said(waits, "你好", intent="greet")
    await desk.said(
        waits, "红枣坏了三个，电话13812345678", intent="damage_claim", emotion="angry", intensity=0.6
    )
    await desk.said(waits, "听不懂吗", intent="nlu_fallback")
    await desk.said(waits, "转人工", intent="talk_to_human", emotion="angry", intensity=0.8)
    await queue.admit(desk.sessions)
    summary = (await desk.handover(waits)).summary
    assert summary == {
        "wants": "damage_claim",
        "order": None,
        "task": None,
        "said": "听不懂吗",
        "tried": [],
        "missed": 1,
        "turns": 4,
        "mood": {"emotion": "angry", "intensity": 0.8},
    }


async def test_an_owner_is_a_colleague_too(desk: Desk) -> None:
    owner = await desk.agent(role=Role.owner)
    waits = await desk.conversation(waiting_minutes=1)
    async with transaction(desk.sessions) as session:
        await moves.claim(session, owner, waits)
    assert (await desk.at(waits)).owner_id == owner.staff_id
