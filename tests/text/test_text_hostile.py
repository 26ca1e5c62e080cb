"""What must not break or slow the text functions: floods, NULs, lone surrogates, bidi and combining marks."""

import time
from collections.abc import Callable
from datetime import date

import pytest

from nlu.text.clauses import clauses
from nlu.text.clean import clean, clean_with_offsets
from nlu.text.digits import digits_in, mask, number
from nlu.text.entities import find
from nlu.text.language import detect, reply_language
from nlu.text.uyghur import to_arabic

TODAY = date(2024, 5, 15)
SIZE = 100_000
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "clean": clean,
    "clean_with_offsets": clean_with_offsets,
    "digits_in": digits_in,
    "number": number,
    "mask": mask,
    "detect": detect,
    "reply_language": lambda text: reply_language(text, "zh"),
    "to_arabic": to_arabic,
    "find": lambda text: find(text, TODAY),
    "clauses": clauses,
}
SEEDS = {
    "letters": "a",
    "spaces": " ",
    "newlines": " \n",
    "digits": "1",
    "spaced digits": "1 ",
    "hyphened digits": "1-",
    "arabic digits": "١-",
    "han numerals": "十",
    "uyghur": "ئا",
    "number words": "بىر ",
    "combining": "e\u0301\u0316",
    "arabic marks": "\u064e\u0654",
    "bidi": "\u202e",
    "surrogates": "\ud800",
    "nul": "\0",
    "masked": "138*",
    "mail": "a@",
    "dots": "a.",
    "questions": "？",
    "links": "，另外",
    "tails": "尾号",
    "years": "2024年",
    "trace": "溯源码a-",
    "latin uyghur": "zakazim qachan kelidu ",
    "latin run": "beringlar",
    "apostrophes": "a'",
    "cyrillic": "заказим ",
    "heh": "ه",
    "yeh": "ی",
    "reasons": "太坏了",
    "emoji": "😀",
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("seed", SEEDS)
def test_flood_of_100000_characters_takes_under_a_second(name: str, seed: str) -> None:
    text = (SEEDS[seed] * SIZE)[:SIZE]
    started = time.perf_counter()
    FUNCTIONS[name](text)
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\0",
        "\ud800",
        "\udfff\ud83d",
        "\u202e\u2066",
        "\u0301",
        "\u0654",
        "ـ",
        "\ufeff",
        "\U0010ffff",
        "ئ",
        "ي",
        "ه",
        "'",
        "-",
        "+86",
        "半",
        "第",
    ],
    ids=ascii,
)
def test_odd_characters(name: str, text: str) -> None:
    FUNCTIONS[name](text)
    FUNCTIONS[name](f"订单{text}2024 زاكاز{text}ىم zakaz{text}im")


def test_clean_leaves_nothing_that_cannot_be_stored() -> None:
    cleaned = clean("a\ud800b\0c\u202ed\udfff")
    assert cleaned == "abcd"
    cleaned.encode()


def test_long_ambiguous_latin_words_are_read_quickly() -> None:
    started = time.perf_counter()
    for word in (
        "al" * 13,
        "idi" * 8,
        "kelininginini" * 2,
        "ununununununununununun",
        "qiliwatamduwatamdu",
        "lilalilalilalilalila",
    ):
        to_arabic(f"zakazim qachan kelidu {word}")
    assert time.perf_counter() - started < 0.5
