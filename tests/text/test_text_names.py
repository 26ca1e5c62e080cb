"""A shop's goods by name: spelling, endings, scripts; what is no product; the text that is given for it."""

from datetime import date

import pytest

from nlu.text.entities import find
from nlu.text.names import fold
from nlu.text.products import products_book

GOODS = [
    ("哈密瓜", ["قۇمۇل قوغۇنى", "西州蜜", "قوغۇن"]),
    ("苹果", ["ئاقسۇ ئالمىسى", "ئالما", "阿克苏苹果"]),
    ("葡萄", ["ئۈزۈم", "吐鲁番葡萄"]),
    ("葡萄干", ["قۇرۇق ئۈزۈم", "كىشمىش"]),
    ("核桃", ["ياڭاق", "185核桃"]),
    ("地毯", ["گىلەم"]),
    ("花帽", ["دوپپا"]),
    ("巴旦木（薄壳）", ["بادام"]),
    ("梨", ["نەشپۈت"]),
    ("馕", ["نان"]),
    ("iPhone壳", []),
    ("羊腿", ["گۆش"]),
    ("羊排", ["گۆش"]),
]
BOOK = products_book((name, [name, *aliases]) for name, aliases in GOODS)

NAMED = [
    # text, and each product as it is called and as it stands there
    ("哈密瓜和葡萄干", [("哈密瓜", "哈密瓜"), ("葡萄干", "葡萄干")]),
    ("吐鲁番葡萄多少钱", [("葡萄", "吐鲁番葡萄")]),
    ("185核桃", [("核桃", "185核桃")]),
    ("2185核桃", []),
    ("巴旦木多少钱", [("巴旦木（薄壳）", "巴旦木")]),
    ("IPHONE壳有吗", [("iPhone壳", "IPHONE壳")]),
    ("有梨吗", [("梨", "梨")]),
    ("羊腿", [("羊腿", "羊腿")]),
    ("قوغۇننى ئالسام", [("哈密瓜", "قوغۇن")]),
    ("قوغۇنلاردىنمۇ", [("哈密瓜", "قوغۇن")]),
    ("قوغۇنۇم كەلدى", [("哈密瓜", "قوغۇن")]),
    ("قوغون", [("哈密瓜", "قوغون")]),
    ("ئۇزۇمنىڭ باھاسى", [("葡萄", "ئۇزۇم")]),
    ("ئۆزۈم ئالىمەن", []),  # myself, not grapes
    ("ئالمىنىڭ", [("苹果", "ئالما")]),
    ("ئالمىسى", [("苹果", "ئالما")]),
    ("ئالمايمەن", []),
    ("ئالماشتۇرۇڭ", []),
    ("ئاقسۇنىڭ ئالمىسىنى", [("苹果", "ئاقسۇنىڭ ئالمىسى")]),
    ("ياڭىقىڭلار يېڭىمۇ", [("核桃", "ياڭاق")]),
    ("ياڭاقنى", [("核桃", "ياڭاق")]),
    ("گىلىمىڭىز", [("地毯", "گىلەم")]),
    ("نېنى بارمۇ", [("馕", "نان")]),
    ("قۇرۇق ئۈزۈمدىن", [("葡萄干", "قۇرۇق ئۈزۈم")]),
    ("qoghunni qayturay", [("哈密瓜", "qoghun")]),
    ("almini qayturay", [("苹果", "alma")]),
    ("doppini almashturay", [("花帽", "doppa")]),
    ("қоғунни қайтурай", [("哈密瓜", "қоғун")]),
    ("алмини қайтурай", [("苹果", "алма")]),
    ("بۇ 葡萄نى", [("葡萄", "葡萄")]),
    ("گۆش بارمۇ", [("羊腿", "گۆش")]),  # two are called so: the first
    ("你好", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), NAMED, ids=[text for text, _ in NAMED])
def test_products(text: str, expected: list[tuple[str, str]]) -> None:
    found = find(text, date(2024, 5, 15), BOOK)
    assert [(entity.value, entity.text) for entity in found if entity.kind == "product"] == expected


def test_without_a_catalogue_there_are_no_products() -> None:
    assert not [entity for entity in find("哈密瓜", date(2024, 5, 15)) if entity.kind == "product"]


def test_all_that_share_a_name_are_meant() -> None:
    assert [hit.value for hit in BOOK.find("گۆش")] == [("羊腿", "羊排")]


def test_a_place_within_a_products_name_is_none() -> None:
    assert [entity.kind for entity in find("阿克苏苹果", date(2024, 5, 15), BOOK)] == ["product"]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("قوغون", "قوغۇن"),
        ("ئۈزۈم", "ئۇزۇم"),
        ("ئۆزۈم", "ئوزۇم"),
        ("نېپىز", "نىپىز"),
        ("كورلا قوغونو", "كورلا قوغۇنۇ"),
    ],
)
def test_vowels_typed_for_each_other(text: str, folded: str) -> None:
    assert fold(text) == folded
