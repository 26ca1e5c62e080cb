"""Numbers as people type them."""

import pytest

from shop.numbers import ascii_digits, mobile_number, plain_number
from shop.orders import check_tax_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("91350100M000100Y43", "91350100M000100Y43"),  # the example in GB 32100-2015
        ("９１３５０１００Ｍ０００１００Ｙ４３", "91350100M000100Y43"),
        ("91350100m000100y43", "91350100M000100Y43"),
        (" 9135 0100-M000100Y43 ", "91350100M000100Y43"),
        ("91440300708461136T", "91440300708461136T"),  # Tencent, public
        ("91350100M000100Y44", None),  # check digit
        ("91350100M000100Y34", None),  # two swapped
        ("91350100M00010OY43", None),  # no letter O in the alphabet
        ("91350100M000100Y4", None),
        ("91350100M000100Y433", None),
        ("440300708461136", "440300708461136"),
        ("44030070846113X", "44030070846113X"),
        ("4403007084611361", None),
        ("65010219900101123X01", "65010219900101123X01"),
        ("65010219900101123401", "65010219900101123401"),
        ("6501021990010112X401", None),
        ("", None),
        ("公司", None),
    ],
)
def test_tax_numbers(text: str, expected: str | None) -> None:
    assert check_tax_number(text) == expected


@pytest.mark.parametrize("place", range(18))
def test_any_one_wrong_character_is_found(place: int) -> None:
    right = "91350100M000100Y43"
    for letter in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        typed = right[:place] + letter + right[place + 1 :]
        assert check_tax_number(typed) == (right if typed == right else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026 1120-0001", "202611200001"),
        ("xj–2026—01", "XJ202601"),
        ("２０２６", "2026"),
        ("٢٠٢٦۲۰", "202620"),
        ("", ""),
    ],
)
def test_plain_numbers(text: str, expected: str) -> None:
    assert plain_number(text) == expected


def test_only_digits_change_their_form() -> None:
    assert ascii_digits("№ ٣ ئالما，第③") == "No 3 ئالما,第3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("13812345678", "13812345678"),
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("86 13812345678", "13812345678"),
        ("19912345678", "19912345678"),
        ("12812345678", None),
        ("0998-2822222", None),
        ("138****5678", None),
        ("1381234567a", None),
    ],
)
def test_mobile_numbers(text: str, expected: str | None) -> None:
    assert mobile_number(text) == expected
