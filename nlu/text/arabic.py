"""Which language a text in Arabic script is written in, told by its letters and frequent words.

Letters: the Uyghur alphabet (UEY) has 32 letters and no ع ح ط ظ ص ض ث ذ ة; a vowel that begins a word
carries ئ. Kazakh and Kyrgyz of Xinjiang write that vowel bare, and ع ح where Uyghur has غ خ. Persian, Arabic
and Urdu leave short vowels out, so that their words begin with or hold clusters no Uyghur word has.
"""

from collections import Counter
from typing import Final, Literal

from .foreign import ARABIC_SCRIPT_WORDS
from .lazy import pattern
from .uyghur_words import FORMS, NOUNS

ArabicScript = Literal["ug", "kk", "ky", "fa", "ar", "ur", "ku", "none"]

# Arabic letters with their presentation forms, as the inside of a character class.
LETTERS: Final = (
    "\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f"
    "\ufb50-\ufbb1\ufbd3-\ufd3d\ufe70-\ufefc"
)
WORD: Final = pattern(f"[{LETTERS}]+")

# Look-alikes folded together, so that a word is found however its y, k and h were typed.
_FOLD: Final = str.maketrans(
    {
        "\u064a": "ى",
        "\u06cc": "ى",
        "\u06cd": "ى",
        "\u06d2": "ى",
        "\u06a9": "ك",
        "\u06aa": "ك",
        "\u0647": "ە",
        "\u06be": "ە",
        "\u06c1": "ە",
        "\u0629": "ە",
        "\u0623": "ا",
        "\u0625": "ا",
        "\u0622": "ا",
        "\u0671": "ا",
        "\u06c0": "ە",
        "\u0624": "و",
    }
)


def fold(word: str) -> str:
    """The word with look-alike letters (y, k, h, alef) folded together; for comparing only."""
    return word.translate(_FOLD)


_LISTED: Final = 4  # what a word of the lists counts; half where Uyghur and another language have it
_KNOWN: Final = 2  # what any other word of ours counts


def _word_lists() -> dict[str, dict[ArabicScript, int]]:
    languages: dict[str, set[ArabicScript]] = {}
    for language, words in ARABIC_SCRIPT_WORDS.items():
        for word in words.split():
            languages.setdefault(fold(word), set()).add(language)  # type: ignore[arg-type]
    lists = {
        word: dict.fromkeys(named, _LISTED // 2 if "ug" in named and len(named) > 1 else _LISTED)
        for word, named in languages.items()
    }
    for word in (*FORMS.split(), *NOUNS.split()):
        lists.setdefault(fold(word), {"ug": _KNOWN})
        if word[0] == "ئ":  # typed without it, as in other alphabets
            lists.setdefault(fold(word[1:]), {"ug": _KNOWN})
    return lists


_WORDS: Final = _word_lists()

_LETTER_EVIDENCE: Final[tuple[tuple[ArabicScript, int, str], ...]] = (
    ("ug", 5, "ې"),  # no neighbour has it
    ("ug", 3, "ۈ"),
    ("ug", 1, "ۇۆۋڭەچ"),
    ("kk", 3, "\u0674\u0675\u0676\u0677\u0678"),
    ("ky", 4, "ۅۉ"),
    ("kk", 1, "ۇۋڭە"),
    ("kk", 2, "ح"),  # راحمەت: Uyghur has خ and ھ
    ("ky", 1, "ۇۋڭەچ"),
    ("ar", 2, "ةإأ"),
    ("ar", 1, "صضطظثذحع"),
    ("fa", 1, "\u06a9\u06ccصضطظثذحع"),
    ("ur", 4, "ٹڈڑںے\u06c1"),
    ("ku", 3, "ێڵڕڤ"),
)
_EVIDENCE_OF: Final[dict[str, list[tuple[ArabicScript, int]]]] = {}
for _kind, _weight, _letters in _LETTER_EVIDENCE:
    for _letter in _letters:
        _EVIDENCE_OF.setdefault(_letter, []).append((_kind, _weight))
_BARE_VOWEL: Final = pattern(f"(?<![{LETTERS}\u0674])[اەوۇىۆۈې](?=[{LETTERS}]{{2}})")
_KAZAKH_END: Final = pattern("[اە]دى(?: |$)")  # كەلەدى, كەلمەدى: Uyghur has ىدۇ and مىدى
_KAZAKH_START: Final = pattern(f"(?<![{LETTERS}])ج(?:ەر|ەت|ول|ىل|اق|وق|ات|اس|ىبەر|ونەل)")  # Uyghur ي
_UYGHUR_END: Final = pattern("(?:[ىۇايم]دۇ|پتۇ|ىمەن|[ڭى]لار|لىرى|ۋات(?:قان|ىمەن))(?: |$)")
_NOT_UYGHUR: Final = pattern("[عحطظصضثذةٹڈڑںےێڵڕڤۅۉ\u0674-\u0678]")
_UYGHUR_START: Final = pattern(
    "(?:ئ[اەېىوۇۆۈ]|[بپتجچخدرزژسشغفقكگڭلمنھۋيىە][اەېىوۇۆۈ])(?!.*[بپتجچخدرزژسشغفقكگڭلمن]{3})"
)


def _looks_uyghur(word: str) -> bool:
    """Whether an unlisted word could be Uyghur by its letters and its first syllable."""
    return _NOT_UYGHUR.search(word) is None and _UYGHUR_START.match(word) is not None


def judge(text: str) -> ArabicScript:
    """The language of the Arabic-script words in `text`; "none" when there are none."""
    words = WORD.findall(text[:2000])
    if not words:
        return "none"
    scores: dict[ArabicScript, int] = {"ug": 0}
    for word in words:
        for language, worth in _WORDS.get(fold(word), {}).items():
            scores[language] = scores.get(language, 0) + worth
    joined = " ".join(words)
    for letter, count in Counter(joined).items():
        for language, weight in _EVIDENCE_OF.get(letter, ()):
            scores[language] = scores.get(language, 0) + weight * count
    scores["ug"] += 3 * joined.count("ئ") if "ur" not in scores else 0
    scores["ug"] += 3 * len(_UYGHUR_END.findall(joined))
    kazakh = len(_KAZAKH_END.findall(joined)) + len(_KAZAKH_START.findall(joined))
    scores["kk"] = scores.get("kk", 0) + 4 * kazakh
    bare = len(_BARE_VOWEL.findall(joined))
    if bare and ("kk" in scores or "ky" in scores):
        scores["kk"] = scores.get("kk", 0) + 3 * bare
    return _decide(scores, words)


def _decide(scores: dict[ArabicScript, int], words: list[str]) -> ArabicScript:
    ours = scores.pop("ug")
    other, best = max(scores.items(), key=lambda item: item[1], default=("none", 0))
    if ours > best or (ours == best and ours > 0):
        return "ug"
    if best == 0 or other == "fa":
        if all(_looks_uyghur(fold(word)) for word in words) and best <= len(words):
            return "ug"
        return "fa" if best else "ar"
    return other


def is_uyghur(text: str) -> bool:
    """Whether the Arabic-script words in `text` are Uyghur, in whatever code points they were typed."""
    return judge(text) == "ug"
