"""Buttons where there are none: a menu message, or numbered lines and the number written back.

A menu's choice comes back with the id it was given (`MESSAGE-BUTTON`). A number, or a choice's words, mean
the choice of the bot's last message, as long as the shopper has written nothing since.
"""

import re
from collections.abc import Sequence

from sqlalchemy import text

from bot.channels.split import split, utf8
from bot.outgoing import BUTTONS_OF, Button, offered
from nlu.text.clean import clean
from shop.database import Sessions

MENU_ITEMS = 10
MENU_HEAD = 1024  # bytes
MENU_CHOICE = 128  # bytes
MENU_ID = re.compile(r"(\d{1,18})-(\d{1,2})")

HINT = {"zh": "（回复数字即可）", "ug": "(تاللاش ئۈچۈن رەقىمىنى يېزىپ ئەۋەتىڭ)"}

_OFFERED = text(
    f"""
    SELECT b.head, ({BUTTONS_OF.format(head="b.head")}) AS buttons FROM contact_inbox i
    JOIN conversation c ON c.contact_inbox_id = i.id
    JOIN LATERAL (
        SELECT coalesce(d.merged_into, o.id) AS head, o.seq FROM message o
        LEFT JOIN delivery d ON d.message_id = o.id
        WHERE o.conversation_id = c.id AND o.sender <> 'shopper' AND jsonb_typeof(o.buttons) = 'array'
        ORDER BY o.seq DESC LIMIT 1
    ) b ON true
    WHERE i.channel_account_id = :account AND i.external_id = :sender
      AND NOT EXISTS (SELECT FROM message m WHERE m.conversation_id = c.id AND m.sender = 'shopper'
                      AND m.seq > b.seq)
    ORDER BY c.created_at DESC LIMIT 1
    """  # noqa: S608 - our own names
)


def numbered(words: str, buttons: Sequence[Button], language: str, limit: int) -> str:
    """The text with its choices as numbered lines, within `limit` bytes: titles give way, then the hint."""
    if not buttons:
        return words
    hint = HINT.get(language, HINT["zh"])
    for longest in (120, 60, 30):
        lines = [f"{n} {_short(b['title'], longest)}" for n, b in enumerate(buttons, start=1)]
        for end in ([hint], []):
            written = "\n".join([words, "", *lines, *end])
            if utf8(written) <= limit:
                return written
    return words


def fits_menu(words: str, buttons: Sequence[Button]) -> bool:
    return len(buttons) <= MENU_ITEMS and utf8(words) <= MENU_HEAD


def menu_items(message: int, buttons: Sequence[Button]) -> list[tuple[str, str]]:
    """Id and words of each choice."""
    return [(f"{message}-{n}", _short(b["title"], MENU_CHOICE)) for n, b in enumerate(buttons)]


def menu_choice(identity: str) -> tuple[int, int] | None:
    """Which message's which button a menu id names."""
    match = MENU_ID.fullmatch(identity)
    return (int(match[1]), int(match[2])) if match else None


async def chosen(single: Sessions, account: int, sender: str, words: str) -> tuple[int, int] | None:
    """Which message's which button these words mean; None where they are just words."""
    plain = clean(words)
    if not plain or len(plain) > MENU_CHOICE:
        return None
    async with single() as session:
        row = (await session.execute(_OFFERED, {"account": account, "sender": sender})).first()
    if row is None:
        return None
    number = _number(plain, offered(row.buttons))
    return None if number is None else (row.head, number)


def _number(plain: str, buttons: Sequence[Button]) -> int | None:
    bare = plain.strip(" .、。,،)）(（#")
    if bare.isascii() and bare.isdecimal() and len(bare) < 3:
        return int(bare) - 1 if 1 <= int(bare) <= len(buttons) else None
    for number, button in enumerate(buttons):
        if clean(button["title"]) == plain:
            return number
    return None


def _short(title: str, limit: int) -> str:
    parts = split(title, limit, utf8)
    if len(parts) < 2:
        return title
    return f"{split(title, limit - 3, utf8)[0]}…"
