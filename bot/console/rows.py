"""The list of conversations as rows to show: which are wanted, in which order, what each says."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.console import moods
from bot.console.words import LANGUAGES, Words
from bot.models import Mode
from bot.staff.access import Who
from bot.support.reading import Wanted
from shop.database import now


def _(word: str) -> str:
    return word


VIEWS: dict[str, tuple[str, Wanted]] = {
    "waiting": (_("Waiting"), Wanted(state=Mode.queued)),
    "mine": (_("Mine"), Wanted(state=Mode.human, mine=True, named=True)),
    "people": (_("In hand"), Wanted(state=Mode.human)),
    "bot": (_("Bot"), Wanted(state=Mode.bot)),
    "closed": (_("Closed"), Wanted(state=Mode.closed)),
    "all": (_("All"), Wanted()),
}
EMPTY = {
    "waiting": _("Nobody is waiting. New requests appear here by themselves."),
    "mine": _("You have no conversation right now."),
}
CHANNELS = {
    "web": _("Web"),
    "telegram": _("Telegram"),
    "wechat": _("WeChat account"),
    "wecom": _("WeChat service"),
}
_FAR = 10**16  # microseconds later than any moment here


@dataclass(frozen=True)
class Filters:
    """What the head of the list asks for."""

    view: str = "waiting"
    search: str = ""
    language: str = ""
    channel: str = ""
    mood: str = ""
    agent: int | None = None
    unread: bool = False

    @property
    def narrowed(self) -> bool:
        return bool(self.language or self.channel or self.mood or self.agent or self.unread)

    @property
    def wanted(self) -> Wanted:
        base = VIEWS[self.view][1]
        return replace(
            base,
            owner=self.agent,
            language=self.language or None,
            channel=self.channel or None,
            emotion=self.mood or None,
            search=self.search.strip() or None,
        )

    def fits(self, item: dict[str, Any], who: Who) -> bool:
        """Whether a conversation that changed belongs in the list. What is searched for is not looked at."""
        wanted = self.wanted
        if wanted.named and item["named"]:
            wanted = replace(wanted, state=None, mine=False)
        owner = item["owner"]["id"] if item["owner"] else None
        checks = (
            (wanted.state, item["state"]),
            (who.staff_id if wanted.mine else None, owner),
            (wanted.owner, owner),
            (wanted.language, item["language"]),
            (wanted.channel, item["channel"]),
            (wanted.emotion, item["mood"]["emotion"]),
        )
        return all(asked is None or asked == is_ for asked, is_ in checks) and (
            not self.unread or item["unread"] > 0
        )


@dataclass(frozen=True)
class Row:
    id: str
    order: str  # rows are sorted by it, as text
    alert: str  # "what:number" when it should ring for the reader; "" else
    name: str
    mood: int
    mood_word: str
    failed: bool  # something was not delivered
    waiting_since: datetime | None
    due: str  # "", "soon" or "late": the target for an answer
    last_at: datetime
    last_text: str
    last_icon: str  # of who said it, if it was not the shopper
    last_language: str
    unread: int
    named: bool  # a note that the reader has not seen names them
    channel: str
    channel_word: str
    language: str
    language_word: str
    who: str
    who_icon: str


def row_of(item: dict[str, Any], who: Who, filters: Filters, ours: Words) -> Row:
    mood = item["mood"]
    owner = item["owner"]
    mine = owner is not None and owner["id"] == who.staff_id
    human = item["state"] == Mode.human
    return Row(
        id=item["id"],
        order=_order(item, filters),
        alert=_alert(item, mine),
        name=name_of(item, ours),
        mood=moods.step_of(mood["emotion"], mood["intensity"]),
        mood_word=moods.word_of(mood["emotion"], ours),
        failed=bool(item.get("failed")),
        waiting_since=_since(item),
        due=due_of(item["handover"]),
        last_at=datetime.fromisoformat(item["last_at"]),
        last_text=_last(item["last"], ours),
        last_icon={"bot": "bot", "staff": "person"}.get((item["last"] or {}).get("from", ""), ""),
        last_language=item["language"],
        unread=item["unread"],
        named=bool(item["named"]),
        channel=item["channel"],
        channel_word=channel_word(item, ours),
        language=item["language"],
        language_word=LANGUAGES.get(item["language"], ""),
        who=_who(item, mine, ours),
        who_icon="person" if human else "clock" if item["state"] == Mode.queued else "bot",
    )


def channel_word(item: dict[str, Any], ours: Words) -> str:
    name = CHANNELS[item["channel"]]
    return ours.gettext(name)


def name_of(item: dict[str, Any], ours: Words) -> str:
    """The buyer's name where an order is proved, else a number that tells shoppers apart."""
    if item["customer"]:
        return str(item["customer"])
    return ours.gettext("Shopper %s") % str(item["id"])[:4].upper()


def due_of(handover: dict[str, Any] | None) -> str:
    """How the target for the first answer stands."""
    if handover is None or handover["first_reply_at"] or not handover["reply_due_at"]:
        return ""
    if datetime.fromisoformat(handover["reply_due_at"]) < now():
        return "late"
    return "soon" if str(handover["warned"] or "").startswith("reply") else ""


def _since(item: dict[str, Any]) -> datetime | None:
    if item["state"] not in (Mode.queued, Mode.human):
        return None
    since = item["queued_at"] if item["state"] == Mode.queued else item["waiting_since"]
    return datetime.fromisoformat(since) if since else None


def _order(item: dict[str, Any], filters: Filters) -> str:
    if filters.view == "waiting" and item.get("rank_at"):
        return f"{_micros(item['rank_at']):017d}"
    return f"{_FAR - _micros(item['last_at']):017d}"


def _micros(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp() * 1_000_000)


def _alert(item: dict[str, Any], mine: bool) -> str:
    """It rings when a colleague names one, when somebody begins to wait, and when a shopper writes in one's
    own conversation."""
    last = item["last"]
    if item["named"]:
        return f"named:{item['named']}"
    if item["state"] == Mode.queued:
        return f"queued:{item['epoch']}"
    if mine and item["state"] == Mode.human and last and last["from"] == "shopper":
        return f"message:{last['seq']}"
    return ""


def _last(last: dict[str, Any] | None, ours: Words) -> str:
    if last is None:
        return ""
    return " ".join(last["text"].split()) or (ours.gettext("[Picture]") if last["picture"] else "")


def _who(item: dict[str, Any], mine: bool, ours: Words) -> str:
    match item["state"]:
        case Mode.human:
            return ours.gettext("You") if mine else str(item["owner"]["name"]) if item["owner"] else "–"
        case Mode.queued:
            return ours.gettext("Waiting")
        case Mode.closed:
            return ours.gettext("Closed")
    return ours.gettext("Bot")
