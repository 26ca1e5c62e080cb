"""Cleaning: code points, digits, white space, and look-alike letters of Uyghur."""

import pytest

from nlu.text.clean import clean, clean_with_offsets

CASES = [
    ("", ""),
    ("  你好  ", "你好"),
    ("订单２０２４　０５０１", "订单2024 0501"),
    ("٢٠٢٤٠٥٠١", "20240501"),
    ("۱۲۳۴", "1234"),
    ("ＳＦ１２３＠ａ", "SF123@a"),
    ("好的，谢谢！（真的）？", "好的，谢谢！（真的）？"),
    ("12\u200b34\u200e\u202e", "1234"),
    ("a\x00b\x07", "ab"),
    ("a\ud800b", "ab"),
    ("a \n\n  b\r\nc", "a\nb\nc"),
    ("a\t\u00a0 b", "a b"),
    ("e\u0301", "é"),
    ("①", "①"),
    ("ياخشىمۇسىز", "ياخشىمۇسىز"),
    ("یاخشیمۇسیز", "ياخشىمۇسىز"),
    ("ياخشيمۇسيز", "ياخشىمۇسىز"),
    ("یاخشىمۇسىز، زاکاز نۇمۇرى", "ياخشىمۇسىز، زاكاز نۇمۇرى"),
    ("ره\u062dمهت", "ره\u062dمهت"),  # an Arabic letter: not Uyghur
    ("ره\u06beمهت", "رەھمەت"),
    ("ره\u0647مه\u062a", "رەھمەت"),
    ("هەئه", "ھەئە"),
    ("مهن بۇگۈن كهلدىم", "مەن بۇگۈن كەلدىم"),
    ("قاچان كيليدۇ", "قاچان كىلىدۇ"),
    ("أالما بارمۇ", "ئاالما بارمۇ"),
    ("الما بارمۇ", "ئالما بارمۇ"),
    ("كـــېلىدۇ", "كېلىدۇ"),
    ("قَاچَان كېلىدۇ", "قاچان كېلىدۇ"),
    ("ﺋﯘﻳﻐﯘﺭ ﺗﯩﻠﻰ", "ئۇيغۇر تىلى"),
    ("كىيىم دەريا ھەقىقىي پائالىيەت قوي ئاي", "كىيىم دەريا ھەقىقىي پائالىيەت قوي ئاي"),
    ("سۈپىتى ئەدەبىيات خىيال تەييار", "سۈپىتى ئەدەبىيات خىيال تەييار"),
    # other languages keep their letters
    ("سلام، سفارش من کی می‌رسد؟", "سلام، سفارش من کی میرسد؟"),
    ("أين طلبي؟", "أين طلبي؟"),
    ("میرا آرڈر کہاں ہے", "میرا آرڈر کہاں ہے"),
    ("مەنىڭ تاۋارىم قاشان كەلەدى", "مەنىڭ تاۋارىم قاشان كەلەدى"),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[text[:24] or "empty" for text, _ in CASES])
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("text", [text for text, _ in CASES], ids=[text[:24] or "empty" for text, _ in CASES])
def test_clean_twice_is_clean_once_and_offsets_agree(text: str) -> None:
    plain, where = clean_with_offsets(text)
    assert plain == clean(text) == clean(plain)
    assert len(where) == len(plain)
    assert all(0 <= index < len(text) for index in where)
    assert list(where) == sorted(where)


def test_presentation_form_of_two_letters_keeps_its_offset() -> None:
    plain, where = clean_with_offsets("ﯮﻝ ﯕ")
    assert len(plain) == len(where)


def test_offsets_point_at_the_source() -> None:
    text = "订单\u200b２０２４　　05"
    plain, where = clean_with_offsets(text)
    assert plain == "订单2024 05"
    assert text[where[2]] == "２"
    assert text[where[-1]] == "5"
