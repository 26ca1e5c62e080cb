"""Shoppers' phones, as the platform shows them: what each saw, in order, and by which way it came."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shown:
    text: str
    way: str  # passive, api, event
    menu: tuple[tuple[str, str], ...] = ()  # of a menu message: id and words of each choice


@dataclass
class Phone:
    """One shopper: what they see, and what the platform remembers of them."""

    seen: list[Shown] = field(default_factory=list)
    budget: int = 0  # sends left
    window_ends: float = 0.0  # until then anything may be sent
    faults: int = 0  # how often the platform told them that the service is out of order
    state: int = 0  # WeCom: the session's
    typing: int = 0

    @property
    def in_time(self) -> bool:
        return time.monotonic() < self.window_ends

    @property
    def open(self) -> bool:
        return self.in_time and self.budget > 0

    @property
    def texts(self) -> list[str]:
        return [shown.text for shown in self.seen]


class Phones:
    """All of them; waited for from a test's thread, filled from the peer's."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._phones: defaultdict[str, Phone] = defaultdict(Phone)

    def __getitem__(self, user: str) -> Phone:
        with self._changed:
            return self._phones[user]

    def show(self, user: str, shown: Shown) -> None:
        with self._changed:
            self._phones[user].seen.append(shown)
            self._changed.notify_all()

    def all(self) -> dict[str, Phone]:
        with self._changed:
            return dict(self._phones)

    def until(self, user: str, count: int, within: float = 30) -> list[str]:
        """The texts of that phone, as soon as there are so many. Raises AssertionError."""
        with self._changed:
            phone = self._phones[user]
            arrived = self._changed.wait_for(lambda: len(phone.seen) >= count, within)
            assert arrived, f"{len(phone.seen)} of {count} messages: {phone.texts}"
            return phone.texts


HOURS_48 = 48 * 3600.0
TEXT_BYTES = 2048


def wrote(phone: Phone, sends: int = 5, seconds: float = HOURS_48) -> None:
    """The shopper did something that opens the window."""
    phone.budget, phone.window_ends = sends, time.monotonic() + seconds
