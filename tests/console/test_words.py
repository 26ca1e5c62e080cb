"""The pages speak three languages, whole."""

import pytest

from bot.console.rich import rich
from bot.console.words import LANGUAGES, catalogue, chosen, words
from tests.console.catalogues import missing, said


@pytest.mark.parametrize("language", ["zh", "ug"])
def test_nothing_is_untranslated(language: str) -> None:
    assert missing(language) == []


@pytest.mark.parametrize("language", ["zh", "ug"])
def test_nothing_is_translated_that_nobody_says(language: str) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue(language)}
    assert known - {""} == set(said())


@pytest.mark.parametrize("language", ["zh", "ug"])
def test_placeholders_are_kept(language: str) -> None:
    for message in catalogue(language):
        for checker in message.check():
            raise AssertionError(f"{message.id}: {checker}")


@pytest.mark.parametrize(
    "wanted, accepted, language",
    [
        (None, "ug-CN,ug;q=0.9,zh;q=0.8", "ug"),
        (None, "fr-FR,en;q=0.5", "en"),
        (None, "fr", "zh"),
        ("ug", "zh-CN", "ug"),
        ("xx", "en", "en"),
    ],
)
def test_the_language_of_a_page(wanted: str | None, accepted: str, language: str) -> None:
    assert chosen(wanted, accepted) == language


def test_numbers_after_english_words() -> None:
    assert words("en").ngettext("%d message", "%d messages", 2) % 2 == "2 messages"
    assert words("ug").ngettext("%d message", "%d messages", 2) % 2 == "2 ئۇچۇر"
    assert {words(language).dir for language in LANGUAGES} == {"ltr", "rtl"}


@pytest.mark.parametrize(
    "text, html",
    [
        ("单号 SF1402600000448", '单号 <bdi dir="ltr">SF1402600000448</bdi>'),
        ("138****8253", '<bdi dir="ltr">138****8253</bdi>'),
        ("<b>1</b>", '&lt;b&gt;<bdi dir="ltr">1</bdi>&lt;/b&gt;'),
        (
            '看 https://a.example/?q="><script>',
            '看 <a href="https://a.example/?q=" dir="ltr" target="_blank" '
            'rel="noopener noreferrer nofollow">https://a.example/?q=</a>&#34;&gt;&lt;script&gt;',
        ),
        ("javascript:alert", "javascript:alert"),
    ],
)
def test_texts_are_escaped_and_numbers_isolated(text: str, html: str) -> None:
    assert str(rich(text)) == html
