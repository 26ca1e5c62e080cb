"""The page of the log, for owners: who saw and did what, by person, act, conversation and days."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from bot.api.asking import Desk
from bot.console.asking import signed_in
from bot.console.page import page
from bot.console.told import Told
from bot.console.words import Words, words
from bot.staff import accounts
from bot.staff.access import Right, Who
from bot.staff.audit import Entry, Sought, read_log
from shop.moments import CHINA

PAGE = 50
FIRST_YEAR = 2000  # days before it are slips of the finger

routes = APIRouter(include_in_schema=False, route_class=Told)

Manager = Annotated[Who, Depends(signed_in(Right.manage))]


def _(word: str) -> str:
    return word


#: every act that is written down (bot.staff.audit), as owners read it
ACTS = {
    "login": _("signed in"),
    "login_failed": _("somebody tried to sign in with a wrong password or code"),
    "change_password": _("changed their password"),
    "totp_on": _("switched the second step on"),
    "totp_off": _("switched the second step off"),
    "available": _("takes conversations"),
    "away": _("went away"),
    "open": _("opened the conversation"),
    "unmask": _("saw personal data"),
    "claim": _("took the conversation"),
    "reply": _("answered"),
    "send_again": _("sent an answer again"),
    "release": _("gave it back to the bot"),
    "requeue": _("put it back into the queue"),
    "transfer": _("passed it on"),
    "close": _("ended the conversation"),
    "assigned": _("was given the conversation"),
    "returned to queue": _("nobody answered: back into the queue"),
    "cancel_order": _("cancelled the order"),
    "open_return": _("opened a return"),
    "approve_return": _("approved a return"),
    "reject_return": _("rejected a return"),
    "add_canned": _("added a ready answer"),
    "change_canned": _("changed a ready answer"),
    "remove_canned": _("removed a ready answer"),
    "add_staff": _("added a colleague"),
    "change_staff": _("changed a colleague"),
    "remove_staff": _("removed a colleague"),
    "reset_password": _("made a new password for a colleague"),
    "set_service": _("changed hours or service rules"),
    "add_order": _("brought an order"),
    "change_order": _("changed an order"),
    "add_events": _("told a parcel’s news"),
    "import_orders": _("brought a file of orders"),
    "take_orders": _("took a file’s orders over"),
    "stop_import": _("stopped an import"),
    "make_key": _("made a key for a program"),
    "revoke_key": _("revoked a program’s key"),
    "set_secret": _("set a service’s secret"),
    "drop_secret": _("removed a service’s secret"),
    "change_settings": _("changed the shop’s settings"),
    "rename_shop": _("renamed the shop"),
    "set_product": _("changed the goods"),
    "remove_product": _("removed goods"),
    "add_channel": _("connected a channel"),
    "change_channel": _("changed a channel"),
    "remove_channel": _("removed a channel"),
    "add_faq": _("added an FAQ"),
    "change_faq": _("changed an FAQ"),
    "publish_faq": _("published an FAQ"),
    "remove_faq": _("removed an FAQ"),
    "import_faqs": _("brought a file of FAQs"),
    "bulk_faqs": _("changed several FAQs"),
    "undo_faqs": _("undid a change of FAQs"),
    "add_examples": _("added example questions"),
}


@dataclass(frozen=True)
class Noted:
    """One entry to show."""

    at: datetime
    name: str
    act: str
    about: str
    place: str  # an address that shows what it is about
    number: bool  # `about` is one, and runs left to right


Short = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True)
class Filters:
    """What the head of the page asks for, as it was typed."""

    staff: str = ""
    act: str = ""
    conversation: str = ""  # an id, its beginning, or what stands in the address of its page
    since: str = ""  # days, both of them in it
    until: str = ""

    @property
    def address(self) -> str:
        return urlencode({name: value for name, value in vars(self).items() if value})

    @property
    def sought(self) -> Sought:
        until = _day(self.until)
        return Sought(
            int(self.staff) if self.staff else None,
            self.act,
            _id(self.conversation),
            _day(self.since),
            until + timedelta(days=1) if until else None,
        )


def _id(typed: str) -> str:
    """Of “4F2A”, “Shopper 4F2A”, an id, or the address of a conversation's page."""
    last = typed.partition("?")[0].rstrip("/").rpartition("/")[2].split()
    return last[-1].lower() if last else ""


def filters_of(
    staff: Annotated[str, Query(pattern=r"^[0-9]{0,9}$")] = "",
    act: Short = "",
    conversation: Short = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
) -> Filters:
    return Filters(
        staff,
        act if act in ACTS else "",
        conversation.replace("\0", "").strip(),
        since if _day(since) else "",
        until if _day(until) else "",
    )


def _day(given: str) -> datetime | None:
    """Its beginning, in Beijing's time."""
    try:
        at = datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=CHINA)
    except ValueError:
        return None
    return at if at.year >= FIRST_YEAR else None


@routes.get("/log")
async def log(
    request: Request,
    who: Manager,
    desk: Desk,
    filters: Annotated[Filters, Depends(filters_of)],
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    ours = words(who.language)
    async with desk.single() as session:
        entries = await read_log(session, who, filters.sought, before=before, limit=PAGE + 1)
        members = await accounts.members(session, who)
    names = {one.id: one.name for one in members}
    return page(
        request,
        "log.html",
        who,
        entries=[_noted(entry, names, ours) for entry in entries[:PAGE]],
        further=entries[PAGE - 1].id if len(entries) > PAGE else None,
        first=before is None,
        filters=filters,
        members=members,
        acts=sorted(((act, ours.gettext(word)) for act, word in ACTS.items()), key=itemgetter(1)),
        here="/team",
    )


def _noted(entry: Entry, names: dict[int, str], ours: Words) -> Noted:
    about, place, number = _about(entry.subject, names, ours)
    # What other parts of the product write down may have no word here yet: then its own name.
    act = ours.gettext(ACTS[entry.action]) if entry.action in ACTS else entry.action.replace("_", " ")
    return Noted(entry.at, entry.name, act, about, place, number)


def _about(subject: str, names: dict[int, str], ours: Words) -> tuple[str, str, bool]:
    kind, _space, which = subject.partition(" ")
    if kind == "conversation" and which:
        return ours.gettext("Shopper %s") % which[:4].upper(), f"/inbox/{which}", False
    if kind == "order" and which:
        return which.partition(" ")[0], "", True
    if kind == "staff" and which.isdecimal():
        return names.get(int(which), "–"), "", False
    return "", "", False
