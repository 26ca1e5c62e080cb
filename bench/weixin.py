"""How fast WeChat is answered in place, and WeCom's rings are acknowledged: `python -m bench.weixin`.

An even stream of messages (open loop), one channel after the other. A WeChat callback waits for its answer:
what counts is how many carry it, and after how long; the others get `success`, and replies by the API.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

from bench.callbacks import TEXTS, show
from tests.instance import Karwan, running
from tests.peers.wechat import Official, Push, WeChatPeer
from tests.peers.wecom import WecomPeer

AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
USERS = 400
_WAITING = "SELECT count(*) FROM message WHERE status = 'pending'"


async def stream(rate: float, seconds: float, one: Callable[[int], Awaitable[None]]) -> None:
    tasks, started = set(), time.monotonic()
    for number in itertools.count():
        due = started + number / rate
        if due > started + seconds:
            break
        await asyncio.sleep(max(0, due - time.monotonic()))
        task = asyncio.ensure_future(one(number))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


async def wechat(karwan: Karwan, rate: float, seconds: float) -> None:
    peer = await WeChatPeer(Official(aes_key=AES_KEY)).start()
    ours = peer.account
    secrets = {"app_secret": ours.app_secret, "token": ours.token, "aes_key": ours.aes_key}
    config = {"app_id": ours.app_id, "api_base": peer.base}
    await karwan.add_account("wechat", "demo", "bench", config, secrets)
    ours.url = f"{karwan.base}/channels/wechat/bench"
    pushes: list[Push] = []

    async def one(number: int) -> None:
        pushes.append(await peer.text(f"o-{number % USERS}", TEXTS[number % len(TEXTS)]))

    await stream(5, 5, one)  # warm
    pushes.clear()
    await stream(rate, seconds, one)
    await _settled(karwan)
    await peer.stop()
    in_place = [push.seconds[-1] * 1000 for push in pushes if push.reply]
    print(f"wechat: {len(in_place)} of {len(pushes)} answered in place, longest callback "
          f"{max(max(push.seconds) for push in pushes):.2f} s")  # fmt: skip
    if len(in_place) > 1:
        show(f"wechat answered in place, {rate:.0f} messages/s", in_place)


async def wecom(karwan: Karwan, rate: float, seconds: float) -> None:
    peer = await WecomPeer().start()
    corp = peer.corp
    secrets = {"secret": corp.secret, "token": corp.token, "aes_key": corp.aes_key}
    config = {"corp_id": corp.corp_id, "open_kfid": corp.open_kfid, "api_base": peer.base}
    await karwan.add_account("wecom", "demo", "bench", config, secrets)
    corp.url = f"{karwan.base}/channels/wecom/bench"
    times: list[float] = []

    async def one(number: int) -> None:
        ack = await peer.text(f"u-{number % USERS}", TEXTS[number % len(TEXTS)])
        times.append(ack.seconds[-1] * 1000)

    await stream(5, 5, one)
    times.clear()
    await stream(rate, seconds, one)
    await _settled(karwan)
    await peer.stop()
    show(f"wecom acknowledged, {rate:.0f} messages/s", times)


async def _settled(karwan: Karwan) -> None:
    for _ in range(360):
        if await asyncio.to_thread(karwan.sql, _WAITING) == [(0,)]:
            return
        await asyncio.sleep(0.5)


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.weixin", description=__doc__)
    parser.add_argument("--rate", type=float, default=50, help="of WeCom's rings")
    parser.add_argument("--answers", type=float, default=20, help="of WeChat's messages")
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    with ExitStack() as stack:
        karwan = stack.enter_context(running(CONTACT_MESSAGES_PER_SECOND="1000"))
        await wechat(karwan, given.answers, given.seconds)
        await wecom(karwan, given.rate, given.seconds)


if __name__ == "__main__":
    asyncio.run(main())
