"""How fast one sender may go: a token bucket each, in this process."""

import time

from cachetools import TTLCache


class Rate:
    """`burst` at once, then `per_second`. Senders unseen for ten minutes are forgotten."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: TTLCache[object, tuple[float, float]] = TTLCache(maxsize=100_000, ttl=600)

    def wait_for(self, sender: object) -> float:
        """0 when the sender may go now (and went); else the seconds to wait."""
        moment = time.monotonic()
        level, since = self._buckets.get(sender, (float(self._burst), moment))
        level = min(self._burst, level + (moment - since) * self._per_second)
        if level < 1:
            return (1 - level) / self._per_second
        self._buckets[sender] = (level - 1, moment)
        return 0
