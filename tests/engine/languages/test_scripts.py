"""Words by script, and our own tables beside the libraries they come from."""

import opencc
import pytest
from umsc import umsc

from nlu.components.tokens import tokens
from nlu.text.traditional import TABLE
from nlu.text.uyghur import to_arabic


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("巴旦木坏果包赔", "巴旦木 坏果包赔"),
        ("放菜鸟驿站", "放 菜鸟驿站"),
        ("زاكازىم قاچان كېلىدۇ؟", "زاكازىم قاچان كېلىدۇ"),
        ("退款 قاچان كېلىدۇ", "退款 قاچان كېلىدۇ"),
        ("苹果نى 2 箱 ئالاي", "苹果 نى 2 箱 ئالاي"),
        ("WeChatدا发货", "WeChat دا 发货"),
        ("，。！", ""),
        ("", ""),
    ],
)
def test_words_by_script(text: str, expected: str) -> None:
    assert tokens(text) == expected.split()


def test_uyghur_words_as_stems() -> None:
    assert tokens("退款 دۇكىنىڭىزدا زاكازىمنى", stems=True) == ["退款", "دۇكان", "زاكاز"]


def test_traditional_characters_as_opencc_has_them() -> None:
    convert = opencc.OpenCC("t2s").convert
    ours = set("著瞭妳")
    differing = [char for code, char in TABLE.items() if convert(chr(code)) != char and chr(code) not in ours]
    assert differing == []
    assert len(TABLE) > 2500


SENTENCES = [
    "زاكازىم قاچان كېلىدۇ",
    "پۇلۇمنى قايتۇرۇپ بېرىڭ",
    "ئادرېسىمنى ئۆزگەرتىپ بېرەمسىز",
    "بۇ ياڭاق بۇ يىلنىڭ يېڭى مەھسۇلاتىمۇ",
    "ساندۇق ئېزىلىپ كەتكەن، مېۋىلەر چىرىپ كېتىپتۇ",
    "قەشقەرگە ھەقسىز يەتكۈزەمسىلەر",
    "تۈنۈگۈن ئۈچ كىلو ئۈزۈم زاكاز قىلغان",
    "سۈپىتى بەك ناچار، رازى ئەمەسمەن",
]


@pytest.mark.parametrize("script", ["ULS", "UCS"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_official_spellings_come_back_as_umsc_writes_them(sentence: str, script: str) -> None:
    written = umsc.UgMultiScriptConverter("UAS", script)(sentence)
    assert to_arabic(written).replace(",", "،") == sentence
