"""Digits and numerals in what a shopper typed, and their masking for logs."""

import re
from decimal import Decimal
from typing import Final

from . import arabic, latin, numerals
from .clean import clean
from .lazy import pattern

_READ_ALOUD: Final = {char: str(value) for char, value in numerals.ZH_DIGITS.items()}
_DIGIT: Final = pattern(r"[0-9]+|[零〇○一二三四五六七八九幺壹贰貳叁參肆伍陆陸柒捌玖两洞拐勾]+")
_ZH_AROUND: Final = pattern("[十百千万亿个件箱斤天次点些下样起直定共般会]")
_SPLIT: Final = pattern(r"[\s,،.\-–]+")


def digits_in(text: str) -> str:
    """All digits of `text` in order: ASCII after cleaning, Chinese ones read aloud (一三八, 幺, 〇), and
    Uyghur number words where the message holds nothing else ("بىر ئىككى ئۈچ تۆت" is "1234").

    A Chinese digit counts where two or more stand together, or where the message is made of digits only, so
    that 一 in 一下 is no digit.
    """
    plain = clean(text)
    spoken = _uyghur_digits(plain)
    if spoken is not None:
        return spoken
    only = _only_chinese(plain)
    out: list[str] = []
    for match in _DIGIT.finditer(plain):
        run = match[0]
        if run[0] <= "9":
            out.append(run)
        elif only or (len(run) > 2 and not _in_number(plain, match)):
            out.extend(_READ_ALOUD[char] for char in run)
    return "".join(out)


_ONLY: Final = pattern(r"[零〇○一二三四五六七八九幺壹贰貳叁參肆伍陆陸柒捌玖两洞拐勾\d\s,，、。.\-–]*")


def _only_chinese(text: str) -> bool:
    return _ONLY.fullmatch(text) is not None


def _in_number(text: str, match: "re.Match[str]") -> bool:
    around = text[max(0, match.start() - 1) : match.start()] + text[match.end() : match.end() + 1]
    return len(match[0]) < 4 and _ZH_AROUND.search(around) is not None


def _uyghur_digits(text: str) -> str | None:
    if len(text) > 400 or not arabic.WORD.search(text):
        return None
    out: list[str] = []
    for word in _SPLIT.split(text):
        if not word:
            continue
        value = numerals.UG_DIGITS.get(word)
        if value is not None:
            out.append(str(value))
        elif word in numerals.UG_TENS:
            out.append(str(numerals.UG_TENS[word]))
        elif word.isascii() and word.isdigit():
            out.append(word)
        else:
            return None
    return _join_tens(out)


def _join_tens(parts: list[str]) -> str:
    """Numbers said in pairs: 50 and 6 in turn are 56 ("ئەللىك ئالتە")."""
    out: list[str] = []
    for part in parts:
        if out and len(out[-1]) == 2 and out[-1][1] == "0" and len(part) == 1 and part != "0":
            out[-1] = out[-1][0] + part
        else:
            out.append(part)
    return "".join(out)


def number(text: str) -> int | Decimal | None:
    """The value of `text` if it is one numeral and nothing else: digits, Chinese or Uyghur; else None.

    三十五, 两百, 一百二 (120), 半 (0.5), 两个半 (2.5), 3万, "ئون بەش", "ئىككى يۈز", "بىر يېرىم" (1.5),
    "ikki yüz", "2.5", "1,200".
    """
    if len(text) > 200:
        return None
    plain = clean(text).strip(" .،。")
    if not plain:
        return None
    value = numerals.figures(plain)
    if value is not None:
        return value
    if arabic.WORD.search(plain):
        return numerals.uyghur([word for word in _SPLIT.split(plain) if word and word != "ۋە"])
    if plain[0].isalpha() and plain[0] < "\u0530":
        return _latin_number(plain)
    return numerals.chinese(plain.replace(" ", ""))


def _latin_number(text: str) -> int | Decimal | None:
    words = [latin.read(word) for word in _SPLIT.split(text.lower()) if word]
    if not words or len(words) > 12:
        return None
    return numerals.uyghur([reading.arabic if reading else "" for reading in words])


# --- Masking ------------------------------------------------------------------------------------

_ANY_DIGIT: Final = "0-9\u0660-\u0669\u06f0-\u06f9\uff10-\uff19"
_LONG_RUN: Final = pattern(
    f"(?<![{_ANY_DIGIT}])[{_ANY_DIGIT}](?:[ \\-\u00a0\u3000－]?[{_ANY_DIGIT}]){{6,39}}[xXｘＸ]?"
)
_TO_ASCII: Final = {
    **{0x660 + value: str(value) for value in range(10)},
    **{0x6F0 + value: str(value) for value in range(10)},
    **{0xFF10 + value: str(value) for value in range(10)},
}
_MOBILE: Final = pattern(r"(?:86)?(1[3-9]\d)\d{4}(\d{4})")
_DATE: Final = pattern(r"(?:19|20)\d\d-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])")
_ZH_RUN: Final = pattern("[零〇○一二三四五六七八九幺]{7,}")
_EMAIL: Final = pattern(
    r"([A-Za-z0-9])[A-Za-z0-9._%+\-]{0,63}@([A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,4})"
)


def mask(text: str) -> str:
    """`text` with phone, card, identity and other long numbers and e-mail names hidden, for logs.

    A mobile number keeps three and four digits (138****1234), any other run of seven digits or more its last
    four (****3456); dates such as 2024-05-01 stay.
    """
    hidden = _LONG_RUN.sub(_hide, text)
    hidden = _ZH_RUN.sub(lambda match: "*" * (len(match[0]) - 4) + match[0][-4:], hidden)
    return _EMAIL.sub(r"\1***@\2", hidden) if "@" in hidden else hidden


def _hide(match: "re.Match[str]") -> str:
    found = match[0].translate(_TO_ASCII)
    if _DATE.fullmatch(found):
        return match[0]
    digits = "".join(char for char in found if char.isdigit() or char in "xX")
    mobile = _MOBILE.fullmatch(digits)
    if mobile:
        return f"{mobile[1]}****{mobile[2]}"
    return f"****{digits[-4:]}"


_CODE = re.compile(r"\b[A-Za-z]{1,6}\d(?:[ -]?\d){4,}|\d(?:[ -]?\d){6,}")
_HAN_OR_WORD = re.compile(r"[㐀-鿿]|[^\W\d_㐀-鿿]{2,}")
# What a number is called, and words that only hand it over.
_NAMING: Final = pattern(
    "(?:我的?|这个|这是|就是|是|为|的)?(?:订单|快递|运单|物流|手机|电话|联系|下单)?(?:尾号|单号|编号|号码|号|手机|电话|订单)"
    "(?:是|为|发你了?|给你|码)?|زاكاز(?:ىم|نىڭ|نى)?|نومۇر(?:ى|ۇم|لۇق|ۇمنى)?|تېلېفون(?:ۇم|ى|نۇمۇرۇم)?|مېنىڭ|بۇ|مانا"
)
ENOUGH = 3  # characters of Chinese beside that, or twice as many words, that can ask for something


def without_codes(text: str) -> str:
    """A text without its order numbers, waybills and phones, which say nothing about the wish. A text that is
    little else («订单号：…») stays as it is."""
    rest = _CODE.sub(" ", text)
    if rest == text:
        return text
    said = _HAN_OR_WORD.findall(_NAMING.sub(" ", rest))
    weight = sum(1 if "㐀" <= found[0] <= "鿿" else 2 for found in said)
    return rest if weight >= ENOUGH else text
