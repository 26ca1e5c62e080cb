"""Numbers as people type them, made comparable: pure functions, str in, str out."""

import re
import unicodedata

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_SEPARATORS = re.compile(r"[\s\-‐-―−﹣－]+")

_CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_CREDIT_CODE = re.compile(rf"[{_CREDIT_CODE_ALPHABET}]{{2}}[0-9]{{6}}[{_CREDIT_CODE_ALPHABET}]{{10}}")
_OLD_TAX_NUMBER = re.compile(r"[0-9]{6}[0-9A-Z]{9}|[0-9]{17}[0-9X][0-9]{2}")


def ascii_digits(text: str) -> str:
    """Full-width, Arabic-Indic and all other decimal digits as 0-9; the rest in its NFKC form."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in unicodedata.normalize("NFKC", text)
    )


def plain_number(text: str) -> str:
    """An order number or tax number to compare by: no spaces, no hyphens, capitals, plain digits."""
    return _SEPARATORS.sub("", ascii_digits(text)).upper()


def only_digits(text: str) -> str:
    return "".join(letter for letter in ascii_digits(text) if letter in "0123456789")


def mobile_number(text: str) -> str | None:
    """A mainland mobile number as eleven digits, with or without +86 before; None if it is none."""
    number = plain_number(text).removeprefix("+86").removeprefix("0086")
    if len(number) == 13:
        number = number.removeprefix("86")
    return number if _MOBILE.fullmatch(number) else None


def check_tax_number(text: str) -> str | None:
    """A taxpayer number normalised, or None.

    Either the unified social credit code of GB 32100-2015, 18 characters with a check digit, or an older
    form that some still hold: 15 (region and organisation code) or 20 (identity card and two digits).
    """
    number = plain_number(text)
    if _CREDIT_CODE.fullmatch(number):
        return number if number[-1] == _credit_code_check(number) else None
    return number if _OLD_TAX_NUMBER.fullmatch(number) else None


def _credit_code_check(number: str) -> str:
    """GB 32100-2015 §5: weights 3^i mod 31 over the first 17 characters, complement to 31."""
    total = sum(_CREDIT_CODE_ALPHABET.index(letter) * pow(3, i, 31) for i, letter in enumerate(number[:17]))
    return _CREDIT_CODE_ALPHABET[-total % 31]
