"""The numbered feed: in whatever order transactions commit, a reader is told of everything."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.jobs import single_statements
from bot.live import Live
from bot.support import feed as feeds
from bot.support.feed import Feed
from shop.database import Sessions, connect, transaction
from tests.instance import until
from tests.staff.desk import Desk


@pytest.fixture
async def desk(sessions: Sessions) -> Desk:
    return await Desk(sessions).open()


@pytest.fixture
async def feed(database_url: str) -> AsyncIterator[Feed]:
    engine, _ = connect(database_url)
    live = Live(database_url)
    feed = Feed(single_statements(engine), live)
    async with live.listening():
        yield feed
    await feeds.all_through()
    await engine.dispose()


async def note(connection: psycopg.AsyncConnection[Any], conversation: object) -> None:
    await connection.execute(
        "INSERT INTO note (conversation_id, text, mentions) VALUES (%s, 'x', '[]')", (conversation,)
    )


async def told(feed: Feed, shop: int, after: int, many: int) -> tuple[list[int], int]:
    """The ids of the next `many` changes, and the number to go on from."""
    ids: list[int] = []
    async with asyncio.timeout(20), contextlib.aclosing(feed.follow(shop, after, wait=1)) as stream:
        async for news in stream:
            assert not news.reset
            ids += [change.id for change in news.changes]
            if len(ids) >= many:
                return ids, news.number
    raise AssertionError


async def test_what_commits_late_is_told_all_the_same(desk: Desk, feed: Feed, database_url: str) -> None:
    url = database_url.replace("+psycopg", "", 1)
    conversation = await desk.conversation()
    start = await feed.number()
    async with (
        await psycopg.AsyncConnection.connect(url) as early,
        await psycopg.AsyncConnection.connect(url) as late,
    ):
        await note(late, conversation)  # takes its number first …
        await note(early, conversation)
        await early.commit()
        first, number = await told(feed, desk.shop_id, start, 1)
        await late.commit()  # … and is seen last
        rest, _ = await told(feed, desk.shop_id, number, 1)
        both, _ = await told(feed, desk.shop_id, start, 2)
        assert set(first) | set(rest) == set(both)
        assert len(set(both)) == 2


async def test_an_open_stream_tells_each_change_once(desk: Desk, feed: Feed, database_url: str) -> None:
    url = database_url.replace("+psycopg", "", 1)
    conversation = await desk.conversation()
    start = await feed.number()

    async def write(number: int) -> None:
        async with await psycopg.AsyncConnection.connect(url) as connection:
            for _ in range(10):
                await note(connection, conversation)
                await connection.commit()

    reading = asyncio.create_task(told(feed, desk.shop_id, start, 80))
    await asyncio.gather(*(write(number) for number in range(8)))
    ids, _ = await reading
    assert len(ids) == len(set(ids)) == 80


async def test_a_page_that_was_away_is_told_what_it_missed(desk: Desk, feed: Feed, database_url: str) -> None:
    conversation, other = await desk.conversation(), await desk.conversation()
    start = await feed.number()
    for one in (conversation, other, conversation):
        await desk.said(one, "在吗")
    async with asyncio.timeout(10), contextlib.aclosing(feed.follow(desk.shop_id, start)) as stream:
        news = await anext(stream)
    assert [(change.kind, change.seq, change.conversation) for change in news.changes] == [
        ("message", 1, str(conversation)),
        ("message", 1, str(other)),
        ("message", 2, str(conversation)),
    ]
    assert news.conversations == (str(other), str(conversation))


async def test_who_missed_too_much_loads_everything_anew(
    desk: Desk, sessions: Sessions, database_url: str
) -> None:
    feed = Feed(sessions, Live(database_url), most=3)
    conversation = await desk.conversation()
    start = await feed.number()
    for _ in range(4):
        await desk.said(conversation, "在吗")
    async with contextlib.aclosing(feed.follow(desk.shop_id, start)) as stream:
        news = await anext(stream)
    assert (news.reset, news.changes) == (True, ())


async def test_a_page_that_was_away_too_long_loads_everything_anew(desk: Desk, feed: Feed) -> None:
    conversation = await desk.conversation()
    start = await feed.number()
    for days in (9, 8, 1):
        await desk.said(conversation, "在吗")
        async with transaction(desk.sessions) as session:
            await session.execute(
                text(
                    "UPDATE change SET at = now() - make_interval(days => :days)"
                    " WHERE id = (SELECT max(id) FROM change)"
                ),
                {"days": days},
            )
    kept = await feed.number()
    async with transaction(desk.sessions) as session:
        await feeds.forget_old_changes(session)
    for number, reset in ((start, True), (kept, False)):
        async with contextlib.aclosing(feed.follow(desk.shop_id, number)) as stream:
            assert (await anext(stream)).reset is reset


async def test_a_number_of_another_database_is_not_believed(desk: Desk, feed: Feed) -> None:
    async with contextlib.aclosing(feed.follow(desk.shop_id, 2**40)) as stream:
        assert (await anext(stream)).reset


async def test_who_goes_in_the_middle_leaves_the_connection_whole(desk: Desk, database_url: str) -> None:
    engine = create_async_engine(database_url, pool_size=1, max_overflow=0)
    single, live = single_statements(engine), Live(database_url)
    feed = Feed(single, live)

    async def served_by() -> int:
        async with single() as session:
            return int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)

    ours = await served_by()
    waits = "SELECT FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
    with psycopg.connect(database_url.replace("+psycopg", "", 1), autocommit=True) as other:
        with other.transaction():
            other.execute("LOCK TABLE change")
            reader = asyncio.create_task(told(feed, desk.shop_id, 1, 1))
            reads = partial(other.execute, waits, (ours,))
            await asyncio.to_thread(until, lambda: reads().rowcount, 30, "the reader waits")
            reader.cancel()
            await asyncio.wait([reader])
        pool: Any = engine.pool
        await asyncio.to_thread(until, lambda: not pool.checkedout(), 30, "its statement is through")
    assert await served_by() == ours
    await feeds.all_through()
    await engine.dispose()
