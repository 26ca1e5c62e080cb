"""Is it the message, the chat, or the whole platform? What an account's sends in this process tell."""

import time
import uuid

MOST_AT_ONCE = 40  # sends of one account: a platform that hangs must leave lanes to the others
AWAY_AFTER = 3  # conversations in a row that could not be sent to
LATELY = 10.0  # seconds
PROBE_EVERY = 2.0  # seconds, while it is away


class Health:
    """Of one account. `wait` says how long to leave it alone; while it is away one send at a time tries."""

    def __init__(self) -> None:
        self._busy = 0
        self._failing: set[uuid.UUID] = set()
        self._well_at = -LATELY
        self._probe_at = 0.0

    def wait(self) -> float:
        """0 when a send may go now."""
        moment = time.monotonic()
        if self._busy >= MOST_AT_ONCE:
            return 0.5
        if self.away:
            if moment < self._probe_at:
                return self._probe_at - moment
            self._probe_at = moment + PROBE_EVERY
        return 0

    @property
    def away(self) -> bool:
        return len(self._failing) >= AWAY_AFTER

    @property
    def is_well(self) -> bool:
        """Others were sent to lately: what fails now is the message's or the chat's own trouble."""
        return not self.away and time.monotonic() - self._well_at < LATELY

    def begun(self) -> None:
        self._busy += 1

    def ended(self, conversation: uuid.UUID, answered: bool) -> None:
        """`answered`: the platform took it, or said why not."""
        self._busy -= 1
        if answered:
            self._failing.clear()
            self._well_at = time.monotonic()
        else:
            self._failing.add(conversation)
