"""Forms of settings: what their fields are, how they are read, what is wrong with them, what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.datastructures import FormData

from bot.console.words import Words
from shop.numbers import ascii_digits


@dataclass(frozen=True)
class Input:
    """One field as the page shows it. `kind`: text, number, money, area, select, check, password."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    hint: str = ""
    error: str = ""
    least: int = 0
    most: int = 200  # of a number; of a text its letters
    options: Sequence[tuple[str, str]] = ()
    needed: bool = False
    dir: str = "auto"
    lang: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class Section:
    title: str
    inputs: tuple[Input, ...]
    note: str = ""


@dataclass
class Filled:
    """A form as it was sent: its values by name, and what is wrong by name."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)

    def shown(self, sections: Sequence[Section]) -> list[Section]:
        """The same form with all that was typed, and the errors beside the fields."""
        return [replace(one, inputs=tuple(self._again(each) for each in one.inputs)) for one in sections]

    def _again(self, one: Input) -> Input:
        typed = "" if one.kind == "password" else self.typed.get(one.name, "")
        return replace(one, value=typed, error=self.errors.get(one.name, ""))


def read_form(form: FormData | Mapping[str, Any], sections: Sequence[Section], ours: Words) -> Filled:
    filled = Filled()
    for one in (each for section in sections for each in section.inputs):
        given = form.get(one.name)
        text = given.strip().replace("\0", "").replace("\r\n", "\n") if isinstance(given, str) else ""
        filled.typed[one.name] = text
        try:
            filled.values[one.name] = _read(one, text, ours)
        except ValueError as wrong:
            filled.errors[one.name] = str(wrong)
    return filled


def _read(one: Input, text: str, ours: Words) -> Any:
    """Raises ValueError with the sentence."""
    if one.kind == "check":
        return bool(text)
    if not text:
        if one.needed:
            raise ValueError(ours.gettext("This is missing."))
        return None if one.kind in ("number", "money") else ""
    if one.kind == "number":
        return _number(one, text, ours)
    if one.kind == "money":
        return _money(one, text, ours)
    if one.kind == "select" and text not in {value for value, _ in one.options}:
        raise ValueError(ours.gettext("Choose one of the list."))
    if len(text) > one.most:
        raise ValueError(ours.gettext("This is longer than %d letters.") % one.most)
    return text


def _number(one: Input, text: str, ours: Words) -> int:
    plain = ascii_digits(text)
    if not plain.isdecimal() or len(plain) > 9 or not one.least <= int(plain) <= one.most:
        told = ours.gettext("Write a whole number from {least} to {most}.")
        raise ValueError(told.format(least=one.least, most=one.most))
    return int(plain)


def _money(one: Input, text: str, ours: Words) -> Decimal:
    try:
        amount = Decimal(ascii_digits(text).replace(",", "").removeprefix("¥"))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or not one.least <= amount <= 9_999_999 or amount != round(amount, 2):
        raise ValueError(ours.gettext("Write a price in yuan, such as 29.90."))
    return amount
