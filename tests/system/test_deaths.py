"""Parts die while shoppers write: every message is answered once, in order, and nobody waits in silence."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from bot.notices import WAITING
from tests.instance import Karwan, until
from tests.shopper import Shopper
from tests.system.processes import kill, pid_of, until_again


def answered(karwan: Karwan) -> bool:
    return karwan.sql("SELECT count(*) FROM message WHERE status = 'pending'") == [(0,)]


def check_all_answered_once(shopper: Shopper, count: int) -> None:
    """Every message has its replies, written once and after those of the message before it."""
    messages = shopper.messages()
    own = [message["message_id"] for message in messages if message["from"] == "shopper"]
    assert own == [f"m{n}" for n in range(count)]
    seqs: list[int] = []
    for n in range(count):
        replies = shopper.say("你好", message_id=f"m{n}")["messages"]
        said = [m for m in replies if m["text"] not in WAITING.values()]
        assert len(said) == len({m["text"] for m in said}) >= 1
        seqs += [m["seq"] for m in said]
    assert seqs == sorted(set(seqs))


@contextmanager
def crowd(karwan: Karwan, shop: str, size: int) -> Iterator[list[Shopper]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Shopper.of(karwan, shop)) for _ in range(size)]


def write_all(shoppers: list[Shopper], numbers: range) -> None:
    """All at once; a request that fails is sent again with its id, as a client does."""

    def write(shopper: Shopper) -> None:
        for n in numbers:
            until(lambda n=n: _taken(shopper, f"m{n}"), 60, "taken")  # type: ignore[misc]

    with ThreadPoolExecutor(len(shoppers)) as pool:
        list(pool.map(write, shoppers))


def _taken(shopper: Shopper, message_id: str) -> bool:
    try:
        return shopper.post("你好", message_id=message_id).status_code == 202
    except httpx.TransportError:
        return False


def test_the_engine_dies(own: Karwan, shop_slug: str) -> None:
    with crowd(own, shop_slug, 6) as shoppers:
        write_all(shoppers, range(2))
        killed = kill(own, "engine")
        write_all(shoppers, range(2, 5))
        until_again(own, "engine", killed)
        until(lambda: answered(own), 20, "answered")
        for shopper in shoppers:
            check_all_answered_once(shopper, 5)


@pytest.mark.parametrize("how", ["dies", "hangs"])
def test_a_waiting_shopper_is_told(own: Karwan, shop_slug: str, how: str) -> None:
    """The engine is stopped, so that it is away for as long as this needs."""
    with Shopper.of(own, shop_slug) as shopper:
        if how == "dies":
            killed = kill(own, "engine")
            until(lambda: pid_of(own, "engine") not in (0, killed), 30, "another engine")
        engine = pid_of(own, "engine")
        os.kill(engine, signal.SIGSTOP)  # hangs, or never gets to answer
        try:
            told = shopper.post("什么时候发货？", wait=10, message_id="m0")
            assert told.status_code == 200, told.text
            assert [message["text"] for message in told.json()["messages"]] == [WAITING["zh"]]
        finally:
            os.kill(engine, signal.SIGCONT)
        until(own.is_ready, 60, "ready")
        until(lambda: answered(own), 40, "answered")
        replies = [message["text"] for message in shopper.say("什么时候发货？", message_id="m0")["messages"]]
        assert replies[0] == WAITING["zh"]
        assert replies[1:]
        assert WAITING["zh"] not in replies[1:]


def test_a_shopper_is_told_once_while_nothing_new_is_written(own: Karwan, shop_slug: str) -> None:
    with Shopper.of(own, shop_slug, "ug") as shopper:
        engine = pid_of(own, "engine")
        os.kill(engine, signal.SIGSTOP)
        try:
            for n in range(3):
                shopper.post("ياخشىمۇسىز", message_id=f"m{n}")
            assert shopper.post("ياخشىمۇسىز", message_id="m0", wait=10).status_code == 200
            assert shopper.post("ياخشىمۇسىز", message_id="m2", wait=5).status_code == 202
            said = [message["text"] for message in shopper.messages() if message["from"] == "bot"]
            assert said == [WAITING["ug"]]
        finally:
            os.kill(engine, signal.SIGCONT)
        until(lambda: answered(own), 60, "answered")
        check_all_answered_once(shopper, 3)


def test_the_worker_dies_in_the_middle_of_turns(own: Karwan, shop_slug: str) -> None:
    with crowd(own, shop_slug, 6) as shoppers:
        engine = pid_of(own, "engine")
        os.kill(engine, signal.SIGSTOP)  # turns begin and do not end
        try:
            write_all(shoppers, range(3))
            begun = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
            until(lambda: own.sql(begun)[0][0] >= 6, 10, "six turns begun")
            killed = kill(own, "worker")
        finally:
            os.kill(engine, signal.SIGCONT)
        until_again(own, "worker", killed)
        until(lambda: answered(own), 20, "answered by the next worker")
        for shopper in shoppers:
            check_all_answered_once(shopper, 3)
    until(lambda: own.sql("SELECT count(*) FROM procrastinate_jobs") == [(0,)], 20, "no job left")


def test_the_app_dies(own: Karwan, shop_slug: str) -> None:
    """The app also runs the actions: a turn that cannot reach them waits; it does not fail."""
    with crowd(own, shop_slug, 6) as shoppers:
        write_all(shoppers, range(3))
        killed = kill(own, "app")
        write_all(shoppers, range(3, 6))
        until_again(own, "app", killed)
        until(lambda: answered(own), 20, "answered")
        for shopper in shoppers:
            check_all_answered_once(shopper, 6)
    assert own.sql("SELECT count(*) FROM message WHERE status = 'failed'") == [(0,)]


def test_a_lost_job(own: Karwan, shop_slug: str) -> None:
    with Shopper.of(own, shop_slug) as shopper:
        engine = pid_of(own, "engine")
        os.kill(engine, signal.SIGSTOP)
        try:
            shopper.post("你好", message_id="m0")
            worker = kill(own, "worker")
            own.sql("DELETE FROM procrastinate_jobs")
        finally:
            os.kill(engine, signal.SIGCONT)
        until_again(own, "worker", worker)
        until(lambda: answered(own), 20, "answered")
        check_all_answered_once(shopper, 1)


def test_a_crash_of_the_database_undoes_a_finish_mark(own: Karwan, shop_slug: str) -> None:
    """The job is done, its row says that a living worker is still at it: the lane must not stand still."""
    doing = "SELECT worker_id FROM procrastinate_jobs WHERE status = 'doing'"
    again = (
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args, status, worker_id) VALUES "
        "('turns', 'answer', %s, jsonb_build_object('conversation', %s::text), 'doing', %s) RETURNING id"
    )
    with Shopper.of(own, shop_slug) as shopper:
        engine = pid_of(own, "engine")
        os.kill(engine, signal.SIGSTOP)
        try:
            shopper.post("你好", message_id="m0")
            until(lambda: bool(own.sql(doing)), 10, "the turn has begun")
            worker = own.sql(doing)[0][0]
        finally:
            os.kill(engine, signal.SIGCONT)
        until(lambda: own.sql("SELECT count(*) FROM procrastinate_jobs") == [(0,)], 20, "the turn is done")
        own.sql(again, shopper.conversation, shopper.conversation, worker)
        shopper.post("你好", message_id="m1")
        until(lambda: answered(own), 20, "answered")
        check_all_answered_once(shopper, 2)
    until(lambda: own.sql("SELECT count(*) FROM procrastinate_jobs") == [(0,)], 20, "no job left")


def test_a_turn_that_runs_twice_writes_once(own: Karwan, shop_slug: str) -> None:
    """As when the process dies after the engine's answer and before it is written down."""
    with Shopper.of(own, shop_slug) as shopper:
        shopper.say("我要取消订单 20261101001005")
        asked = shopper.say("6612")["messages"][-1]
        before = own.sql("SELECT state::text FROM conversation WHERE id = %s", shopper.conversation)[0][0]
        yes = asked["buttons"][0]["payload"]
        shopper.say(yes, message_id="yes")
        written = traces(own, shop_slug)
        assert [len(rows) for rows in written] == [1, 1]
        own.sql("UPDATE conversation SET state = %s::jsonb WHERE id = %s", before, shopper.conversation)
        own.sql(
            "WITH again AS (UPDATE message SET status = 'pending', at = now() - interval '1 minute'"
            " WHERE conversation_id = %s AND external_id = 'yes' RETURNING id)"
            " DELETE FROM message WHERE in_reply_to IN (SELECT id FROM again)",
            shopper.conversation,
        )
        until(lambda: answered(own), 20, "answered again")
        said = [message["text"] for message in shopper.say(yes, message_id="yes")["messages"]]
        assert any("20261101001005" in text for text in said)
        assert traces(own, shop_slug) == written


def traces(karwan: Karwan, shop: str) -> list[list[tuple[object, ...]]]:
    """What a cancellation leaves: operations and refunds."""
    order = """SELECT o.id FROM "order" o JOIN shop s ON s.id = o.shop_id
               WHERE s.slug = %s AND o.order_number = '20261101001005'"""
    return [
        karwan.sql(f"SELECT * FROM operation WHERE order_id IN ({order})", shop),
        karwan.sql(f"SELECT * FROM refund WHERE order_id IN ({order})", shop),
    ]


def test_the_embedded_database_dies(own: Karwan, shop_slug: str) -> None:
    with crowd(own, shop_slug, 4) as shoppers:
        write_all(shoppers, range(2))
        pid_file = own.log.parent / "postgres" / "postmaster.pid"
        postmaster = int(pid_file.read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)
        until(
            lambda: _first_line(pid_file) not in ("", str(postmaster)) and own.is_ready(), 60, "ready again"
        )
        write_all(shoppers, range(2, 4))
        until(lambda: answered(own), 60, "answered")
        for shopper in shoppers:
            check_all_answered_once(shopper, 4)


def _first_line(file: Path) -> str:
    return next(iter(file.read_text().splitlines()), "") if file.exists() else ""
