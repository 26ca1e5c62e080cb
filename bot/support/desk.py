"""What the routes and pages of the inbox work with."""

from bot.channels.rate import Rate
from bot.live import Live
from bot.support.feed import Feed
from bot.support.presence import Presence
from bot.support.translation import Translator
from bot.vault import Vault
from shop.database import Sessions


class Support:
    """In `single` sessions each statement is its own transaction; whole use cases take `sessions`."""

    def __init__(
        self,
        sessions: Sessions,
        single: Sessions,
        live: Live,
        logins: Rate,
        vault: Vault,
        translator: Translator | None = None,
    ) -> None:
        self.sessions = sessions
        self.single = single
        self.live = live
        self.feed = Feed(single, live)
        self.vault = vault
        self.logins = logins  # tries of one network address
        self.presence = Presence(single, live)
        self.translator = translator  # none unless the settings name one
