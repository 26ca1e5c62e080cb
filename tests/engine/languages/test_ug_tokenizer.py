"""How Uyghur text is cut into words, punctuation and endings."""

import pytest
import spacy
from spacy.lang.punctuation import TOKENIZER_INFIXES
from spacy.language import Language
from spacy_lang_ug import Uyghur
from spacy_lang_ug.examples import sentences


@pytest.fixture(scope="module")
def ug() -> Language:
    return spacy.blank("ug")


def tokens(ug: Language, text: str) -> list[str]:
    return [token.text for token in ug.tokenizer(text)]


def test_found_by_its_code(ug: Language) -> None:
    assert type(ug) is Uyghur
    assert ug.vocab.writing_system == {"direction": "rtl", "has_case": False, "has_letters": True}
    assert ug.Defaults.infixes != TOKENIZER_INFIXES


PUNCTUATION = [
    ("بارمۇ؟", "بارمۇ ؟"),
    ("بارمۇ ؟", "بارمۇ ؟"),
    ("بارمۇ؟قانچە پۇل", "بارمۇ ؟ قانچە پۇل"),
    ("ئالما، ئانار، چىلان", "ئالما ، ئانار ، چىلان"),
    ("ئالما،ئانار،چىلان", "ئالما ، ئانار ، چىلان"),
    ("كەلدى؛ كۆردى؛ كەتتى.", "كەلدى ؛ كۆردى ؛ كەتتى ."),
    ("ئۇ: «ئەتە كېلىمەن» دېدى.", "ئۇ : « ئەتە كېلىمەن » دېدى ."),
    ("«ئالما»،", "« ئالما » ،"),
    ("ياخشى!!!", "ياخشى ! ! !"),
    ("كەلدى.ئەتە", "كەلدى . ئەتە"),
    ("كەلدى...ياق", "كەلدى ... ياق"),
    ("كەلدى… ياق", "كەلدى … ياق"),
    ("(ئاز قالدى)", "( ئاز قالدى )"),
    ("ئالما/ئانار", "ئالما / ئانار"),
    ("- ئالما", "- ئالما"),
    ("-ئالما", "- ئالما"),
    ("😀ياخشى", "😀 ياخشى"),
    ("ئەۋەتىڭ。谢谢", "ئەۋەتىڭ 。 谢谢"),
]


@pytest.mark.parametrize(("text", "expected"), PUNCTUATION)
def test_punctuation(ug: Language, text: str, expected: str) -> None:
    assert tokens(ug, text) == expected.split()


WORDS = [
    ("خەير-خوش", "خەير-خوش"),
    ("پات-پات كېلىدۇ", "پات-پات كېلىدۇ"),
    ("ئاكا-ئۇكىلار", "ئاكا-ئۇكىلار"),
    ("ئا. ئۆتكۈر", "ئا. ئۆتكۈر"),
    ("پروف. كەلدى.", "پروف. كەلدى ."),
    ("م.ب. 200-يىلى", "م.ب. 200- يىلى"),
    ("زاكازىمنى ئەۋەتىۋەتكەنمىدىڭلار", "زاكازىمنى ئەۋەتىۋەتكەنمىدىڭلار"),
]


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_words_that_stay_whole(ug: Language, text: str, expected: str) -> None:
    assert tokens(ug, text) == expected.split()


NUMBERS = [
    ("3-ئاينىڭ 20-كۈنى", "3- ئاينىڭ 20- كۈنى"),
    ("٣-ئاي", "٣- ئاي"),
    ("3-5 كۈن", "3 - 5 كۈن"),
    ("2-3كىلو", "2 - 3 كىلو"),
    ("12.50يۈەن", "12.50 يۈەن"),
    ("1،5 كىلو", "1،5 كىلو"),
    ("50% ئېتىبار", "50 % ئېتىبار"),
    ("50٪", "50 ٪"),
    ("-5 گرادۇس", "-5 گرادۇس"),
    ("10:30 دا", "10:30 دا"),
    ("20240501123456 نومۇرلۇق زاكاز", "20240501123456 نومۇرلۇق زاكاز"),
]


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_numbers(ug: Language, text: str, expected: str) -> None:
    assert tokens(ug, text) == expected.split()


ENDINGS = [
    ("WeChat دا", "WeChat دا"),
    ("WeChatدا", "WeChat دا"),
    ("WeChat-دا", "WeChat - دا"),
    ("SF-نىڭ", "SF - نىڭ"),
    ("8دە", "8 دە"),
    ("苹果نى ئالاي", "苹果 نى ئالاي"),
    ("بىر箱", "بىر 箱"),
    ("https://a.com/b دا", "https://a.com/b دا"),
    ("a@b.com غا", "a@b.com غا"),
]


@pytest.mark.parametrize(("text", "expected"), ENDINGS)
def test_endings_on_other_scripts_and_numbers(ug: Language, text: str, expected: str) -> None:
    assert tokens(ug, text) == expected.split()


@pytest.mark.parametrize("text", [*sentences, *(text for text, _ in PUNCTUATION + WORDS + NUMBERS + ENDINGS)])
def test_nothing_is_lost(ug: Language, text: str) -> None:
    assert ug.tokenizer(text).text == text
    assert [token for _, token in ug.tokenizer.explain(text)] == tokens(ug, text)


def test_saved_and_loaded(ug: Language) -> None:
    again = Uyghur().from_bytes(ug.to_bytes())
    text = "ئا. ئۆتكۈر WeChatدا 3-ئاينىڭ 20-كۈنى كەلدى.ئەتە كېلىدۇ؟"
    assert tokens(again, text) == tokens(ug, text)
