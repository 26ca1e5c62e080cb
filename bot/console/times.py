"""Times, days and sums as the pages say them. All of China has one time, which is Beijing's."""

from datetime import date, datetime
from decimal import Decimal

from bot.console.words import Words
from shop import database
from shop.moments import CHINA


def clock(at: datetime) -> str:
    """16:05"""
    return f"{at.astimezone(CHINA):%H:%M}"


def day(at: datetime, words: Words) -> str:
    """Today, yesterday, or the date."""
    return date_word(at.astimezone(CHINA).date(), words)


def date_word(here: date, words: Words) -> str:
    today = database.now().astimezone(CHINA).date()
    if here == today:
        return words.gettext("Today")
    if (today - here).days == 1:
        return words.gettext("Yesterday")
    if here.year == today.year:
        return words.gettext("{month}/{day}").format(month=here.month, day=here.day)
    return words.gettext("{year}-{month}-{day}").format(year=here.year, month=here.month, day=here.day)


def moment(at: datetime, words: Words) -> str:
    return words.gettext("{day}, {time} Beijing time").format(day=day(at, words), time=clock(at))


def waited(since: datetime, words: Words) -> str:
    """How long ago: as `waited` in times.js says it."""
    minutes = max(0, int((database.now() - since).total_seconds() // 60))
    if minutes < 60:
        return words.gettext("%d min") % minutes
    if minutes < 48 * 60:
        return words.gettext("%d h") % (minutes // 60)
    return words.gettext("%d d") % (minutes // 1440)


def money(amount: Decimal, words: Words) -> str:
    return words.gettext("¥{amount}").format(amount=f"{amount:.2f}")
