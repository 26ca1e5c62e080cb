"""Numerals of Chinese and Uyghur as data, and the reading of one numeral."""

from decimal import Decimal
from typing import Final

from .lazy import pattern

Number = int | Decimal

ZH_DIGITS: Final[dict[str, int]] = {
    **{char: value for value, char in enumerate("零一二三四五六七八九")},
    **{char: value for value, char in enumerate("零壹贰叁肆伍陆柒捌玖")},
    **{char: value for value, char in enumerate("〇壹貳參肆伍陸柒捌玖")},
    "○": 0,
    "幺": 1,
    "么": 1,
    "两": 2,
    "兩": 2,
    "俩": 2,
    "仨": 3,
    "洞": 0,
    "拐": 7,
    "勾": 9,
}
ZH_UNITS: Final[dict[str, int]] = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
ZH_BIG: Final[dict[str, int]] = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
ZH_TENS: Final[dict[str, int]] = {"廿": 20, "卅": 30}
# Characters that may stand in a written number; 么 洞 拐 勾 only count inside runs of digits read aloud.
ZH_NUMERAL: Final = "零〇○一二三四五六七八九十百千万亿两兩俩仨壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億廿卅半"

UG_DIGITS: Final[dict[str, int]] = {
    "نۆل": 0,
    "نول": 0,
    "بىر": 1,
    "بىرى": 1,
    "ئىككى": 2,
    "ئىكى": 2,
    "ئۈچ": 3,
    "ئۇچ": 3,
    "تۆت": 4,
    "توت": 4,
    "بەش": 5,
    "ئالتە": 6,
    "يەتتە": 7,
    "سەككىز": 8,
    "توققۇز": 9,
}
UG_TENS: Final[dict[str, int]] = {
    "ئون": 10,
    "يىگىرمە": 20,
    "يىگرمە": 20,
    "ئوتتۇز": 30,
    "قىرىق": 40,
    "ئەللىك": 50,
    "ئاتمىش": 60,
    "يەتمىش": 70,
    "سەكسەن": 80,
    "توقسان": 90,
}
UG_UNITS: Final[dict[str, int]] = {"يۈز": 100, "مىڭ": 1000, "مىليون": 10**6}
UG_HALF: Final = frozenset({"يېرىم", "يىرىم"})
UG_NUMERAL: Final = "|".join(
    sorted((*UG_DIGITS, *UG_TENS, *UG_UNITS, *UG_HALF), key=len, reverse=True)
)  # words, longest first

_FIGURES: Final = pattern(r"\d{1,18}(?:,\d{3})*(?:\.\d{1,6})?")


def figures(text: str) -> Number | None:
    """A number in ASCII digits, with thousands separators and a decimal point ("1,200", "2.5")."""
    if not _FIGURES.fullmatch(text):
        return None
    plain = text.replace(",", "")
    return Decimal(plain) if "." in plain else int(plain)


def chinese(text: str) -> Number | None:
    """The value of a Chinese numeral: 三十五, 两百, 一百二 (120), 半, 一千零五十, 3万, 两个半 (2.5)."""
    if not text or len(text) > 24:
        return None
    if text == "半" or text == "半个":
        return Decimal("0.5")
    half = Decimal(0)
    if text[-1] == "半":
        text, half = text[:-1].rstrip("个斤公箱"), Decimal("0.5")
    if "点" in text:
        return _chinese_decimal(text) if not half else None
    value = _chinese_whole(text)
    if value is None:
        return None
    return value + half if half else value


def _chinese_decimal(text: str) -> Decimal | None:
    whole, _, fraction = text.partition("点")
    base = _chinese_whole(whole)
    places = [ZH_DIGITS.get(char) for char in fraction]
    if base is None or not places or None in places:
        return None
    return Decimal(f"{base}.{''.join(map(str, places))}")


def _chinese_whole(text: str) -> int | None:
    total = section = 0
    digit: int | None = None
    last_unit = 1
    zero = False
    index = 0
    while index < len(text):
        char = text[index]
        if char.isascii() and char.isdigit():
            end = index
            while end < len(text) and text[end].isascii() and text[end].isdigit():
                end += 1
            if digit is not None:
                return None
            digit, index = int(text[index:end]), end
            continue
        index += 1
        if char in ZH_DIGITS:
            if digit not in (None, 0):
                return None
            digit = ZH_DIGITS[char]
            zero = zero or digit == 0
        elif char in ZH_TENS:
            section += ZH_TENS[char]
            digit, last_unit, zero = None, 10, False
        elif char in ZH_UNITS:
            section += (1 if digit is None else digit) * ZH_UNITS[char]
            digit, last_unit, zero = None, ZH_UNITS[char], False
        elif char in ZH_BIG:
            total = (total + section + (digit or 0)) * ZH_BIG[char]
            section, digit, last_unit, zero = 0, None, ZH_BIG[char], False
        else:
            return None
    tail = digit or 0
    if tail and last_unit >= 100 and not zero and tail < 10:
        tail *= last_unit // 10  # 一百二 is 120, 三千五 is 3500
    return total + section + tail


def uyghur(words: list[str]) -> Number | None:
    """The value of Uyghur number words in order: [ئىككى, يۈز, ئون, بەش] is 215, [بىر, يېرىم] is 1.5."""
    total = section = 0
    digit: int | None = None
    tens = False
    half = Decimal(0)
    for position, word in enumerate(words):
        if word in UG_HALF and position == len(words) - 1:
            half = Decimal("0.5")
        elif word in UG_DIGITS and digit is None:
            digit = UG_DIGITS[word]
        elif word in UG_TENS and digit is None and not tens:
            section, tens = section + UG_TENS[word], True
        elif word in UG_UNITS:
            unit = UG_UNITS[word]
            count = section + (digit or 0)
            if unit == 100:
                section = (digit if digit is not None else 1) * 100 + (section if not tens else 0)
            else:
                total, section = total + (count or 1) * unit, 0
            digit, tens = None, False
        elif word.isascii() and word.isdigit() and digit is None:
            digit = int(word)
        else:
            return None
    value = total + section + (digit or 0)
    return value + half if half else value
