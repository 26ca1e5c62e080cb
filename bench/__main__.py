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
    with both() as systems:
        for system in systems:
            asyncio.run(measure(system, 4, 100))  # warm up
        rounds: dict[tuple[str, int], list[Load]] = {}
        for _, (count, messages) in itertools.product(range(ROUNDS), LOADS.items()):
            for system in systems:
                load = asyncio.run(measure(system, count, messages))
                rounds.setdefault((system.name, count), []).append(load)
        loads = {key: middle(value) for key, value in rounds.items()}
        turns = {system.name: asyncio.run(one_long_conversation(system)) for system in systems}
        memory = {system.name: system.memory() for system in systems}
        ready = {system.name: system.ready_after for system in systems}
    show(loads, turns, memory, ready)
    keep(loads, turns, memory, ready)


def show(loads: dict[tuple[str, int], Load], turns: Any, memory: Any, ready: Any) -> None:
    names = list(turns)
    print(f"{'':34}" + "".join(f"{name:>14}" for name in names) + f"{'ratio':>10}")

    def row(label: str, values: list[float], digits: int = 1) -> None:
        ratio = values[0] / values[1] if values[1] else float("nan")
        print(f"{label:34}" + "".join(f"{v:>14.{digits}f}" for v in values) + f"{ratio:>10.2f}")

    for count in LOADS:
        both_loads = [loads[name, count] for name in names]
        row(f"{count:2} conversations: messages/s", [x.per_second for x in both_loads])
        for figure in ("p50", "p95", "p99"):
            row(f"    {figure} ms", [getattr(x, figure) for x in both_loads])
    for turn in TURNS:
        row(f"turn {turn} of one conversation, ms", [turns[name][turn] for name in names])
    for name in names:
        parts = ", ".join(f"{part} {mib:.0f}" for part, mib in memory[name].items())
        print(f"memory MiB, {name}: {sum(memory[name].values()):.0f} ({parts})")
    row("ready after, s", [ready[name] for name in names])


def keep(loads: dict[tuple[str, int], Load], turns: Any, memory: Any, ready: Any) -> None:
    figures = {
        "machine": f"{platform.machine()}, {platform.python_version()}",
        "loads": {f"{name}, {count}": asdict(load) for (name, count), load in loads.items()},
        "turns": turns,
        "memory_mib": memory,
        "ready_s": ready,
    }
    folder = ROOT / "reports"
    folder.mkdir(exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(figures, indent=1), "utf-8")


main()
