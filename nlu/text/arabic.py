"""Which language a text in Arabic script is written in, told by its letters and frequent words.

Letters: the Uyghur alphabet (UEY) has 32 letters and no ع ح ط ظ ص ض ث ذ ة; a vowel that begins a word
carries ئ. Kazakh and Kyrgyz of Xinjiang write that vowel bare, and ع ح where Uyghur has غ خ. Persian, Arabic
and Urdu leave short vowels out, so that their words begin with or hold clusters no Uyghur word has.
"""

from collections import Counter
from typing import Final, Literal

from .foreign import ARABIC_SCRIPT_WORDS
from .lazy import pattern

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


_WORDS: Final[dict[str, ArabicScript]] = {}
for _language, _list in ARABIC_SCRIPT_WORDS.items():
    for _word in _list.split():
        _WORDS.setdefault(fold(_word), _language)  # type: ignore[arg-type]

_LETTER_EVIDENCE: Final[tuple[tuple[ArabicScript, int, str], ...]] = (
    ("ug", 3, "ېۈ"),
    ("ug", 1, "ۇۆۋڭە"),
    ("kk", 3, "\u0674\u0675\u0676\u0677\u0678"),
    ("ky", 4, "ۅۉ"),
    ("kk", 1, "ۇۋڭە"),
    ("ky", 1, "ۇۋڭە"),
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
        known = _WORDS.get(fold(word))
        if known is not None:
            scores[known] = scores.get(known, 0) + 4
    joined = " ".join(words)
    for letter, count in Counter(joined).items():
        for language, weight in _EVIDENCE_OF.get(letter, ()):
            scores[language] = scores.get(language, 0) + weight * count
    scores["ug"] += 3 * joined.count("ئ") if "ur" not in scores else 0
    scores["kk"] = scores.get("kk", 0) + 4 * len(_KAZAKH_END.findall(joined))
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
