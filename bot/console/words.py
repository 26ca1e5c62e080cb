"""The pages' words by gettext catalogue. The msgids are the English words; `locale/*.po` has the others.

Catalogues are read from .po when first needed (30 ms), so that nothing has to be compiled.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent / "locale"
LANGUAGES = {"zh": "中文", "ug": "ئۇيغۇرچە", "en": "English"}


@dataclass(frozen=True)
class Words:
    """One language's words. A word that is missing stands in English: tests see to it that none is."""

    language: str
    single: dict[str, str]
    plural: dict[str, tuple[str, ...]]

    @property
    def dir(self) -> str:
        return "rtl" if self.language == "ug" else "ltr"

    def gettext(self, word: str) -> str:
        return self.single.get(word, word)

    def ngettext(self, one: str, many: str, number: int) -> str:
        """Chinese has one form, and so has Uyghur after a number; English has two."""
        forms = self.plural.get(one, (one, many))
        return forms[0 if number == 1 or len(forms) == 1 else 1]

    def pgettext(self, context: str, word: str) -> str:
        return self.single.get(f"{context}\x04{word}", word)


@cache
def words(language: str) -> Words:
    """The words of one of LANGUAGES; of any other, of Chinese."""
    if language not in LANGUAGES:
        return words("zh")
    single: dict[str, str] = {}
    plural: dict[str, tuple[str, ...]] = {}
    if language != "en":
        for message in catalogue(language):
            if isinstance(message.id, tuple):
                plural[message.id[0]] = tuple(message.string or ())
            elif message.id and message.string:
                key = f"{message.context}\x04{message.id}" if message.context else str(message.id)
                single[key] = str(message.string)
    return Words(language, single, plural)


def catalogue(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def chosen(wanted: str | None, accepted: str) -> str:
    """A page's language: what was chosen before, else the first of ours in Accept-Language, else Chinese."""
    if wanted in LANGUAGES:
        return wanted
    for part in accepted.split(","):
        code = part.split(";")[0].strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return "zh"
