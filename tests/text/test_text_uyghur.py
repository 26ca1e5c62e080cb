"""Latin and Cyrillic Uyghur into Arabic script."""

import pytest

from nlu.text.uyghur import to_arabic

CASES = [
    ("", ""),
    ("zakazim qachan kelidu", "زاكازىم قاچان كېلىدۇ"),
    ("zakazim kaqan kilidu", "زاكازىم قاچان كېلىدۇ"),
    ("zakazim kachan keldu", "زاكازىم قاچان كەلدۇ"),
    ("yaxshimusiz", "ياخشىمۇسىز"),
    ("yahximusiz", "ياخشىمۇسىز"),
    ("yahshimusiz", "ياخشىمۇسىز"),
    ("rehmet", "رەھمەت"),
    ("rahmat", "رەھمەت"),
    ("rexmet sizge", "رەخمەت سىزگە"),
    ("pulumni qayturup bering", "پۇلۇمنى قايتۇرۇپ بېرىڭ"),
    ("pulumni kayturup biring", "پۇلۇمنى قايتۇرۇپ بېرىڭ"),
    ("almashturup beremsiz", "ئالماشتۇرۇپ بېرەمسىز"),
    ("almaxturup bersila", "ئالماشتۇرۇپ بەرسىلا"),
    ("uzum barmu", "ئۈزۈم بارمۇ"),
    ("üzüm barmu", "ئۈزۈم بارمۇ"),
    ("qoghun kanche pul", "قوغۇن قانچە پۇل"),
    ("méning zakazim qeyerde", "مېنىڭ زاكازىم قەيەردە"),
    ("qeshqerge ewetemsiler", "قەشقەرگە ئەۋەتەمسىلەر"),
    ("kaxkarda turimen", "قەشقەردە تۇرىمەن"),
    ("urumqige barimen", "ئۈرۈمچىگە بارىمەن"),
    ("ikki dane alma chirip ketiptu", "ئىككى دانە ئالما چىرىپ كېتىپتۇ"),
    ("men 2 kilo uzum aldim", "مەن 2 كىلو ئۈزۈم ئالدىم"),
    ("zakaz nomuri 20240501123456", "زاكاز نومۇرى 20240501123456"),
    ("mal texi kelmidi", "مال تېخى كەلمىدى"),
    ("pul tolidim", "پۇل تۆلىدىم"),
    ("adrisimni özgertmekchi", "ئادرېسىمنى ئۆزگەرتمەكچى"),
    # left alone
    ("yollanma SF1234567890123 nede", "يوللانما SF1234567890123 نەدە"),
    ("WeChat da pul tolisem bolamdu", "WeChat دا پۇل تۆلىسەم بولامدۇ"),
    ("EMS bilen ewetemsiz", "EMS بىلەن ئەۋەتەمسىز"),
    ("where is my order", "where is my order"),
    ("siparişim nerede", "siparişim nerede"),
    ("my iPhone", "my iPhone"),
    ("https://shop.com/men-bar", "https://shop.com/men-bar"),
    ("我的订单SF123", "我的订单SF123"),
    ("قاچان كېلىدۇ", "قاچان كېلىدۇ"),
    # Cyrillic
    ("заказим қачан келиду", "زاكازىم قاچان كېلىدۇ"),
    ("Мениң пулумни қайтуруп бериң", "مېنىڭ پۇلۇمنى قايتۇرۇپ بېرىڭ"),
    ("рәхмәт", "رەخمەت"),
    ("яхшимусиз", "ياخشىمۇسىز"),
    ("где мой заказ", "где мой заказ"),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text or "empty" for text, _ in CASES])
def test_to_arabic(text: str, expected: str) -> None:
    assert to_arabic(text) == expected


def test_arabic_script_stays_as_it_is() -> None:
    line = "مەن WeChat دا 20240501123456 زاكاز قىلدىم"
    assert to_arabic(to_arabic(line)) == to_arabic(line) == line
