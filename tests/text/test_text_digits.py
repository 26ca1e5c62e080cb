"""Digits, numerals and masking."""

from decimal import Decimal

import pytest

from nlu.text.digits import digits_in, mask, number, without_codes

DIGITS = [
    ("", ""),
    ("20240501 123456", "20240501123456"),
    ("２０２４ 0501", "20240501"),
    ("٢٠٢٤-٠٥", "202405"),
    ("我的手机 138-1234-5678", "13812345678"),
    ("一三八 幺二三四五六七八", "13812345678"),
    ("尾号一二三四", "1234"),
    ("二〇二四", "2024"),
    ("五", "5"),
    ("看一下", ""),
    ("帮我查一下订单", ""),
    ("我要三十五个", ""),
    ("بىر ئىككى ئۈچ تۆت", "1234"),
    ("بىر، ئىككى، ئۈچ، تۆت", "1234"),
    ("ئەللىك ئالتە يەتمىش سەككىز", "5678"),
    ("ماڭا ئىككى دانە كېرەك", ""),
    ("ئاخىرقى تۆت خانىسى 5678", "5678"),
    ("你好", ""),
]


@pytest.mark.parametrize(("text", "expected"), DIGITS, ids=[text or "empty" for text, _ in DIGITS])
def test_digits_in(text: str, expected: str) -> None:
    assert digits_in(text) == expected


NUMBERS = [
    ("三十五", 35),
    ("十", 10),
    ("十二", 12),
    ("二十", 20),
    ("两百", 200),
    ("一百二", 120),
    ("一百零二", 102),
    ("一千零五十", 1050),
    ("三千五", 3500),
    ("一万二", 12000),
    ("3万", 30000),
    ("廿三", 23),
    ("半", Decimal("0.5")),
    ("两个半", Decimal("2.5")),
    ("五点五", Decimal("5.5")),
    ("２", 2),
    ("٣٥", 35),
    ("2.5", Decimal("2.5")),
    ("1,200", 1200),
    ("ئون بەش", 15),
    ("ئىككى يۈز", 200),
    ("يۈز يىگىرمە", 120),
    ("ئىككى مىڭ ئۈچ يۈز", 2300),
    ("ئون بەش مىڭ", 15000),
    ("بىر يېرىم", Decimal("1.5")),
    ("يېرىم", Decimal("0.5")),
    ("يەتمىش بەش", 75),
    ("ikki yüz", 200),
    ("on besh", 15),
    ("", None),
    ("苹果", None),
    ("三个苹果", None),
    ("ئالما", None),
    ("hello", None),
    ("..", None),
    ("一" * 500, None),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERS, ids=[text[:20] or "empty" for text, _ in NUMBERS])
def test_number(text: str, expected: int | Decimal | None) -> None:
    value = number(text)
    assert value == expected
    assert type(value) is type(expected)


MASKS = [
    ("我的电话13812345678", "我的电话138****5678"),
    ("138 1234 5678", "138****5678"),
    ("+86 138-1234-5678", "+138****5678"),
    ("١٣٨١٢٣٤٥٦٧٨", "138****5678"),
    ("订单20240501123456", "订单****3456"),
    ("身份证65010219900101123X", "身份证****123X"),
    ("6222 0212 3456 7890 123", "****0123"),
    ("2024-05-01 到", "2024-05-01 到"),
    ("买了12个", "买了12个"),
    ("12.50元", "12.50元"),
    ("zhang.san@qq.com", "z***@qq.com"),
    ("一三八一二三四五六七八", "*******五六七八"),
    ("تېلېفون 13812345678", "تېلېفون 138****5678"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), MASKS, ids=[text or "empty" for text, _ in MASKS])
def test_mask(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("SF2204 8810 3765 2到哪了", " 到哪了"),
        ("2024 1105 7788 13 نومۇرلۇق زاكاز ئەۋەتىلدىمۇ", None),
        ("订单号20261101001005，我要退货", "订单号 ，我要退货"),
        ("我的订单号是20261101001005", None),
        ("手机尾号6612，运单号 SF2204881037652", None),
        ("买了2箱苹果", None),
    ],
)
def test_numbers_are_left_out_where_something_else_is_said(text: str, rest: str | None) -> None:
    assert without_codes(text) == (text if rest is None else rest)
