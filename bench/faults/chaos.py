"""What goes wrong during the load: processes killed one after the other, platforms that fail in every way."""

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.instance import Karwan
from tests.peers.base import Fault, Peer, Trouble
from tests.system.processes import pid_of

PARTS = ("worker", "app", "engine", "postgres")
BACK_WITHIN = 300.0  # seconds; more is a fault of its own
#: all the time, of all sends
ALWAYS = {Trouble.limited: 0.02, Trouble.error: 0.01, Trouble.unavailable: 0.01, Trouble.cut: 0.01}
#: the platform takes the message and we never learn of it: rare, and always a repetition
UNKNOWN = {Trouble.taken_cut: 0.002, Trouble.taken_error: 0.002}
#: for some seconds, of all sends
SPELLS = (Trouble.hang, Trouble.unavailable, Trouble.cut, Trouble.limited)


@dataclass(frozen=True)
class Pace:
    """How long the chaos lasts."""

    rounds: int = 2  # each process is killed so many times
    between: float = 12.0  # seconds from one being back to the next being killed
    spell: float = 6.0  # seconds a platform's trouble lasts


@dataclass
class Chaos:
    karwan: Karwan
    peers: list[Peer]
    kills: Counter[str] = field(default_factory=Counter)
    back_after: dict[str, float] = field(default_factory=dict)  # the longest, by part

    def begin(self) -> None:
        for peer in self.peers:
            for trouble, share in (ALWAYS | UNKNOWN).items():
                peer.faults.append(Fault(trouble, times=0, share=share))

    def end(self) -> None:
        for peer in self.peers:
            peer.faults.clear()

    async def run(self, pace: Pace) -> None:
        for _ in range(pace.rounds):
            for part, trouble in zip(PARTS, SPELLS, strict=True):
                await asyncio.sleep(pace.between / 2)
                await self._spell(trouble, pace.spell)
                await asyncio.sleep(pace.between / 2)
                await self._kill(part)

    async def _spell(self, trouble: Trouble, seconds: float) -> None:
        """Every platform in trouble at once."""
        faults = [(peer, peer.plan(trouble, times=0, value=2)) for peer in self.peers]
        for peer, fault in faults:  # before those that are always there
            peer.faults.remove(fault)
            peer.faults.insert(0, fault)
        await asyncio.sleep(seconds)
        for peer, fault in faults:
            with contextlib.suppress(ValueError):
                peer.faults.remove(fault)

    async def _kill(self, part: str) -> None:
        before = self._pid(part)
        assert before, f"{part} does not run"
        os.kill(before, signal.SIGKILL)
        self.kills[part] += 1
        started = time.monotonic()
        while self._pid(part) in (0, before) or not await asyncio.to_thread(self.karwan.is_ready):
            assert time.monotonic() - started < BACK_WITHIN, f"{part} did not come back"
            await asyncio.sleep(0.3)
        self.back_after[part] = max(self.back_after.get(part, 0), time.monotonic() - started)

    def _pid(self, part: str) -> int:
        if part != "postgres":
            return pid_of(self.karwan, part)
        file = self.karwan.log.parent / "postgres" / "postmaster.pid"
        return _first_number(file)


def _first_number(file: Path) -> int:
    try:
        return int(file.read_text().splitlines()[0])
    except (OSError, IndexError, ValueError):
        return 0
