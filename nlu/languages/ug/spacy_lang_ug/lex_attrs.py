import re
import unicodedata

from spacy.attrs import LIKE_NUM, NORM

_num_words = """
نۆل بىر ئىككى ئۈچ تۆت بەش ئالتە يەتتە سەككىز توققۇز ئون يىگىرمە ئوتتۇز قىرىق ئەللىك ئاتمىش يەتمىش سەكسەن
توقسان يۈز مىڭ مىليون مىليارد تىرىليون يېرىم چارەك
"""

_ordinal_words = """
بىرىنچى ئىككىنچى ئۈچىنچى تۆتىنچى بەشىنچى ئالتىنچى يەتتىنچى سەككىزىنچى توققۇزىنچى ئونىنچى يىگىرمىنچى
ئوتتۇزىنچى قىرىقىنچى ئەللىكىنچى ئاتمىشىنچى يەتمىشىنچى سەكسەنىنچى توقسانىنچى يۈزىنچى مىڭىنچى مىليونىنچى
"""

_numbers = frozenset((_num_words + _ordinal_words).split())
_separators = re.compile(r"(?<=\d)[.,٫٬،](?=\d)")

# Letters other keyboards give for Uyghur ones, where no other Uyghur letter is meant.
_look_alikes = str.maketrans({"ک": "ك", "ڪ": "ك", "ۉ": "ۈ", "ۅ": "ۆ", "ۑ": "ې", "ڤ": "ۋ", "ں": "ن", "ڴ": "ڭ"})
_signs = re.compile("[\u0610-\u061a\u0640\u064b-\u0653\u0656-\u065f\u0670]")


def like_num(text):
    if text.startswith(("+", "-", "±", "~")):
        text = text[1:]
    text = _separators.sub("", text)
    if text.endswith(("-", "٪", "%")):  # 20- is the twentieth
        text = text[:-1]
    if text.isdigit():
        return True
    if text.count("/") == 1:
        num, denom = text.split("/")
        if num.isdigit() and denom.isdigit():
            return True
    return norm(text) in _numbers


def norm(text):
    """Presentation forms and look-alike letters as the letters they stand for; no tatweel, no vowel signs."""
    if text.isascii():
        return text.lower()
    text = "".join(
        unicodedata.normalize("NFKC", char) if "\ufb50" <= char <= "\ufefc" else char for char in text
    )
    text = unicodedata.normalize("NFC", _signs.sub("", text)).translate(_look_alikes)
    return text.lower()


LEX_ATTRS = {LIKE_NUM: like_num, NORM: norm}
