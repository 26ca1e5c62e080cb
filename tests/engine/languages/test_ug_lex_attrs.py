"""What a Uyghur word is by itself: a number, a stop word, a word typed with other letters."""

import pytest
import spacy
from spacy_lang_ug.lex_attrs import like_num, norm
from spacy_lang_ug.stop_words import STOP_WORDS

NUMBERS = """
نۆل بىر تۆت ئون ئەللىك توقسان يۈز مىڭ مىليون يېرىم بىرىنچى يىگىرمىنچى ئۈچ
10 10.5 1,000 1،5 ١٢ 3- 20- 50% 1/2 +5 -5 ~30
"""


@pytest.mark.parametrize("word", NUMBERS.split())
def test_numbers(word: str) -> None:
    assert like_num(word)


@pytest.mark.parametrize("word", ["ئالما", "-", "SF123", "1/", "بىرلا", "ئونلارچە", "3-ئاي", "", "%"])
def test_no_numbers(word: str) -> None:
    assert not like_num(word)


def test_numbers_in_a_sentence() -> None:
    doc = spacy.blank("ug")("ئون بەش كىلو ئالما 3-ئاينىڭ 20-كۈنى 45.50 يۈەن")
    assert [token.text for token in doc if token.like_num] == ["ئون", "بەش", "3-", "20-", "45.50"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("کېلىدۇ", "كېلىدۇ"),
        ("كېـلىدۇ", "كېلىدۇ"),
        ("ﻛﯧﻠﯩﺪﯗ", "كېلىدۇ"),
        ("سۉت", "سۈت"),
        ("WeChat", "wechat"),
        ("رەھمەتْ", "رەھمەت"),
    ],
)
def test_norm(typed: str, meant: str) -> None:
    assert norm(typed) == meant
    assert spacy.blank("ug")(typed)[0].norm_ == meant


@pytest.mark.parametrize(("said", "meant"), [("رەخمەت", "رەھمەت"), ("بوامدۇ", "بولامدۇ")])
def test_spoken_forms(said: str, meant: str) -> None:
    assert spacy.blank("ug")(said)[0].norm_ == meant


def test_stop_words() -> None:
    doc = spacy.blank("ug")("مەن بۇ ئالمىنى ئۆزۈم ئۈچۈن ئالدىم")
    assert [token.text for token in doc if not token.is_stop] == ["ئالمىنى", "ئالدىم"]
    assert all(word == norm(word) for word in STOP_WORDS)
