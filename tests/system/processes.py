"""The processes of a running instance, as the system shows them."""

import os
import signal
from pathlib import Path

from tests.instance import Karwan, until

PARTS = {"engine": "nlu.engine", "app": "serve", "worker": "worker"}  # how each one's command ends


def pid_of(karwan: Karwan, part: str) -> int:
    """The part's process now; 0 where it does not run."""
    for pid in _children(karwan.supervisor.pid):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if command[-2:-1] == [PARTS[part].encode()]:
            return pid
    return 0


def kill(karwan: Karwan, part: str) -> int:
    """kill -9; the process id that was."""
    pid = pid_of(karwan, part)
    assert pid, f"{part} does not run"
    os.kill(pid, signal.SIGKILL)
    return pid


def until_again(karwan: Karwan, part: str, killed: int, seconds: float = 60) -> None:
    """Wait until the supervisor has started the part again and everything answers."""
    until(lambda: pid_of(karwan, part) not in (0, killed) and karwan.is_ready(), seconds, f"{part} again")


def family(pid: int) -> set[int]:
    """The process and all that come from it."""
    return {pid}.union(*(family(child) for child in _children(pid)))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def environment(pid: int) -> dict[str, str]:
    entries = Path(f"/proc/{pid}/environ").read_text().rstrip("\0").split("\0")
    return dict(entry.split("=", 1) for entry in entries)


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(") ")[2].split()[1])
        except OSError:
            continue  # it has just ended
        if parent == pid:
            found.append(int(entry.name))
    return found
