"""What an adapter may use of the process it runs in."""

from dataclasses import dataclass

from bot.live import Live
from bot.vault import Vault
from shop.database import Sessions


@dataclass(frozen=True)
class Tools:
    """`sessions` are transactions; in `single` sessions each statement is its own."""

    sessions: Sessions
    single: Sessions
    vault: Vault
    live: Live | None = None  # news of conversations, where callbacks are answered
    public_url: str = ""  # the address platforms reach us at
