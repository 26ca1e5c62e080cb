"""Dates said in Chinese and Uyghur, resolved against a given day.

A week runs from Monday to Sunday. A date without a year is the one nearest to `today`; a bare day of the week
is the one of the current week; 上周 and ئۆتكەن ھەپتە alone stand for that week's Monday, 上个月 for its
first day.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from . import numerals
from .lazy import pattern

Match = re.Match[str]
_LETTER: Final = "\u0620-\u06d5"  # Arabic letters as a cleaned text has them


_ARABIC: Final = pattern(f"[{_LETTER}]")
_HAN_OR_DIGIT: Final = pattern("[\u4e00-\u9fff0-9]")


@dataclass(frozen=True)
class Found:
    """A date in a cleaned text: its span and the day it means."""

    start: int
    end: int
    day: date
    mended: tuple[tuple[int, str], ...] = ()  # as in nlu.text.surfaces


_ZH_NUMBER: Final = "[0-9]{1,2}|[一二两三四五六七八九十]{1,3}|廿[一二三四五六七八九]"
_UG_NUMBER: Final = f"[0-9]{{1,2}}|(?:{numerals.UG_NUMERAL})(?: (?:{numerals.UG_NUMERAL}))?"
_UG_END: Final = f"(?![{_LETTER}])"
_UG_START: Final = f"(?<![{_LETTER}])"


def _value(text: str | None) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    value = (
        numerals.uyghur(text.split())
        if text[0] >= "\u0600" and text[0] < "\u0700"
        else numerals.chinese(text)
    )
    return value if isinstance(value, int) else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(today: date, month: int | None, day: int | None) -> date | None:
    if month is None or day is None:
        return None
    years = (today.year - 1, today.year, today.year + 1)
    candidates = [found for year in years if (found := _day(year, month, day)) is not None]
    return min(candidates, key=lambda found: abs((found - today).days), default=None)


def _shift_month(today: date, months: int, day: int) -> date | None:
    index = today.year * 12 + today.month - 1 + months
    return _day(index // 12, index % 12 + 1, day)


def _back(today: date, count: int, unit: str, sign: int) -> date | None:
    if count > 400:
        return None
    if unit == "month":
        for day in range(today.day, today.day - 4, -1):
            if found := _shift_month(today, sign * count, day):
                return found
        return None
    return today + timedelta(days=sign * count * (7 if unit == "week" else 1))


# --- Chinese ------------------------------------------------------------------------------------

_ZH_WORDS: Final[dict[str, int]] = {
    "大前天": -3,
    "前天": -2,
    "前晚": -2,
    "前日": -2,
    "昨天": -1,
    "昨日": -1,
    "昨晚": -1,
    "昨儿": -1,
    "今天": 0,
    "今日": 0,
    "今早": 0,
    "今晚": 0,
    "今儿": 0,
    "今夜": 0,
    "明天": 1,
    "明日": 1,
    "明早": 1,
    "明晚": 1,
    "明儿": 1,
    "大后天": 3,
    "后天": 2,
    "后日": 2,
    "後天": 2,
    "大後天": 3,
}
_ZH_HOLIDAYS: Final[dict[str, tuple[int, int]]] = {
    "双十一": (11, 11),
    "双11": (11, 11),
    "双十二": (12, 12),
    "双12": (12, 12),
    "元旦": (1, 1),
    "国庆节": (10, 1),
    "劳动节": (5, 1),
    "五一节": (5, 1),
}
_ZH_WEEKS: Final = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2, "": 0}
_ZH_WEEKDAYS: Final = {**{char: index for index, char in enumerate("一二三四五六日")}, "天": 6, "末": 5}
_ZH_YEARS: Final = {"去年": -1, "今年": 0, "明年": 1}
_ZH_MONTHS: Final = {"上个月": -1, "上月": -1, "这个月": 0, "本月": 0, "下个月": 1, "下月": 1}


@cache
def _zh() -> "re.Pattern[str]":
    return pattern(
        r"(?=[0-9一二两三四五六七八九十廿去今明昨前后後大上下这本半个周星礼双元国劳五])(?:"
        r"(?<![0-9])(?P<year>20[0-9]{2})(?:[-/.]| ?年 ?)(?P<month>[0-9]{1,2})(?:[-/.]|"
        r" ?月 ?)(?P<day>[0-9]{1,2})(?![0-9]) ?[日号號]?"
        rf"|(?<![0-9几])(?P<which>去年|今年|"
        rf"明年)?(?P<month2>{_ZH_NUMBER}) ?月(?:份)? ?(?P<day2>{_ZH_NUMBER}) ?[日号號]?"
        rf"|(?<![0-9大小第一二三四五六七八九十.\-])(?P<months>[上下]个?月|这个月|"
        rf"本月)?(?P<day3>{_ZH_NUMBER}) ?[号號](?![楼店线门院色款链仓桌机库码房栋柜])"
        rf"|(?P<span>{_ZH_NUMBER}|半) ?(?P<unit>天|个?星期|个?礼拜|周|个月)(?:之|以)?(?P<way>前|后|"
        rf"後)(?![面台果])"
        r"|(?<![每隔])(?P<week>上上|下下|[上这本下])?个?(?:周|星期|"
        r"礼拜)(?P<weekday>[一二三四五六日天末])(?![个次])"
        r"|(?P<period>[上下](?:个?(?:周|星期|礼拜)|个?月))(?![一二三四五六日天末初底])"
        rf"|(?P<word>{'|'.join(sorted(_ZH_WORDS, key=len, reverse=True))})"
        rf"|(?P<holiday_year>去年|今年|明年)?的?(?P<holiday>{'|'.join(_ZH_HOLIDAYS)}))"
    )


def _zh_week(match: Match, today: date) -> date:
    monday = today - timedelta(days=today.weekday())
    return monday + timedelta(days=7 * _ZH_WEEKS[match["week"] or ""] + _ZH_WEEKDAYS[match["weekday"]])


def _zh_span(match: Match, today: date) -> date | None:
    unit = {"天": "day", "周": "week"}.get(match["unit"], "month" if "月" in match["unit"] else "week")
    sign = -1 if match["way"] == "前" else 1
    if match["span"] == "半":
        return today + timedelta(days=15 * sign) if unit == "month" else None
    count = _value(match["span"])
    return None if count is None else _back(today, count, unit, sign)


def _zh_period(match: Match, today: date) -> date | None:
    step = -1 if match["period"][0] == "上" else 1
    if "月" in match["period"]:
        return _shift_month(today, step, 1)
    return today - timedelta(days=today.weekday()) + timedelta(days=7 * step)


def _zh_month_day(match: Match, today: date) -> date | None:
    month, day = _value(match["month2"]), _value(match["day2"])
    if match["which"] and month and day:
        return _day(today.year + _ZH_YEARS[match["which"]], month, day)
    return _nearest(today, month, day)


def _zh_holiday(match: Match, today: date) -> date | None:
    month, day = _ZH_HOLIDAYS[match["holiday"]]
    if match["holiday_year"]:
        return _day(today.year + _ZH_YEARS[match["holiday_year"]], month, day)
    return _nearest(today, month, day)


def _zh_day(match: Match, today: date) -> date | None:
    day = _value(match["day3"])
    months = _ZH_MONTHS.get(match["months"] or "本月", 0)
    return None if day is None else _shift_month(today, months, day)


_ZH_READERS: Final[dict[str, Callable[[Match, date], date | None]]] = {
    "day": lambda match, today: _day(int(match["year"]), int(match["month"]), int(match["day"])),
    "day2": _zh_month_day,
    "day3": _zh_day,
    "way": _zh_span,
    "weekday": _zh_week,
    "period": _zh_period,
    "word": lambda match, today: today + timedelta(days=_ZH_WORDS[match["word"]]),
    "holiday": _zh_holiday,
}

# --- Uyghur -------------------------------------------------------------------------------------

_UG_WORDS: Final[dict[str, int]] = {
    "بۈگۈن": 0,
    "بۇگۇن": 0,
    "بۈگۇن": 0,
    "بۇگۈن": 0,
    "ئەتە": 1,
    "ئۆگۈن": 2,
    "ئوگۈن": 2,
    "ئۆگۈنلۈك": 2,
    "تۈنۈگۈن": -1,
    "تۇنۇگۇن": -1,
    "تۈنۈگۇن": -1,
    "تۇنۈگۈن": -1,
    "تۈنۈگۈنكى": -1,
    "ئۈلۈشكۈن": -2,
    "ئۈلۈشكۇن": -2,
    "ئۇلۇشكۇن": -2,
    "ئالدىنقى كۈن": -2,
}
_UG_WEEKDAYS: Final[dict[str, int]] = {
    "دۈشەنبە": 0,
    "دۇشەنبە": 0,
    "سەيشەنبە": 1,
    "چارشەنبە": 2,
    "پەيشەنبە": 3,
    "جۈمە": 4,
    "جۇمە": 4,
    "شەنبە": 5,
    "يەكشەنبە": 6,
}
# ە becomes ى before an ending: دۈشەنبىدە
_UG_WEEKDAY: Final = "|".join(
    (*_UG_WEEKDAYS, *(f"{day[:-1]}ى(?=[دگلن])" for day in _UG_WEEKDAYS if day[-1] == "ە"))
)
_UG_FIRST: Final = "".join(sorted({word[0] for word in numerals.UG_NUMERAL.split("|")} | set("بئتدسچپجشيكم")))
_UG_PAST: Final = "ئۆتكەن|ئالدىنقى|ئوتكەن|ئۆتكەنكى"
_UG_NEXT: Final = "كېلەر|كېيىنكى|كىلەر|كىيىنكى|كېلەركى"
_UG_CASE: Final = "(?:لۈككە|لۈك|گىچە|دىن|دە|گە|كى|نىڭ|نى|دىكى|دىمۇ|مۇ|لا)?"


@cache
def _ug() -> "re.Pattern[str]":
    return pattern(
        f"(?=[0-9{_UG_FIRST}])" + _UG_START + "(?:"
        rf"(?:(?P<year>20[0-9]{{2}}) ?-? ?يىل(?:ى|ىنىڭ)? ?)?(?P<month>{_UG_NUMBER}) ?-? ?ئاي(?:نىڭ|"
        rf"ىنىڭ)? ?(?P<day>{_UG_NUMBER}) ?-? ?(?:كۈنى?|كۇنى?|چىسلا(?:سى)?|سى|ى)?(?=(?:دە|گە|دىن|دىكى|نى|غىچە|"
        rf"گىچە|لا)?{_UG_END})"
        rf"|(?<![0-9])(?P<day2>[0-9]{{1,2}}) ?- ?(?:كۈنى|كۇنى|چىسلا)(?=(?:دە|گە|دىن|دىكى|نى|غىچە|گىچە|"
        rf"دا)?{_UG_END})"
        rf"|(?P<span>{_UG_NUMBER}|يېرىم) ?(?P<unit>كۈن|كۇن|ھەپتە|ھەپتى|ئاي)(?:دىن)? (?P<way>بۇرۇن|ئاۋۋال|"
        rf"ئاۋال|ئىلگىرى|ئىلگىرىكى|كېيىن|كىيىن)"
        rf"|(?:(?P<week>{_UG_PAST}|{_UG_NEXT}|بۇ|مۇشۇ) )?(?P<full>ھەپتە(?:لىك)? |"
        rf"ھەپتىنىڭ )?(?P<weekday>{_UG_WEEKDAY})(?: كۈنى| كۇنى)?{_UG_CASE}{_UG_END}"
        rf"|(?P<period>{_UG_PAST}|{_UG_NEXT}) (?P<what>ھەپتە|ئاي){_UG_CASE}{_UG_END}"
        rf"|(?P<word>{'|'.join(sorted(_UG_WORDS, key=len, reverse=True))}|ئەتى(?=گە[^ن]|گە$|كى|گىچە|لىككە|"
        rf"دىن)){_UG_CASE}{_UG_END}"
        ")"
    )


def _ug_week(match: Match, today: date) -> date:
    wanted = _UG_WEEKDAYS[f"{match['weekday'][:-1]}ە"]
    this = today - timedelta(days=today.weekday()) + timedelta(days=wanted)
    which = match["week"] or ""
    if which in _UG_PAST.split("|"):
        return this - timedelta(days=7) if match["full"] or this >= today else this
    if which in _UG_NEXT.split("|"):
        return this + timedelta(days=7) if match["full"] or this <= today else this
    return this


def _ug_span(match: Match, today: date) -> date | None:
    unit = {"ك": "day", "ھ": "week"}.get(match["unit"][0], "month")
    sign = 1 if match["way"] in ("كېيىن", "كىيىن") else -1
    if match["span"] == "يېرىم":
        return today + timedelta(days=15 * sign) if unit == "month" else None
    count = _value(match["span"])
    return None if count is None else _back(today, count, unit, sign)


def _ug_period(match: Match, today: date) -> date | None:
    step = -1 if match["period"] in _UG_PAST.split("|") else 1
    if match["what"] == "ئاي":
        return _shift_month(today, step, 1)
    return today - timedelta(days=today.weekday()) + timedelta(days=7 * step)


def _ug_date(match: Match, today: date) -> date | None:
    month, day = _value(match["month"]), _value(match["day"])
    if match["year"] and month and day:
        return _day(int(match["year"]), month, day)
    return _nearest(today, month, day)


_UG_READERS: Final[dict[str, Callable[[Match, date], date | None]]] = {
    "day": _ug_date,
    "day2": lambda match, today: _shift_month(today, 0, int(match["day2"])),
    "way": _ug_span,
    "weekday": _ug_week,
    "what": _ug_period,
    "word": lambda match, today: today + timedelta(days=_UG_WORDS.get(match["word"], 1)),
}
_UG_KERNEL: Final = {
    "word": "word",
    "weekday": "weekday",
    "what": "what",
}  # the span ends before the case ending


_DAY_WORD: Final = pattern(" (?:كۈنى|كۇنى)")


def find_dates(plain: str, today: date) -> Iterator[Found]:
    """Each date in a cleaned text with its span, in order within each language."""
    for match in _zh().finditer(plain) if _HAN_OR_DIGIT.search(plain) else ():
        if day := _ZH_READERS[match.lastgroup or ""](match, today):
            yield Found(match.start(), match.end(), day)
    if not _ARABIC.search(plain):
        return
    for match in _ug().finditer(plain):
        group = match.lastgroup or ""
        if day := _UG_READERS[group](match, today):
            end = match.end(_UG_KERNEL.get(group, 0))
            if group == "weekday" and (day_word := _DAY_WORD.match(plain, end)):
                end = day_word.end()
            raised = group in ("word", "weekday") and match[0][: end - match.start()].endswith(("تى", "بى"))
            yield Found(match.start(), end, day, ((end - 1, "ە"),) if raised else ())
