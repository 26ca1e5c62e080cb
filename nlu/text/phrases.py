"""Quantities and reasons in a cleaned text."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Final

from . import numerals
from . import reasons as reason_words
from .lazy import pattern
from .phrasebook import Phrasebook, expand

_Span = tuple[str, str, int, int]

_LETTER: Final = "\u0620-\u06d5"  # Arabic letters as a cleaned text has them
_UG_WORD: Final = pattern(f"[{_LETTER}]+")
_HAN: Final = pattern("[\u4e00-\u9fff]")
_DIGIT: Final = pattern("[0-9]")

# --- Quantities ---------------------------------------------------------------------------------

_ZH_NUMBER: Final = rf"[0-9]{{1,5}}(?:\.[0-9]{{1,2}})?|[{numerals.ZH_NUMERAL}]{{1,8}}"
_UG_NUMBER: Final = rf"(?:{numerals.UG_NUMERAL})(?: (?:{numerals.UG_NUMERAL})){{0,4}}"
_UG_FIRST: Final = "".join(sorted({word[0] for word in numerals.UG_NUMERAL.split("|")}))
_ZH_UNITS: Final = (
    "公斤|千克|市斤|斤|克|吨|kg|KG|Kg|g(?![a-zA-Z])|箱子|箱|盒|袋|包(?![邮装裹退赔])|瓶|罐|桶|"
    "条(?!信息|短信|评|消息|龙)|张(?!发票|照|图|截|券|优惠|票)|双(?!十|1)|只(?![有要能是好想会剩])"
    "|颗|粒|串|份|捆|把|顶|床|匹|套|件(?![事代套])|枚|筐|提(?![供前醒交示现货问])|板|块(?=馕|地毯|肉|"
    "饼|布|糖|巧|毯)|对(?![一不了吗的比面方])|朵|支(?![付持])|本(?![来人店身月])|根|头(?=羊|牛)"
    "|个(?!月|小时|钟|工作日|星期|礼拜|字|人|问题|订单|电话|说法|解释|交代|忙|客服|地址|号|商家|快递|"
    "单|链接|优惠|券|公道|道理|星|红包|家|店|亿|回|年|世纪|多月|半月|半小时|价|多|理由|事|办法|平台|"
    "星期|顾客|投诉|差评|好评|图|视频|照片|电子|发票)"
)
_ARTICLE_BEFORE: Final = pattern(
    "(?:坏|烂|少|缺|碎|漏|买|订|来|拍|收到|还有|只有|就|剩|多发|发|裂|丢|送|要|退)了?$"
)
_ARTICLE_AFTER: Final = pattern("果|瓜|梨|苹|枣|馕|杏|桃|石榴|核桃|坏|烂|是坏|都|也没|[，。,.！？!?]|$|了|吧")

_MISSING_BEFORE: Final = pattern("(?:少|缺|漏|差|丢)了?$")
# A price or a number for one of something asks about goods and counts none.
_RATE: Final = pattern(
    "(?:大概|大约|差不多|一般|现在)?(?:能|有|是|卖|要|装)?(?:多少|几|啥价|什么价|怎么[卖算])"
)
_RATE_BEFORE: Final = pattern("(?:多少钱|多钱|几块钱?|怎么卖|啥价|什么价格?) ?$")
_PAPERS: Final = pattern(
    "发票|发漂|券|满.{1,4}减|开一张|抬头|开票|资料|信息|数据|收据|证明|报告|清单|明细|合同|截图|说明书"
)
_UG_RATE: Final = pattern("(?:سى|ى|ىنى|سىنى|لىقى|غا|گە)? ?(?:نەچچە|قانچە|قانچىدىن|نەچچىدىن|قانچىلىك)")

_UG_UNITS: Final[dict[str, str]] = {
    "دانە": "دانە",
    "دانى": "دانە",
    "تال": "تال",
    "پارچە": "پارچە",
    "پارچى": "پارچە",
    "قۇتا": "قۇتا",
    "قۇتى": "قۇتا",
    "خالتا": "خالتا",
    "خالتى": "خالتا",
    "ساندۇق": "ساندۇق",
    "ساندۇغ": "ساندۇق",
    "يەشىك": "يەشىك",
    "يەشىگ": "يەشىك",
    "كىلوگرام": "كىلوگرام",
    "كىلوگىرام": "كىلوگرام",
    "كىلو": "كىلو",
    "گوڭجىن": "كىلوگرام",
    "جىڭ": "جىڭ",
    "گرام": "گرام",
    "گىرام": "گرام",
    "قاپ": "قاپ",
    "بولاق": "بولاق",
    "بوتۇلكا": "بوتۇلكا",
    "بوتۇلكى": "بوتۇلكا",
    "بانكا": "بانكا",
    "بانكى": "بانكا",
    "جۈپ": "جۈپ",
    "توننا": "توننا",
    "باغلام": "باغلام",
    "كومپىلېكت": "كومپىلېكت",
    "سېۋەت": "سېۋەت",
    "تاغار": "تاغار",
    "ئورام": "ئورام",
}
_UG_UNIT_END: Final = (
    "(?:س?ى(?:ن[ىڭ]|نىڭ|دىن|لا|گە|غا)?|ن[ىڭ]|نىڭ|لىق|لىك|لۇق|لۈك|[دت]ىن|[غق]ا|[گك]ە|د[اە]|لا|مۇ|چە|"
    "دەك|غۇ|[لىۇۈق]*قن?ى|دىنلا|نىلا)?"
)


@cache
def _zh_quantity() -> "re.Pattern[str]":
    return pattern(
        rf"(?=[0-9{numerals.ZH_NUMERAL}{_UG_FIRST}])(?<![0-9.第几多每\-零一二三四五六七八九十百千万两])"
        rf"(?:(?P<number>{_ZH_NUMBER})|"
        rf"(?P<words>{_UG_NUMBER})) ?(?P<unit>{_ZH_UNITS})(?P<half>半(?![天月个]))?(?!有?(?:几|多少(?!钱)))"
    )


@cache
def _ug_quantity() -> "re.Pattern[str]":
    units = "|".join(sorted(_UG_UNITS, key=len, reverse=True))
    return pattern(
        rf"(?=[0-9{_UG_FIRST}])(?<![0-9.{_LETTER}\-])(?P<number>[0-9]{{1,5}}(?:[.,][0-9]{{1,2}})?|"
        rf"{_UG_NUMBER}) ?-? ?"
        rf"(?P<unit>{units}){_UG_UNIT_END}(?![{_LETTER}])(?! ?(?:رەسىم|سۈرەت|خەت|سوئال))"
    )


def _shown(value: int | Decimal) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def quantities(plain: str) -> Iterator[_Span]:
    """Counts of goods as "number unit"; not money, durations, dates, ordinals or the article 一个."""
    if _HAN.search(plain) or _DIGIT.search(plain):
        for match in _zh_quantity().finditer(plain):
            value = _zh_value(match)
            if value is None or (value == 1 and _is_article(plain, match)):
                continue
            yield "quantity", f"{_shown(value)} {_zh_unit(match['unit'])}", match.start(), match.end()
    if _UG_WORD.search(plain):
        for match in _ug_quantity().finditer(plain):
            amount = numerals.figures(match["number"].replace(",", "."))
            if amount is None:
                amount = numerals.uyghur(match["number"].split())
            if amount == 1 and _UG_RATE.match(plain, match.end("unit")):
                continue
            if amount is not None and amount > 0:
                yield (
                    "quantity",
                    f"{_shown(amount)} {_UG_UNITS[match['unit']]}",
                    match.start(),
                    match.end("unit"),
                )


def _zh_value(match: "re.Match[str]") -> int | Decimal | None:
    text = match["number"]
    value = numerals.uyghur(match["words"].split()) if text is None else numerals.figures(text)
    if value is None and text is not None:
        value = numerals.chinese(text)
    if value is None or value <= 0 or value > 99999:
        return None
    return value + Decimal("0.5") if match["half"] else value


def _zh_unit(unit: str) -> str:
    return {"kg": "公斤", "千克": "公斤", "市斤": "斤", "g": "克", "箱子": "箱"}.get(unit.lower(), unit)


def _is_article(plain: str, match: "re.Match[str]") -> bool:
    """Whether "one" counts nothing: 换一个, 一张发票, 一斤多少钱."""
    if _RATE.match(plain, match.end()) or _RATE_BEFORE.search(
        plain, max(0, match.start() - 6), match.start()
    ):
        return True
    if match["unit"] in "张份个" and _PAPERS.search(plain):
        return True
    if match["number"] != "一" or match["unit"] != "个":
        return False
    if _MISSING_BEFORE.search(plain, max(0, match.start() - 3), match.start()):
        return False
    before = _ARTICLE_BEFORE.search(plain, max(0, match.start() - 4), match.start())
    after = _ARTICLE_AFTER.match(plain, match.end())
    return not (before and after) and not (after and after[0] in ("坏", "烂"))


# --- Reasons ------------------------------------------------------------------------------------


@cache
def _zh_reasons() -> Phrasebook[None]:
    return Phrasebook((phrase, None) for template in reason_words.ZH_TEMPLATES for phrase in expand(template))


@cache
def _ug_reasons() -> Phrasebook[None]:
    return Phrasebook((phrase, None) for template in reason_words.UG_TEMPLATES for phrase in expand(template))


@cache
def _ug_sentences() -> "re.Pattern[str]":
    return re.compile(reason_words.UG_SENTENCES)


def reasons(plain: str) -> Iterator[_Span]:
    """Why goods go back, the shortest phrase; not in questions and conditions (会不会坏, ئەگەر بۇزۇلسا)."""
    if _HAN.search(plain):
        yield from _zh_found(plain)
    if not _UG_WORD.search(plain):
        return
    for match in _ug_sentences().finditer(plain):
        start, end = match.span()
        told = not match["kind"] or match["noun"] or match["very"] or match["ken"]
        if told and not _is_conditional(plain, start, end):
            kin = match["kind"] and (match["noun"] or match["ken"] in ("كەن", " ئىكەن"))
            yield "reason", match[0], start, match.end("kind") if kin else end
    free = 0
    for word in _UG_WORD.finditer(plain):
        if word.start() < free:
            continue
        for phrase, _ in _ug_reasons().at(plain, word.start()):
            start, end = word.start(), word.start() + len(phrase)
            rest = _UG_WORD.match(plain, end)
            if (rest[0] if rest else "") in reason_words.UG_TAILS and not _is_conditional(plain, start, end):
                free = end
                yield "reason", phrase, start, end
                break


def _zh_found(plain: str) -> Iterator[_Span]:
    """Chinese reasons; those that touch are one (太硬咬不动)."""
    last: tuple[int, int] | None = None
    for start, end, _ in _zh_reasons().scan(plain):
        if _is_doubted(plain, start, end):
            continue
        if last and last[1] == start and plain[start - 1] != "了":
            start = last[0]
        elif last:
            yield "reason", plain[slice(*last)], *last
        last = start, end
    if last:
        yield "reason", plain[slice(*last)], *last


def _is_doubted(plain: str, start: int, end: int) -> bool:
    """Fears, conditions and questions: 会不会坏, 万一坏了, 坏了吗, 酸不酸."""
    if plain.endswith(reason_words.ZH_BEFORE, max(0, start - 4), start) and not plain.startswith("不", start):
        return True
    if plain.startswith(reason_words.ZH_AFTER, end):
        return True
    return plain.startswith("不", end) and plain[end + 1 : end + 2] == plain[end - 1]


def _is_conditional(plain: str, start: int, end: int) -> bool:
    before = plain[max(0, start - 40) : start]
    return any(word in before for word in reason_words.UG_CONDITION) or plain.startswith(
        (" بولسا", " قالسا"), end
    )
