"""The load: conversations over all channels, some of which change an order, while things die."""

import asyncio
import random
import time
from contextlib import ExitStack

import aiohttp

from bench.faults.chaos import Chaos, Pace
from bench.faults.lines import PATIENCE, Line, Shopper, Telegram, Web, spread
from bench.faults.verdict import Report, judge
from bench.faults.weixin import WeChat, WeCom
from tests.instance import Karwan, running

SHOPS = 20
#: what most shoppers write: looks, questions, both languages; nobody asks for a person
SCRIPTS = (
    ("你好", "我的快递到哪了", "谢谢"),
    ("能开发票吗", "发什么快递", "谢谢"),
    ("ياخشىمۇسىز", "يوللانمام نەگە كەلدى", "رەھمەت"),
    ("支持七天无理由吗", "你好"),
    ("زاكازىمنى كۆرۈپ بېرىڭ", "رەھمەت"),
)
#: an order of the demo shop that can be cancelled, and the last digits of its phone
ORDER, DIGITS = "20261101001005", "6612"
BURST = 0.25  # of the shoppers do not wait for answers


_HELD = """
SELECT DISTINCT a.name, i.external_id FROM delivery d JOIN conversation c ON c.id = d.conversation_id
JOIN contact_inbox i ON i.id = c.contact_inbox_id JOIN channel_account a ON a.id = i.channel_account_id
WHERE d.status = 'held'
"""
_WAITING = """
SELECT (SELECT count(*) FROM message WHERE status = 'pending')
     + (SELECT count(*) FROM delivery WHERE status = 'waiting')
     + (SELECT count(*) FROM unnest(%s::text[]) AS written (id)
        WHERE NOT EXISTS (SELECT FROM message m WHERE m.external_id = written.id))
"""


async def run(conversations: int, at_once: int, pace: Pace) -> Report:
    with ExitStack() as stack:
        limits = {"WEB_MESSAGES_PER_SECOND": "1000", "CONTACT_MESSAGES_PER_SECOND": "1000"}
        karwan = stack.enter_context(running(**limits, WEB_SESSIONS_PER_SECOND="1000"))
        shops = [await asyncio.to_thread(karwan.new_shop) for _ in range(min(SHOPS, conversations // 10 + 1))]
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=30)
        ) as http:
            chance = random.Random(7)
            lines: list[Line] = [Telegram(http, chance), Web(http, chance), WeChat(chance), WeCom(chance)]
            for line in lines:
                await line.open(karwan, shops)
            try:
                return await _under_load(karwan, lines, shops, conversations, at_once, pace)
            finally:
                for line in lines:
                    await line.close()


async def _under_load(
    karwan: Karwan, lines: list[Line], shops: list[str], conversations: int, at_once: int, pace: Pace
) -> Report:
    chaos = Chaos(karwan, [line.peer for line in lines if line.peer])
    chaos.begin()
    started = time.monotonic()
    killing = asyncio.create_task(chaos.run(pace))
    places = iter(spread(lines, shops))
    chance = random.Random(11)
    done: list[tuple[Line, Shopper]] = []
    numbers = iter(range(conversations))

    async def shoppers() -> None:
        for number in numbers:
            line, shop = next(places)
            cancels = _cancels(number, len(lines), len(shops))
            done.append((line, await _converse(line, shop, number, cancels, chance)))

    await asyncio.gather(*(shoppers() for _ in range(at_once)))
    more = 0
    while not killing.done():  # the load lasts as long as the chaos
        line, shop = next(places)
        more += 1
        done.append((line, await _converse(line, shop, conversations + more, False, chance)))
    await killing
    chaos.end()
    await _settled(karwan, done)
    held = await _write_once_more(karwan, done)
    report = await judge(karwan, done, chaos, time.monotonic() - started)
    report.held = held
    return report


def _cancels(number: int, lines: int, shops: int) -> bool:
    """One conversation in each shop cancels an order, by all channels in turn."""
    return number < lines * shops and number % lines == (number // lines) % lines


async def _converse(line: Line, shop: str, number: int, cancels: bool, chance: random.Random) -> Shopper:
    """One of each shop's first cancels an order; the others look and ask."""
    who = await line.shopper(shop)
    try:
        if cancels:
            await _cancel(line, who)
        else:
            await _ask(line, who, SCRIPTS[number % len(SCRIPTS)], chance)
    except TimeoutError:  # they have lost patience; whether the answer came after all is seen at the end
        who.silences.append(PATIENCE)
    return who


async def _ask(line: Line, who: Shopper, texts: tuple[str, ...], chance: random.Random) -> None:
    burst = chance.random() < BURST
    for text in texts:
        await line.say(who, text, wait=not burst)
        await asyncio.sleep(chance.uniform(0, 0.5))


async def _cancel(line: Line, who: Shopper) -> None:
    """To the end: the button that says yes."""
    await line.say(who, f"我要取消订单 {ORDER}")
    for _ in range(12):  # the first word back may be that it takes a little longer
        buttons = await line.say(who, DIGITS)
        if buttons:
            await line.say(who, buttons[0]["payload"])
            return


async def _write_once_more(karwan: Karwan, done: list[tuple[Line, Shopper]]) -> int:
    """Sends that the platform took and cut off have cost some shoppers their budget: an answer is held until
    they write again. They do; the number of those."""
    held = {tuple(row) for row in await asyncio.to_thread(karwan.sql, _HELD)}
    waiting = [(line, who) for line, who in done if (who.account, who.key) in held]
    for line, who in waiting:
        await line.say(who, "在吗", wait=False)
    if waiting:
        await _settled(karwan, done)
    return len(waiting)


async def _settled(karwan: Karwan, done: list[tuple[Line, Shopper]], seconds: float = 180) -> None:
    """Until nothing waits any more. What still waits then counts as lost."""
    written = [external_id for _, who in done for external_id in who.taken]
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if await asyncio.to_thread(karwan.sql, _WAITING, written) == [(0,)]:
                return
        except Exception:
            pass
        await asyncio.sleep(0.5)
