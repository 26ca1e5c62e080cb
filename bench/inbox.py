"""How fast the inbox is, against a running `karwan run` whose database `bench.inbox_data` has filled.

    python -m bench.inbox [--base http://127.0.0.1:8000] [--streams 200]

Prints p50, p95 and the slowest, in milliseconds; writes reports/inbox.json.
"""

import argparse
import asyncio
import json
import random
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from bench.inbox_data import EMAIL, PASSWORD, SHOP
from bot.settings import ROOT

ROUNDS = 200  # of each kind of request
_SAID = re.compile(rb"(\d+) \xe5\x9c\xa8\xe5\x90\x97")  # "7 …", as the row of the list shows it
SPOKEN = 60  # messages whose way to the streams is timed


async def main(base: str, streams: int) -> None:
    async with aiohttp.ClientSession(base, connector=aiohttp.TCPConnector(limit=0)) as http:
        login = await http.post("/api/v1/login", json={"email": EMAIL, "password": PASSWORD})
        token = (await login.json())["token"]
        staff = {"Authorization": f"Bearer {token}"}
        figures = await _pages(http, staff)
        figures |= await _streams(http, staff, streams)
        figures |= await _screens(http, staff, streams)
    for name, figure in figures.items():
        print(f"{name:44}", *(f"{key} {value:8.1f}" for key, value in figure.items()))
    report = ROOT / "reports" / "inbox.json"
    report.parent.mkdir(exist_ok=True)
    report.write_text(json.dumps(figures, indent=1))


async def _pages(http: aiohttp.ClientSession, staff: dict[str, str]) -> dict[str, Any]:
    async def get(path: str) -> Any:
        async with http.get(f"/api/v1{path}", headers=staff) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    chance = random.Random(2)
    known: list[str] = []
    cursors = [""]
    for _ in range(30):
        page = await get(f"/conversations?limit=50{cursors[-1]}")
        known += [one["id"] for one in page["items"]]
        cursors.append(f"&after={page['after']}")
    figures = {}
    for name, path in {
        "list, all": lambda: "/conversations?limit=50",
        "list, a later page": lambda: f"/conversations?limit=50{chance.choice(cursors)}",
        "list, queued": lambda: "/conversations?state=queued&limit=50",
        "list, bot": lambda: "/conversations?state=bot&limit=50",
        "list, mine": lambda: "/conversations?state=human&mine=true&limit=50",
        "list, angry and Uyghur": lambda: "/conversations?emotion=angry&language=ug&limit=50",
        "list, search for words": lambda: "/conversations?search=ئەنجۈر&limit=50",
        "list, search for an order": lambda: "/conversations?search=20261101001031&limit=50",
        "counts": lambda: "/counts",
        "open": lambda: f"/conversations/{chance.choice(known)}",
    }.items():
        figures[name] = await _timed(lambda path=path: get(path()), rounds=40 if "search" in name else ROUNDS)
    figures["open, 8 at once"] = await _timed(lambda: get(f"/conversations/{chance.choice(known)}"), 8)
    figures["list, 8 at once"] = await _timed(lambda: get("/conversations?limit=50"), 8)
    return figures


async def _timed(
    act: Callable[[], Awaitable[Any]], at_once: int = 1, rounds: int = ROUNDS
) -> dict[str, float]:
    times: list[float] = []

    async def lane() -> None:
        for _ in range(rounds // at_once):
            begun = time.perf_counter()
            await act()
            times.append((time.perf_counter() - begun) * 1000)

    await asyncio.gather(*(lane() for _ in range(at_once)))
    return _figure(times)


def _figure(times: list[float]) -> dict[str, float]:
    times.sort()
    return {"p50": times[len(times) // 2], "p95": times[int(len(times) * 0.95)], "max": times[-1]}


async def _streams(http: aiohttp.ClientSession, staff: dict[str, str], streams: int) -> dict[str, Any]:
    """A shopper writes; when is it on each of the open inboxes?"""
    spoken: dict[tuple[str, int], float] = {}
    heard: list[tuple[tuple[str, int], float]] = []  # it may come before the answer to its sender
    ready = asyncio.Semaphore(0)

    async def follow() -> None:
        async with http.get("/api/v1/events", headers=staff, timeout=aiohttp.ClientTimeout(None)) as stream:
            ready.release()
            async for line in stream.content:
                if not line.startswith(b"data: "):
                    continue
                change = json.loads(line[6:])
                heard.append(((change["conversation"], change.get("seq") or 0), time.perf_counter()))

    tasks = [asyncio.create_task(follow()) for _ in range(streams)]
    for _ in range(streams):
        await ready.acquire()
    await asyncio.sleep(2)
    opened = await (await http.post(f"/channels/web/{SHOP}/sessions", json={})).json()
    shopper = {"Authorization": f"Bearer {opened['token']}"}
    for number in range(SPOKEN):
        body = {"message_id": uuid.uuid4().hex, "text": f"{number} 在吗"}
        begun = time.perf_counter()
        answer = await http.post(f"/channels/web/{SHOP}/messages", json=body, headers=shopper)
        spoken[(opened["conversation"], (await answer.json())["seq"])] = begun
        await asyncio.sleep(0.25)
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    times = [(at - spoken[key]) * 1000 for key, at in heard if key in spoken]
    told = {"told": float(len(times)), "of": float(SPOKEN * streams)}
    return {f"shopper's message to {streams} streams": _figure(times) | told}


async def _screens(http: aiohttp.ClientSession, staff: dict[str, str], screens: int) -> dict[str, Any]:
    """The same for the pages: each has its own stream of HTML and a conversation open; a person has the
    shopper's, as when it matters how fast an agent sees it."""
    opened = await (await http.post(f"/channels/web/{SHOP}/sessions", json={})).json()
    shopper = {"Authorization": f"Bearer {opened['token']}"}
    await http.post(f"/api/v1/conversations/{opened['conversation']}/claim", headers=staff)
    listed = await (await http.get(f"/api/v1/conversations?limit={min(screens, 100)}", headers=staff)).json()
    known = [one["id"] for one in listed["items"]]
    heard: dict[tuple[int, int], float] = {}
    ready = asyncio.Semaphore(0)

    async def follow(screen: int) -> None:
        query = {"view": "all", "open": known[screen % len(known)]}
        timeout = aiohttp.ClientTimeout(None)
        async with http.get("/inbox/events", params=query, headers=staff, timeout=timeout) as stream:
            ready.release()
            async for line in stream.content:
                if said := _SAID.search(line):
                    heard.setdefault((screen, int(said[1])), time.perf_counter())

    tasks = [asyncio.create_task(follow(screen)) for screen in range(screens)]
    for _ in range(screens):
        await ready.acquire()
    await asyncio.sleep(2)
    begun: dict[int, float] = {}
    for number in range(SPOKEN):
        begun[number] = time.perf_counter()
        body = {"message_id": uuid.uuid4().hex, "text": f"{number} 在吗"}
        await http.post(f"/channels/web/{SHOP}/messages", json=body, headers=shopper)
        await asyncio.sleep(0.5)
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    times = [(at - begun[number]) * 1000 for (_, number), at in heard.items()]
    told = {"told": float(len(times)), "of": float(SPOKEN * screens)}
    return {f"shopper's message on {screens} screens": _figure(times) | told}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure the inbox of a running Karwan.")
    parser.add_argument("--base", default="http://127.0.0.1:8000")
    parser.add_argument("--streams", type=int, default=200)
    wanted = parser.parse_args()
    asyncio.run(main(wanted.base, wanted.streams))
