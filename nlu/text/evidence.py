"""Whether words in Latin or Cyrillic letters are Uyghur: votes of word lists, endings, letter sequences."""

from typing import Final, Literal

from . import foreign, latin, pinyin
from .lazy import pattern
from .uyghur_words import KEEP

Verdict = Literal["ug", "zh", "other", "none"]

# A Latin word that is no part of a number, link or address.
_L: Final = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0259"
LATIN_WORD: Final = pattern(
    rf"(?=[{_L}])(?<![0-9@./_\-{_L}])[{_L}]+(?:['’‘`ʼ´\-][{_L}]+)*(?![0-9@_/]|\.[A-Za-z])"
)
CYRILLIC_WORD: Final = pattern("[\u0400-\u052f]+(?:[-'’][\u0400-\u052f]+)*")
_LINK: Final = pattern(r"(?:https?://|www\.)[^\s\u3000-\uffff]+|[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,80}")
_ENGLISH_END: Final = pattern(
    "(?:tion|sion|ment|ness|able|ight|ould|ck|ough|ious|ally|ed|ers?|ies|wh.*|th.*)$"
)
_TURKISH_LETTER: Final = pattern("[ığşç]")
_UZBEK_LETTER: Final = pattern("[og]['’‘`ʼ´]")
_TURKISH_END: Final = pattern(
    "(?:[ıiuü]yor(?:um|sun|uz|lar)?|m[ae]d[ıi][kn]?|m[ae]d[ıi]m|[ae]c[ae](?:k|[ğg][ıi]m)|d[ıiuü]k)$"
)
_UZBEK_END: Final = pattern(
    "[a-z]{2}(?:a(?:di|man|miz|siz|sizlar)(?:mi)?|yap(?:ti|man|siz|miz)|moqda|moqchi|ish(?:im|ingiz))$"
    "|^[qk]acho|(?:siz|men)ga$"
)
_UYGHUR_LETTERS: Final = pattern(
    "[öü][a-z]|gh[aeiou]|[éëə]|ng[ae]|q[aei](?!n[gd]?$)|[aeiou]x[aeiou]|(?:iw|uw|üw)[ae]|idu$|imiz$|"
    "ptu$|d[iu]mu$|am(?:du|siz)$|em(?:du|siz)$|[ln]ing?lar$"
)
_SYLLABLE: Final = (
    "(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ueng|ang|eng|ing|ong|iao|ian|uai|uan|"
    "van|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|uo|ui|ue|ve|er|a|o|e|i|u|v))"
)
_PINYIN: Final = pattern(f"{_SYLLABLE}{{1,6}}")
_FOREIGN: Final = (
    (foreign.ENGLISH, "en", 1.5),
    (foreign.TURKISH, "tr", 1.5),
    (foreign.UZBEK, "uz", 1.4),
    (foreign.PINYIN, "py", 1.8),
    (foreign.ROMANCE, "xx", 1.2),
)


def _worth(reading: latin.Reading, length: int) -> float:
    """How much a Uyghur reading counts: the longer the word and the closer the letters, the more."""
    if length <= 2:
        return 0.3 if reading.cost < 0.5 else 0.0
    return max(0.0, min(2.4, 0.5 * length - 0.9 * reading.cost))


def _vote(word: str, votes: dict[str, float]) -> bool:
    """Add the votes of one lower-case Latin word; whether it told anything."""
    before = sum(votes.values())
    listed = False
    for words, language, weight in _FOREIGN:
        if word in words:
            votes[language] = votes.get(language, 0.0) + weight
            listed = True
    if _TURKISH_LETTER.search(word):
        votes["tr"] = votes.get("tr", 0.0) + (1.5 if "ı" in word or "ğ" in word else 0.9)
    if _TURKISH_END.search(word):
        votes["tr"] = votes.get("tr", 0.0) + 1.0
    if _UZBEK_END.search(word):
        votes["uz"] = votes.get("uz", 0.0) + 1.0
    if _UZBEK_LETTER.search(word):
        votes["uz"] = votes.get("uz", 0.0) + 1.5
    reading = latin.read(word)
    if reading is not None and not (listed and reading.cost > 0.5):
        votes["ug"] = votes.get("ug", 0.0) + _worth(reading, len(word))
    elif len(word) > 3:
        if _UYGHUR_LETTERS.search(word):
            votes["ug"] = votes.get("ug", 0.0) + 0.6
        elif _ENGLISH_END.search(word):
            votes["en"] = votes.get("en", 0.0) + 0.5
        if _PINYIN.fullmatch(word):
            votes["py"] = votes.get("py", 0.0) + 0.4
    return sum(votes.values()) > before


def words_of(text: str) -> list[str]:
    """The Latin words of a cleaned text, lower-case, without links, brands and words of no language."""
    if "@" in text or "//" in text or "www" in text:
        text = _LINK.sub(" ", text)
    found = [match[0].lower() for match in LATIN_WORD.finditer(text)]
    return [word for word in found if len(word) > 1 and word not in KEEP and word not in foreign.NEUTRAL]


def judge_latin(text: str, beside_chinese: bool = False) -> Verdict:
    """Whether the Latin words of a cleaned text are Uyghur, pinyin, another language, or nothing to tell by.

    Beside Chinese a name or a size (Alim, bar) is not enough: a word of five letters, or two words.
    """
    words = words_of(text[:1500])[:60]
    if not words:
        return "none"
    if pinyin.is_pinyin(" ".join(words)):
        return "zh"
    votes: dict[str, float] = {"ug": 0.0}
    silent = sum(not _vote(word, votes) for word in words if len(word) > 2 or len(words) > 1)
    ours = votes.pop("ug")
    best = max(votes.values(), default=0.0)
    if beside_chinese and len(words) < 2 and len(words[0]) < 5:
        return "none"
    if ours >= max(0.75, best) and ours >= 0.35 * silent:
        return "ug"
    if best >= 0.9 or silent + (best > 0) > 1:
        return "other"
    return "none"


_RUSSIAN_LETTER: Final = pattern("[эщъьё]")
_KAZAKH_LETTER: Final = pattern("[іұы]")  # ы is Kyrgyz and Russian too
# Front endings have ә in Uyghur, е in Kazakh and Kyrgyz (сизгә, сизге); their questions end in бы, пе.
_KAZAKH_END: Final = pattern(".{2}(?:[гкдт]ен?|[лдт]ер|мен|[бмп]е|е[тд][іи]?|[ао]т)$")
_UYGHUR_LETTER: Final = pattern("[җ]|ә(?:р|н|к|ң|м|с|ш|т)")


def judge_cyrillic(text: str) -> Verdict:
    """Whether the Cyrillic words of a cleaned text are Uyghur (UKY)."""
    words = [word.lower() for word in CYRILLIC_WORD.findall(text[:1500])][:60]
    if not words:
        return "none"
    ours = other = 0.0
    for word in words:
        if word in foreign.RUSSIAN or word in foreign.KAZAKH or word in foreign.KYRGYZ:
            other += 2.0
        other += 0.6 * bool(_RUSSIAN_LETTER.search(word)) + 2.0 * bool(_KAZAKH_LETTER.search(word))
        other += 1.0 * bool(_KAZAKH_END.search(word))
        ours += 1.5 * bool(_UYGHUR_LETTER.search(word))
        spelled = latin.from_cyrillic(word.replace("-", ""))
        reading = latin.read(spelled)
        if reading is not None:
            ours += _worth(reading, len(word))
        elif len(word) > 3:
            other += 0.5
    return "ug" if ours > other else "other"
