"""How fast callbacks are acknowledged, and what a limited chat costs the others: `python -m bench.callbacks`.

Twenty Telegram accounts in one process, an even stream of messages (open loop: the next is sent whether or
not the last is acknowledged), first with a platform that is well, then with one chat that is always limited.
"""

import argparse
import asyncio
import itertools
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass

import aiohttp

from tests.instance import Karwan, running
from tests.peers.base import Trouble
from tests.peers.telegram import Bot, TelegramPeer

ACCOUNTS = 20
CHATS = 400
LIMITED = 1_000_000  # the chat that is limited
TEXTS = ("我的快递到哪了", "能开发票吗", "谢谢", "زاكازىمنى كۆرۈپ بېرىڭ", "你好", "رەھمەت")

_DELAYS = """
SELECT extract(epoch FROM d.sent_at - d.created_at) * 1000 FROM delivery d
JOIN conversation c ON c.id = d.conversation_id JOIN contact_inbox i ON i.id = c.contact_inbox_id
WHERE d.status = 'sent' AND i.external_id <> %s AND d.created_at > to_timestamp(%s)
"""
_WAITING = """
SELECT (SELECT count(*) FROM message WHERE status = 'pending')
     + (SELECT count(*) FROM delivery d JOIN conversation c ON c.id = d.conversation_id
        JOIN contact_inbox i ON i.id = c.contact_inbox_id WHERE d.status = 'waiting' AND i.external_id <> %s)
"""


@dataclass
class Stream:
    """Milliseconds."""

    acknowledged: list[float]
    delays: list[float]  # from the reply's row to the platform's yes


async def stream(
    karwan: Karwan, peer: TelegramPeer, bots: list[Bot], rate: float, seconds: float, *, limited: bool
) -> Stream:
    began, tasks, times = time.time(), set(), []
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as http:

        async def one(number: int) -> None:
            chat = LIMITED if limited and number % 50 == 0 else 1000 + number % CHATS
            bot = bots[chat % ACCOUNTS]
            update = peer.text(chat, TEXTS[number % len(TEXTS)])
            times.append(await peer.deliver(http, bot, update) * 1000)

        started = time.monotonic()
        for number in itertools.count():
            due = started + number / rate
            if due > started + seconds:
                break
            await asyncio.sleep(max(0, due - time.monotonic()))
            task = asyncio.create_task(one(number))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)
    for _ in range(360):
        if karwan.sql(_WAITING, str(LIMITED)) == [(0,)]:
            break
        await asyncio.sleep(0.5)
    delays = [float(row[0]) for row in await asyncio.to_thread(karwan.sql, _DELAYS, str(LIMITED), began)]
    return Stream(times, delays)


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.callbacks", description=__doc__)
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    with ExitStack() as stack:
        karwan = stack.enter_context(running(CONTACT_MESSAGES_PER_SECOND="1000"))
        peer = await TelegramPeer().start()
        bots = [peer.add_bot(number) for number in range(ACCOUNTS)]
        for number, bot in enumerate(bots):
            secrets = {"bot_token": bot.token, "secret_token": bot.secret}
            await karwan.add_account("telegram", "demo", f"b{number}", {"api_base": peer.base}, secrets)
            bot.url = f"{karwan.base}/channels/telegram/b{number}"
        await stream(karwan, peer, bots, 10, 8, limited=False)  # every account and statement warm
        well = await stream(karwan, peer, bots, given.rate, given.seconds, limited=False)
        peer.plan(Trouble.limited, times=0, to=str(LIMITED), value=5)
        troubled = await stream(karwan, peer, bots, given.rate, given.seconds, limited=True)
        limits = peer.troubled[Trouble.limited]
        await peer.stop()
    show(f"acknowledged, {given.rate:.0f} messages/s", well.acknowledged)
    show("  while one chat is limited", troubled.acknowledged)
    show("reply written to sent", well.delays)
    show(f"  while one chat is limited ({limits} times)", troubled.delays)


def show(what: str, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    p50, p95, p99 = cuts[49], cuts[94], cuts[98]
    print(f"{what:42} n {len(times):5}  p50 {p50:7.1f}  p95 {p95:7.1f}  p99 {p99:7.1f} ms", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
