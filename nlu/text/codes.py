"""Order, waybill, trace and telephone numbers: told apart by their shape and the words around them."""

import re
from collections.abc import Iterator
from typing import Final

from . import numerals
from .lazy import pattern

_Span = tuple[str, str, int, int]

# --- Words around a number ----------------------------------------------------------------------

_NAMES: Final[dict[str, str]] = {
    "tax": "税号|纳税人识别号|信用代码|باج نومۇر|باج نۇمۇر",
    "card": "银行卡|信用卡|储蓄卡|卡号|账号|帐号|بانكا كارت|كارتا نومۇر|كارتا نۇمۇر|كارت نومۇر|ھېسابات نومۇر",
    "identity": "身份证|证件号|كىملىك",
    "trace": (
        "溯源|追溯码|批次|批号|防伪码|ئىز قوغلاش كود|مەنبە كود|تۈركۈم نومۇر|پارتىيە نومۇر|"
        "سىكاننېرلاش كود|كودى|كودىنى|trace code|batch"
    ),
    "order": "订单|訂單|下单号|زاكاز|زاكاس|بۇيرۇتما|order|Order|zakaz|zakas",
    "waybill": "快递单|快递号|快遞單|运单|運單|物流单|物流号|物流编号|包裹号|包裹单号|单号|取件号|顺丰|圆通|"
    "中通|申通|韵达|极兔|京东快递|邮政|德邦|يوللانما نومۇر|يوللانما نۇمۇر|يوللانما نومىر"
    "|يەتكۈزۈش نومۇر|مال نومۇر|پوچتا نومۇر|tracking|yollanma",
    "case": "售后单|售后号|申请单号|退款单|退款编号|退货单号|服务单|工单|申请编号|维修单",
    "other": "合同|采购|型号|MODEL|货号|款号|条形码|条码|商品码|入库码|受理|保单|邮编",
    "phone": "手机|电话|號碼|联系方式|تېلېفون|تېلىفۇن|تېلفون|يانفون|telefon",
}
_NAME_KIND: Final = {word: kind for kind, words in _NAMES.items() for word in words.split("|")}
_CONTEXT: Final = pattern("订单号|" + "|".join(sorted(_NAME_KIND, key=len, reverse=True)))
_BEFORE: Final = 26
_AFTER: Final = 16
_BREAK: Final = pattern("[。！？!?؟\n]")
# A parcel's word makes a waybill of 12 to 15 digits that touch it, unless they begin with a day, like orders.
_PARCEL: Final = "快递|快遞|包裹|物流|يوللانما|يوللانمام|يوللانمىنى|پوسۇلكا|پوچتا|كۇەيدى"
_PARCEL_BEFORE: Final = pattern(rf"(?:{_PARCEL})[是为：: ]{{0,2}}$")
_PARCEL_AFTER: Final = pattern(rf" ?(?:这个|的|نومۇرلۇق)? ?(?:{_PARCEL})")
_DATED: Final = pattern("20[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])")


def _context(plain: str, start: int, end: int) -> str:
    """The kind of the nearest naming word before the number in its sentence, else the first after it."""
    before = plain[max(0, start - _BEFORE) : start]
    for mark in _BREAK.finditer(before):
        before = plain[max(0, start - _BEFORE) + mark.end() : start]
    kind = ""
    for match in _CONTEXT.finditer(before):
        kind = _NAME_KIND.get(match[0], "order")
    if kind:
        return kind
    after = plain[end : end + _AFTER]
    stop = _BREAK.search(after)
    found = _CONTEXT.search(after[: stop.start()] if stop else after)
    return _NAME_KIND.get(found[0], "order") if found else ""


# --- Telephones ---------------------------------------------------------------------------------

_MASKED: Final = pattern(r"(?<![0-9*])(1[3-9][0-9])[ \-]?[*xX×·•]{2,8}[ \-]?([0-9]{4})(?![0-9])")
_PHONE: Final = pattern(
    r"(?<![0-9A-Za-z])(?:\(?(?:\+|00)?86\)?[ \-]?)?(1[3-9][0-9](?:[ \-]?[0-9]{4}[ \-]?[0-9]{4}|"
    r"[ \-]?[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{2}))(?![0-9]|[ \-][0-9]{3})"
)
_SERVICE: Final = pattern(
    r"(?<![0-9])(?:0[0-9]{2,3}[ \-][0-9]{7,8}|[48]00[ \-]?[0-9]{3}[ \-]?[0-9]{4}|95[0-9]{3})(?![0-9])"
)
_FOUR: Final = "[0-9]{4}|[零〇一二三四五六七八九幺]{4}"
_TAIL: Final = pattern(
    rf"(?P<of>[^\s，。,!?！？]{{0,6}}?)(?:尾号|尾数|尾號|末尾|尾數|(?:后|後|末|最后)(?:四|4)(?:位|个)(?:数字?|"
    rf"号码)?)(?:数字?)?[是为为:： \-，,]{{0,4}}(?P<zh>{_FOUR})(?![0-9])"
    rf"|(?<![0-9])(?P<zh2>{_FOUR})(?![0-9])(?:是|，|,| ){{0,2}}(?:我?(?:手机|电话)?(?:的)?)(?:尾号|尾数|"
    rf"(?:后|末)(?:四|4)位)"
    rf"|(?:ئاخىرقى|كەينىدىكى|ئاخىرىدىكى|كەينى|ئاخىرى)(?: (?:تۆت|4))?(?: (?:خانىسى|خانە|رەقەم|رەقىمى|"
    rf"سان|سانى|نومۇرى))?[^0-9\n]{{0,12}}(?P<ug>[0-9]{{4}})(?![0-9])"
    r"|(?<![0-9])(?P<ug2>[0-9]{4})(?![0-9])[^0-9\n]{0,24}(?:ئاخىرقى|كەينىدىكى) (?:تۆت|4)"
)
# Four digits and nothing else: what is asked for to prove whose an order is.
_ALONE: Final = pattern(rf"[^\w]*({_FOUR})[^\w]*(?:的|号)?[^\w]*")
_ACCOUNT: Final = pattern("的?.{0,4}(?:账户|帐户|银行|卡)")
_NOT_PHONE_TAIL: Final = pattern("订单|單號|单号|卡|银行|户|快递|زاكاز|كارت|يوللانما")


def _phones(plain: str) -> Iterator[_Span]:
    for match in _MASKED.finditer(plain):
        yield "phone", f"{match[1]}****{match[2]}", match.start(), match.end()
    for match in _SERVICE.finditer(plain):
        yield "", "", match.start(), match.end()
    for match in _PHONE.finditer(plain):
        if _context(plain, match.start(), match.end()) in ("tax", "card", "trace"):
            continue
        yield "phone", re.sub(r"\D", "", match[1]), match.start(), match.end()


def _tails(plain: str) -> Iterator[_Span]:
    if alone := _ALONE.fullmatch(plain):
        yield "phone", _read_out(alone[1]), alone.start(1), alone.end(1)
    if not _TAIL_HINT.search(plain):
        return
    for match in _TAIL.finditer(plain):
        group = match.lastgroup or ""
        before = plain[max(0, match.start() - 24) : match.start(group)]
        if _ACCOUNT.match(plain, match.end(group)) or (
            _NOT_PHONE_TAIL.search(before) and not re.search("手机|电话|تېلېفون|يانفون", before)
        ):
            yield "", "", match.start(group), match.end(group)
            continue
        yield "phone", _read_out(match[group]), match.start(group), match.end(group)


def _read_out(digits: str) -> str:
    return "".join(str(numerals.ZH_DIGITS.get(char, char)) for char in digits)


_TAIL_HINT: Final = pattern("尾|[后後末][四4]|最后|ئاخىر|كەينى")

# --- Waybills and trace codes -------------------------------------------------------------------

_CARRIER_NAMES: Final = """
SF JD JDV JDVA JDVB JDVC JDVE JDX JDK JDAZ YTO YT ZTO ZT STO YUNDA YD EMS JTSD JT DPK DPL DPS DP DB
HTKY TTK TT UC KY ANE YZPY YZ XB CN LP FW SXJD GT CNSF BEST VA VB VC VD VE VF VG
"""
_CARRIERS: Final = frozenset(_CARRIER_NAMES.split())
_WAYBILL: Final = pattern(
    r"(?=[A-Za-z])(?<![A-Za-z0-9])(?P<carrier>[A-Za-z]{2,6})(?P<gap>[ "
    r"\-:：]{0,2})(?P<number>[0-9](?:[ \-]?[0-9]){7,19})(?P<tail>[A-Za-z]{2})?(?![0-9A-Za-z])"
)
_LATIN: Final = pattern("[A-Za-z]")
_LONG: Final = 10  # digits after letters that no shop's batch has


def _waybills(plain: str) -> Iterator[_Span]:
    """Numbers with letters before them: a carrier's, the post's (EA123456789CN), or the shop's own."""
    for match in _WAYBILL.finditer(plain):
        carrier, digits = match["carrier"].upper(), re.sub("[^0-9]", "", match["number"])
        if match["tail"]:
            if len(carrier) == 2 and len(digits) == 9 and not match["gap"]:
                yield "tracking_number", match[0].upper(), match.start(), match.end()
        elif carrier in _CARRIERS:
            yield "tracking_number", carrier + digits, match.start(), match.end()
        elif not match["gap"]:
            kind = _context(plain, match.start(), match.end())
            if kind in ("waybill", "order"):
                name = "tracking_number" if kind == "waybill" else "order_number"
                yield name, carrier + digits, match.start(), match.end()
            elif not kind and len(carrier) == 2 and len(digits) >= _LONG and not _DATED.match(digits):
                yield "tracking_number", carrier + digits, match.start(), match.end()


_TRACE_HINT: Final = pattern(
    "溯源|追溯|批次|批号|防伪|扫|印|[编验]|码|كود|تۈركۈم|پارتىيە|سىكان|[Tt]race|[Bb]atch|[Kk]od|[Cc]ode"
)
_TRACE: Final = pattern(
    r"(?<![A-Za-z0-9\-_./@])(?=[A-Za-z0-9\-_]{0,30}[0-9])[A-Za-z0-9](?:[A-Za-z0-9]|"
    r"[\-_](?=[A-Za-z0-9])){4,31}(?![A-Za-z0-9\-_@]|\.[A-Za-z0-9])"
)
_BARE: Final = pattern(
    "(?=[A-Z])(?=.*[A-Z].*[A-Z])(?:[A-Z0-9]+(?:-[A-Z0-9]+)+|[A-Z]{1,5}[0-9]+[A-Z]?[0-9]*[A-Z]{0,2})"
)


def _is_waybill(code: str) -> bool:
    match = _WAYBILL.fullmatch(code)
    return match is not None and match["carrier"].upper() in _CARRIERS


def _traces(plain: str) -> Iterator[_Span]:
    """Batch and trace codes: by the words beside them, else by a shape no waybill or order number has."""
    hinted = _TRACE_HINT.search(plain) is not None
    if not hinted and not _LATIN.search(plain):
        return
    for match in _TRACE.finditer(plain):
        code, digits = match[0], sum(char.isdigit() for char in match[0])
        if _is_waybill(code):
            continue
        kind = _context(plain, match.start(), match.end())
        lettered = any(char.isalpha() for char in code)
        if lettered:
            bare = _BARE.fullmatch(code.upper()) is not None and digits >= (4 if "-" in code else 6)
            is_trace = kind not in ("order", "waybill", "tax", "card", "case", "other") and (
                bare or (digits > 1 and (kind == "trace" or (hinted and _BARE.fullmatch(code.upper()))))
            )
        else:
            is_trace = kind == "trace" and _near(plain, match.start())
        if is_trace:
            yield "trace_code", code.upper(), match.start(), match.end()


_TRACE_WORD: Final = pattern("|".join(sorted(_NAMES["trace"].split("|"), key=len, reverse=True)))


def _near(plain: str, start: int) -> bool:
    """Whether a word for a trace code stands close before a number that has no letters to tell it by."""
    return any(word.end() >= start - 14 for word in _TRACE_WORD.finditer(plain, 0, start))


# --- Order numbers ------------------------------------------------------------------------------

_RUN: Final = pattern(r"(?<![0-9A-Za-z.])[0-9]+(?:[ \-][0-9]+){0,9}(?![0-9A-Za-z]|\.[0-9])")
_GROUP: Final = pattern("[0-9]+")
_DAY: Final = pattern(r"20[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}(?![0-9])[ \-]?")
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def is_identity_number(digits: str) -> bool:
    """Whether 18 characters are a resident identity number (GB 11643-1999: birth date, check character)."""
    if len(digits) != 18 or not digits[:17].isdigit() or not 11 <= int(digits[:2]) <= 82:
        return False
    if not (
        1900 <= int(digits[6:10]) <= 2100 and 1 <= int(digits[10:12]) <= 12 and 1 <= int(digits[12:14]) <= 31
    ):
        return False
    check = sum(int(char) * weight for char, weight in zip(digits[:17], _ID_WEIGHTS, strict=True)) % 11
    return "10X98765432"[check] == digits[17].upper()


_WAYBILL_DIGITS: Final = (12, 15)


def _of_parcel(plain: str, digits: str, start: int, end: int) -> bool:
    if len(digits) < _WAYBILL_DIGITS[0] or _DATED.match(digits):
        return False
    before = _PARCEL_BEFORE.search(plain, max(0, start - 12), start)
    return (before or _PARCEL_AFTER.match(plain, end)) is not None


def _number(plain: str, start: int, end: int) -> _Span | None:
    digits = re.sub(r"[^0-9]", "", plain[start:end])
    if not 10 <= len(digits) <= 20 or is_identity_number(digits):
        return None
    kind = _context(plain, start, end)
    if kind in ("tax", "card", "identity", "trace", "case", "other"):
        return "", "", start, end
    if len(digits) <= _WAYBILL_DIGITS[1] and (
        kind == "waybill" or (not kind and _of_parcel(plain, digits, start, end))
    ):
        return "tracking_number", digits, start, end
    return "order_number", digits, start, end


def _orders(plain: str) -> Iterator[_Span]:
    for run in _RUN.finditer(plain):
        start, end = run.span()
        day = _DAY.match(plain, start, end)
        if day:
            start = day.end()
        groups = [group.span() for group in _GROUP.finditer(plain, start, end)]
        if not groups:
            continue
        total = sum(last - first for first, last in groups)
        whole = total <= 20 and not (len(groups) > 1 and any(last - first >= 10 for first, last in groups))
        for first, last in [(groups[0][0], groups[-1][1])] if whole else groups:
            if found := _number(plain, first, last):
                yield found


_ANY: Final = pattern("[0-9]{2}|尾号|尾数|后四位|后4位|末四位|最后四位|[零〇一二三四五六七八九幺]{4}")


def find_codes(plain: str) -> Iterator[_Span]:
    """Numbers of a cleaned text as (kind, value, start, end), the surest first; kind "" is none of ours."""
    if not _ANY.search(plain):
        return
    if _LATIN.search(plain):
        yield from _waybills(plain)
    yield from _traces(plain)
    yield from _phones(plain)
    yield from _tails(plain)
    yield from _orders(plain)
