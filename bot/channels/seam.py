"""What the desk and a channel say to each other: values that come in, values that go out, results of a send.

A channel is one class that fits `Channel`, a line in registry.py, and the peer it is tested against. An
instance serves one channel account in one process; it keeps nothing that must survive.

`Message.origin` is what a channel keeps of an incoming message, by these keys:
  kind        photo, voice, location, unsupported (absent: plain text)
  file        how the channel finds the photo or recording again (see `Channel.fetch`)
  message_id  the platform's own id of the message, for edits
  failed      why a file could not be fetched
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

# --- what comes in ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Incoming:
    """A shopper's message. The same `external_id` from the same `sender` again is the same message."""

    sender: str  # the platform's id of the chat
    external_id: str
    text: str = ""
    title: str | None = None  # what a pressed button said
    language: str | None = None  # what the platform says of a new contact: zh, ug or nothing
    origin: dict[str, Any] | None = None


@dataclass(frozen=True)
class Pressed:
    """A button of one of our messages was pressed; its payload is in that message's row."""

    sender: str
    external_id: str
    message: int
    button: int
    language: str | None = None


@dataclass(frozen=True)
class Edited:
    """A shopper changed a message."""

    sender: str
    message_id: str  # as in origin
    text: str


@dataclass(frozen=True)
class Noticed:
    """Something happened that the desk answers with fixed words: a new follower, a group, a wish for help.
    The same `external_id` is answered once."""

    sender: str
    external_id: str
    words: Mapping[str, str]  # by language
    buttons: Mapping[str, list[dict[str, str]]] = field(default_factory=dict)
    language: str | None = None
    private: bool = True  # a group's conversation is closed: there is nobody to serve


@dataclass(frozen=True)
class Left:
    """The shopper blocked us or unsubscribed: nothing can be sent until they write again."""

    sender: str


@dataclass(frozen=True)
class Renamed:
    """The platform gave a chat another id."""

    old: str
    new: str


Value = Incoming | Pressed | Edited | Noticed | Left | Renamed


class Refused(Exception):
    """A callback that is not taken. `status` is answered, `reason` counted: a few fixed words, no data."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Forged(Refused):
    """The signature or secret is wrong."""

    def __init__(self) -> None:
        super().__init__(403, "forged")


@dataclass(frozen=True)
class Callback:
    """A platform's request, as it came; the body is within the limits."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    address: str


@dataclass(frozen=True)
class Answer:
    """What the platform is answered."""

    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
    status: int = 200
    sent: Callable[[], Awaitable[None]] | None = None  # done when the answer is out; not when it could not be


# --- what goes out ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outgoing:
    """One part of a reply, within the channel's limit. Buttons come with the last part."""

    message: int  # our row, for button references
    text: str
    language: str
    buttons: list[dict[str, str]]
    key: str  # the same for every try of this part: for platforms that can tell a repetition


@dataclass(frozen=True)
class Sent:
    external_id: str | None = None


@dataclass(frozen=True)
class RetryAt:
    """Not now. `fault`: it is this message's own, and the fifth time sets it aside; a limit or an outage is
    not. `doubt`: it may have arrived all the same."""

    seconds: float
    error: str
    fault: bool = False
    doubt: bool = False


@dataclass(frozen=True)
class WindowClosed:
    """The shopper has not written for too long; final until they do."""


@dataclass(frozen=True)
class BudgetSpent:
    """No more sends until the shopper writes."""


@dataclass(frozen=True)
class Blocked:
    """The shopper does not want messages from us."""


@dataclass(frozen=True)
class Gone:
    """There is no such chat any more."""


@dataclass(frozen=True)
class Permanent:
    """This message will never be taken. `error` is a code, without the message's words."""

    error: str


@dataclass(frozen=True)
class MovedTo:
    """The chat has another id now: send there."""

    new: str


Result = Sent | RetryAt | WindowClosed | BudgetSpent | Blocked | Gone | Permanent | MovedTo


# --- files --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    content: bytes
    content_type: str


class NoFile(Exception):
    """The file cannot be had: too large, expired, not there. Its message is a code."""


class TryLater(Exception):
    """The file may be had later: the platform does not answer."""


# --- a channel ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """A channel account as its adapter is given it."""

    id: int
    shop_id: int
    channel: str
    name: str
    config: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Taken:
    """A value that was stored: which conversation, and the shopper's message row where it made one."""

    conversation: Any  # uuid
    message: int | None
    new: bool


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with an account's set-up: English words that stand in the console's catalogues,
    with their values, and what the platform itself says."""

    words: str
    values: Mapping[str, Any] = field(default_factory=dict)
    platform: str = ""

    def said(self, translated: Callable[[str], str] = str) -> str:
        words = translated(self.words).format_map(self.values)
        return f"{words} ({self.platform})" if self.platform else words


Take = Callable[[list[Value]], Awaitable[list[Taken]]]
"""Stores values, each once, in order; gives what became of those that concern a conversation."""


class Channel(Protocol):
    """One account's adapter."""

    budget: int | None  # sends per incoming message, where the platform counts them
    hold: float  # seconds for which a callback may carry the replies itself, and the outbox leaves them to it

    async def callback(self, callback: Callback, take: Take) -> Answer:
        """Verify, read, `take` what came, and answer. Raises Refused."""

    def split(self, text: str) -> list[str]:
        """The text in parts the platform takes, cut between graphemes; always the same for the same text."""

    async def send(self, to: str, out: Outgoing) -> Result:
        """Try once, within about ten seconds. Does not raise for what a platform can answer."""

    async def fetch(self, origin: Mapping[str, Any]) -> File:
        """A photo's or recording's content. Raises NoFile or TryLater."""

    async def check(self) -> list[Finding]:
        """What is wrong with the set-up; nothing when all is well."""

    async def close(self) -> None: ...


class Mailboxed(Protocol):
    """A channel whose callbacks only say that there is something to fetch (bot/mailbox.py)."""

    async def pull(self, box: "Box", take: Take) -> None:
        """Take everything that waits there, and move the box's cursor on after each part. Raises TryLater."""


@dataclass
class Box:
    """Where fetching goes on."""

    cursor: str
    ticket: str  # of the last callback
    created_at: datetime
    move: Callable[[str], Awaitable[None]]


ERRORS = {
    "blocked": "the shopper has blocked this account",
    "gone": "this chat does not exist any more",
    "window": "the shopper has not written for 48 hours; it is sent when they write again",
    "budget": "the platform takes no more until the shopper writes again",
    "busy": "many messages go out at once",
    "moved": "the chat has another address now",
    "limited": "the platform asks to wait",
    "elsewhere": "a colleague has this conversation in WeCom itself",
    "no_answer": "the platform does not answer",
    "unavailable": "the platform has trouble",
    "refused": "the platform refuses this message",
    "account": "the platform does not accept this account's credentials: run `karwan channel check`",
    "unexpected": "something unexpected happened while sending",
    "overtaken": "a person took over before it was sent",
    "stale": "it was out of date when the shopper wrote again",
    "spared": "the last send was kept for an answer",
    "answered": "the answer was there before it went out",
}
"""The words for staff to each code in `Delivery.error`. A platform's own code may follow after a colon."""


def error_words(code: str | None) -> str:
    """What staff read for a code."""
    kind, _, detail = (code or "").partition(":")
    words = ERRORS.get(kind, kind)
    return f"{words} ({detail})" if detail else words
