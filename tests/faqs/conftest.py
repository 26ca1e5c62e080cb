from bot import notices
from tests.instance import Karwan, until
from tests.shopper import Shopper


def until_embedded(karwan: Karwan) -> None:
    """Until every wording has its meaning."""
    pending = "SELECT count(*) FROM faq_wording WHERE embedding IS NULL"
    until(lambda: karwan.sql(pending) == [(0,)], 120, "embedded")


def reply_to(shopper: Shopper, text: str) -> str:
    """All that the bot says to it; on a busy machine after the word that it comes later."""
    last = max((message["seq"] for message in shopper.messages()), default=0)
    shopper.say(text)

    def said() -> list[str]:
        texts = [one["text"] for one in shopper.messages(after=last) if one["from"] == "bot"]
        return [one for one in texts if one not in notices.WAITING.values()]

    until(said, 60, "answered")
    return "\n".join(said())
