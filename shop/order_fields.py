"""What may stand in each field of an order that comes in, whoever sends it.

Each reader takes the value as it came and returns it as it is stored, or raises Bad with what is wrong.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from shop import carriers
from shop.errors import ShopError
from shop.models import OrderStatus
from shop.moments import CHINA, utc
from shop.numbers import ascii_digits, mobile_number, only_digits

Cell = Any  # str, int, float, Decimal, datetime, date or None


class Trouble(StrEnum):
    """What is wrong with a field, or a line. The edge has a sentence for each."""

    missing = "missing"  # nothing there
    too_long = "too_long"
    bad_number = "bad_number"  # no order or waybill number
    mangled = "mangled"  # a spreadsheet has rounded the number: its last digits are lost
    bad_time = "bad_time"
    bad_status = "bad_status"
    bad_phone = "bad_phone"
    bad_quantity = "bad_quantity"
    bad_price = "bad_price"
    duplicate = "duplicate"  # the same goods of the same order a second time
    contradicts = "contradicts"  # another line of the same order says otherwise
    before_order = "before_order"  # sent or delivered before it was ordered


class Bad(ShopError):
    """A field cannot be taken. Nothing of its value stands in the message."""

    def __init__(self, trouble: Trouble, field: str = "") -> None:
        super().__init__(f"{field}: {trouble}" if field else trouble.value)
        self.trouble, self.field = trouble, field


_WRAPPED = re.compile(r'^="(.*)"$', re.DOTALL)  # how shop platforms keep spreadsheets from rounding a number
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


def words(cell: Cell, most: int = 200) -> str:
    """One line of text, the marks off that exports put around numbers."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    if text[:1] == "=" and (wrapped := _WRAPPED.match(text)):
        text = wrapped[1]
    if not text.isprintable() or "  " in text or text[:1] == "'":
        text = " ".join(_CONTROL.sub(" ", text).split()).removeprefix("'").strip()
    if len(text) > most:
        raise Bad(Trouble.too_long)
    return text


def _needed(text: str) -> str:
    if not text:
        raise Bad(Trouble.missing)
    return text


_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/#-]{0,63}( [0-9A-Za-z._/#-]+)*")
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_EXACT = 10**15  # beyond it a spreadsheet's number has lost its last digits


def order_number(cell: Cell) -> str:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and abs(cell) >= _EXACT:
        raise Bad(Trouble.mangled)
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", ascii_digits(_needed(words(cell, 64))))
    if _ROUNDED.fullmatch(text):
        raise Bad(Trouble.mangled)
    if not _NUMBER.fullmatch(text) or not any(letter.isdigit() for letter in text):
        raise Bad(Trouble.bad_number)
    return text


def tracking_number(cell: Cell) -> str:
    """A waybill's number, capitals and no spaces; "" for none."""
    text = re.sub(r"^no[:：]\s*", "", words(cell, 64), flags=re.IGNORECASE)  # as Taobao writes it
    cell = text
    return re.sub(r"\s", "", order_number(cell)).upper()[: carriers.MOST] if text else ""


_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:[.,]\d+)?秒?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_SPREADSHEETS_DAY_0 = datetime(1899, 12, 30, tzinfo=CHINA)
_YEARS = range(2000, 2101)


def moment(cell: Cell) -> datetime | None:
    """A time in UTC; without a zone it is China's. None for nothing."""
    if isinstance(cell, datetime):
        found = cell if cell.tzinfo else cell.replace(tzinfo=CHINA)
    elif isinstance(cell, date):
        found = datetime(cell.year, cell.month, cell.day, tzinfo=CHINA)
    elif isinstance(cell, (int, float)) and 30_000 < cell < 80_000:
        found = _SPREADSHEETS_DAY_0 + timedelta(seconds=round(cell * 86_400))
    else:
        text = ascii_digits(words(cell, 64))
        if not text:
            return None
        found = _read_time(text)
    if found.year not in _YEARS:
        raise Bad(Trouble.bad_time)
    return utc(found)


def _read_time(text: str) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise Bad(Trouble.bad_time)
    parts = [int(part or 0) for part in match.groups()[:6]]
    zone = match[7] or "+08:00"
    try:
        aware = datetime.fromisoformat(f"2000-01-01T00:00:00{zone.upper()}").tzinfo
        return datetime(*parts, tzinfo=aware)  # type: ignore[misc, arg-type]
    except ValueError:
        raise Bad(Trouble.bad_time) from None


def ordered_at(cell: Cell) -> datetime:
    at = moment(cell)
    if at is None:
        raise Bad(Trouble.missing)
    return at


_MASKED = re.compile(r"[\d*]{3,}[- ]?[\d*]*\*[\d*]*[- ]?\d{4}")


def phone(cell: Cell) -> str:
    """A mobile or fixed number; also one that a platform has masked, for its last four digits are enough."""
    text = ascii_digits(_needed(words(cell, 40)))
    main = re.split(r"[,;、/转]|分机|ext", text, maxsplit=1)[0].strip()
    if mobile := mobile_number(main):
        return mobile
    virtual = re.match(r"(1[3-9]\d{9})[-_]\d{1,6}$", main)
    if virtual:
        return virtual[1]
    if _MASKED.fullmatch(main):
        return main.replace(" ", "")
    if re.fullmatch(r"[+\d() -]{7,20}", main) and 7 <= len(only_digits(main)) <= 15:
        return main
    raise Bad(Trouble.bad_phone)


def is_masked(number: str) -> bool:
    """Whether a phone number could be that of many people."""
    return "*" in number


_MOST_MONEY = Decimal(10_000_000)


def price(cell: Cell) -> Decimal:
    text = ascii_digits(_needed(words(cell, 40)))
    plain = re.sub(r"^(?:¥|￥|CNY|RMB)|(?:元|يۈەن|CNY|RMB)$|[,\s]", "", text.upper())
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise Bad(Trouble.bad_price) from None
    if not amount.is_finite() or not 0 <= amount < _MOST_MONEY or amount != round(amount, 2):
        raise Bad(Trouble.bad_price)
    return round(amount, 2)


def quantity(cell: Cell) -> int:
    text = ascii_digits(_needed(words(cell, 20)))
    match = re.fullmatch(r"(\d{1,5})(?:\.0+)?\s*(?:件|个|袋|盒|箱|دانە)?", text)
    if match is None or int(match[1]) == 0:
        raise Bad(Trouble.bad_quantity)
    return int(match[1])


# Words of files and of the large platforms' exports; commas in them do not count.
_STATUSES: Final[dict[OrderStatus, str]] = {
    OrderStatus.pending_payment: """待付款|未付款|待支付|未支付|等待付款|等待买家付款|已下单待付款|
        پۇل تۆلەنمىگەن|پۇل تۆلەنمىدى""",
    OrderStatus.paid: """已付款|已支付|待发货|未发货|等待发货|付款成功|备货中|待配送|待揽收|部分发货|
        买家已付款|买家已付款等待卖家发货|已付款待发货|پۇل تۆلەنگەن|پۇل تۆلەندى|تېخى ئەۋەتىلمىدى""",
    OrderStatus.shipped: """已发货|待收货|待签收|运输中|派送中|配送中|卖家已发货|卖家已发货等待买家确认|
        已发货待收货|已发货待签收|ئەۋەتىلدى|يولدا""",
    OrderStatus.delivered: """已签收|已送达|已收货|已妥投|待评价|已发货已签收|确认收货|تاپشۇرۇۋېلىندى|
        يېتىپ باردى""",
    OrderStatus.completed: "已完成|交易成功|交易完成|订单完成|完成|已评价|تاماملاندى",
    OrderStatus.cancelled: """已取消|已关闭|交易关闭|订单关闭|取消|关闭|交易取消|卖家关闭|买家取消|退款成功|
        已退款|未发货退款成功|已发货退款成功|已收货退款成功|بىكار قىلىندى""",
}
_STATUS_BY_WORD = {word.strip(): one for one, said in _STATUSES.items() for word in said.split("|")}


def status(cell: Cell) -> OrderStatus:
    text = _needed(words(cell, 60)).casefold()
    plain = re.sub(r"[,，。;；]", "", text)
    found = _STATUS_BY_WORD.get(plain) or _STATUS_BY_WORD.get(plain.replace(" ", ""))
    try:
        return found or OrderStatus(re.sub(r"[\s-]", "_", text))
    except ValueError:
        raise Bad(Trouble.bad_status) from None


READERS: Final[dict[str, Callable[[Cell], Any]]] = {
    "order_number": order_number,
    "ordered_at": ordered_at,
    "status": status,
    "buyer_name": lambda cell: _needed(words(cell, 100)),
    "buyer_phone": phone,
    "address": lambda cell: _needed(words(cell, 300)),
    "sku": lambda cell: words(cell, 100),
    "product": lambda cell: _needed(words(cell, 300)),
    "quantity": quantity,
    "unit_price": price,
    "carrier": lambda cell: words(cell, carriers.MOST),
    "tracking_number": tracking_number,
    "shipped_at": moment,
    "delivered_at": moment,
    "freight": lambda cell: price(cell) if words(cell) else Decimal(0),
}
"""By the contract's names of the fields."""


def read(field: str, cell: Cell) -> Any:
    """The value of a field. Raises Bad, which names the field."""
    try:
        return READERS[field](cell)
    except Bad as bad:
        raise Bad(bad.trouble, field) from None
