import re

from spacy.lang.tokenizer_exceptions import BASE_EXCEPTIONS, URL_PATTERN
from spacy.symbols import NORM, ORTH
from spacy.util import update_exc

_exc = {}

# Abbreviations with a point.
for orth, norm in (
    ("پروف.", "پروفېسسور"),
    ("دوت.", "دوتسېنت"),
    ("د.", "دوكتور"),
    ("م.", "مىلادىيە"),
    ("ھ.", "ھىجرىيە"),
    ("م.ب.", "مىلادىيەدىن بۇرۇن"),
    ("ق.", "قاراڭ"),
    ("ۋ.ھ.", "ۋە ھاكازا"),
    ("ۋ.ب.", "ۋە باشقىلار"),
    ("س.ئە.ۋ.", "سەللەللاھۇ ئەلەيھى ۋەسەللەم"),
):
    _exc[orth] = [{ORTH: orth, NORM: norm}]

# Initials of names: ئا. ئۆتكۈر. A vowel carries its hamza.
for letter in "بپتجچخدرزژسشغفقكگڭلمنھۋي":
    _exc.setdefault(letter + ".", [{ORTH: letter + "."}])
for letter in "اەوۇۆۈېى":
    _exc["ئ" + letter + "."] = [{ORTH: "ئ" + letter + "."}]

# What is said and typed for a longer word.
for orth, norm in (
    ("رەخمەت", "رەھمەت"),
    ("بوامدۇ", "بولامدۇ"),
    ("بوپتۇ", "بولۇپتۇ"),
    ("بوسا", "بولسا"),
    ("كېرەكمەس", "كېرەك ئەمەس"),
    ("نىمە", "نېمە"),
    ("نىمىشقا", "نېمىشقا"),
    ("قانچا", "قانچە"),
    ("زاكاس", "زاكاز"),
    ("ئادرىس", "ئادرېس"),
):
    _exc[orth] = [{ORTH: orth, NORM: norm}]

TOKENIZER_EXCEPTIONS = update_exc(BASE_EXCEPTIONS, _exc)

# Addresses are ASCII: كەلدى.ئەتە is two sentences without a space, not the name of a host.
URL_MATCH = re.compile(r"(?u)(?=[!-~]+$)" + URL_PATTERN).match
