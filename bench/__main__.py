"""Measure, print side by side, and keep the figures in reports/bench.json."""

import asyncio
import itertools
import json
import platform
import statistics
import time
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp

from bench.systems import System, both
from bot.settings import ROOT

#: a conversation that has everything: small talk, proof, look-ups, a form, a refusal, a question on the side
SCRIPT = (
    "你好",
    "我的快递到哪了",
    "20261101001014",
    "7791",
    "我要退货",
    "不是这个订单，是20261101001032",
    "算了不退了",
    "订单发货了吗",
    "能开发票吗",
    "算了",
    "退款什么时候到账",
    "ياخشىمۇسىز",
    "يوللانمام نەگە كەلدى",
    "زاكازىمنى كۆرۈپ بېرىڭ",
    "رەھمەت",
    "谢谢",
)
LOADS = {1: 160, 8: 640, 32: 960}  # conversations at once: messages in all
TURNS = (5, 50, 200, 500)  # of one conversation, whose latency is looked at
ROUNDS = 3  # the loads, in turn with the other system


@dataclass
class Load:
    """Milliseconds, and messages a second."""

    p50: float
    p95: float
    p99: float
    per_second: float


async def measure(system: System, conversations: int, messages: int) -> Load:
    """Conversations side by side, each one message at a time, until `messages` are answered."""
    numbers = itertools.count()
    times: list[float] = []

    async def converse(http: aiohttp.ClientSession) -> None:
        who = await system.open(http)
        for text in itertools.cycle(SCRIPT):
            if next(numbers) >= messages:
                return
            started = time.perf_counter()
            await system.say(http, who, text)
            times.append((time.perf_counter() - started) * 1000)
            if len(times) % len(SCRIPT) == 0:
                who = await system.open(http)  # shops see many short conversations

    async with _http() as http:
        started = time.perf_counter()
        await asyncio.gather(*(converse(http) for _ in range(conversations)))
        seconds = time.perf_counter() - started
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return Load(cuts[49], cuts[94], cuts[98], len(times) / seconds)


async def one_long_conversation(system: System) -> dict[int, float]:
    """The median latency of the five turns around each of TURNS, in milliseconds."""
    times: list[float] = []
    async with _http() as http:
        who = await system.open(http)
        for text in itertools.islice(itertools.cycle(SCRIPT), TURNS[-1] + 8):
            started = time.perf_counter()
            await system.say(http, who, text)
            times.append((time.perf_counter() - started) * 1000)
    # One pass of the script a window, so that the same messages are compared.
    return {n: statistics.median(times[max(1, n - len(SCRIPT) // 2) : n + len(SCRIPT) // 2]) for n in TURNS}


def _http() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(120))


def middle(loads: list[Load]) -> Load:
    """The median of each figure over the rounds."""
    return Load(
        *(statistics.median(values) for values in zip(*(vars(x).values() for x in loads), strict=True))
    )


def main() -> None:
    """Each figure is printed as soon as it is there: stock's long conversation comes last and takes long."""
    with both() as systems:
        names = [system.name for system in systems]
        show_header(names)
        ready = [system.ready_after for system in systems]
        show("ready after, s", ready)
        for system in systems:
            asyncio.run(measure(system, 4, 100))  # warm up
        loads = {count: measure_in_turn(systems, count, messages) for count, messages in LOADS.items()}
        for count, figures in loads.items():
            show(f"{count:2} conversations: messages/s", [load.per_second for load in figures])
            for figure in ("p50", "p95", "p99"):
                show(f"    {figure} ms", [getattr(load, figure) for load in figures])
        memory = {system.name: system.memory() for system in systems}
        for name, parts in memory.items():
            listed = ", ".join(f"{part} {mib:.0f}" for part, mib in parts.items())
            print(f"memory MiB, {name}: {sum(parts.values()):.0f} ({listed})", flush=True)
        turns = [asyncio.run(one_long_conversation(system)) for system in systems]
        for turn in TURNS:
            show(f"turn {turn} of one conversation, ms", [long[turn] for long in turns])
    keep(names, loads, turns, memory, ready)


def measure_in_turn(systems: tuple[System, ...], count: int, messages: int) -> list[Load]:
    """One load on each system in turn, several rounds, so that a machine that slows down slows both."""
    rounds: list[list[Load]] = [[] for _ in systems]
    for _ in range(ROUNDS):
        for system, own in zip(systems, rounds, strict=True):
            own.append(asyncio.run(measure(system, count, messages)))
    return [middle(own) for own in rounds]


def show_header(names: list[str]) -> None:
    print(f"{'':34}" + "".join(f"{name:>14}" for name in names) + f"{'ratio':>10}", flush=True)


def show(label: str, values: list[float]) -> None:
    ratio = values[0] / values[1] if values[1] else float("nan")
    print(f"{label:34}" + "".join(f"{value:>14.1f}" for value in values) + f"{ratio:>10.2f}", flush=True)


def keep(names: list[str], loads: dict[int, list[Load]], turns: Any, memory: Any, ready: Any) -> None:
    figures = {
        "machine": f"{platform.machine()}, {platform.python_version()}",
        "systems": names,
        "loads": {count: [asdict(load) for load in both_loads] for count, both_loads in loads.items()},
        "turns": turns,
        "memory_mib": memory,
        "ready_s": ready,
    }
    folder = ROOT / "reports"
    folder.mkdir(exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(figures, indent=1), "utf-8")


main()
