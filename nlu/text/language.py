"""The language of a message, and the language to answer in (shared/contract/nlu.md, Languages)."""

from typing import Final, Literal

from . import arabic, evidence, uyghur
from .clean import clean
from .lazy import pattern

Language = Literal["zh", "ug", "mixed", "other", "none"]

_HAN: Final = pattern("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]")
_KANA: Final = pattern("[\u3041-\u3096\u30a1-\u30fa]")
_OTHER_SCRIPT: Final = pattern(
    "[\u0370-\u03ff\u0530-\u05ff\u0700-\u074f\u0900-\u10ff\u1100-\u11ff\u1800-\u18af\uac00-\ud7af]{2}"
)
_LATIN: Final = pattern("[A-Za-z\u00c0-\u024f\u0259]{2}")
_CYRILLIC: Final = pattern("[\u0400-\u052f]")


def detect(text: str) -> Language:
    """The language of `text`: "mixed" when Chinese and Uyghur both stand in it, "none" when nothing tells.

    Digits, emoji, marks, brands, waybill numbers and "ok" tell nothing. A Chinese message with a few English
    words is Chinese, and so is pinyin of a shop's words.
    """
    plain = clean(text[:3000])
    chinese = len(_HAN.findall(plain))
    kana = len(_KANA.findall(plain)) if chinese or not plain.isascii() else 0
    if (kana > 1 and 3 * kana > chinese) or _OTHER_SCRIPT.search(plain):
        return "other"
    verdicts = _verdicts(plain, chinese)
    ours = "ug" in verdicts
    if chinese:
        if ours:
            return "mixed"
        return "other" if "other" in verdicts and _mostly_foreign(plain, chinese) else "zh"
    if ours:
        return "ug"
    if "zh" in verdicts:
        return "zh"
    return "other" if "other" in verdicts else "none"


def _verdicts(plain: str, chinese: int) -> set[str]:
    verdicts: set[str] = set()
    if arabic.WORD.search(plain):
        kind = arabic.judge(plain)
        verdicts.add("ug" if kind == "ug" else "other" if kind != "none" else "none")
    if _CYRILLIC.search(plain):
        verdicts.add(evidence.judge_cyrillic(plain))
    if _LATIN.search(plain):
        verdicts.add(evidence.judge_latin(plain, chinese > 0))
    return verdicts


def _mostly_foreign(plain: str, chinese: int) -> bool:
    words = (
        len(evidence.words_of(plain)) + len(arabic.WORD.findall(plain)) + len(_CYRILLIC.findall(plain)) // 5
    )
    return words > 2 and chinese <= words


# --- What to answer in --------------------------------------------------------------------------

_ZH_VERB: Final = pattern(
    "发货|发|退|换|到|收到|收|买|卖|要|想|能|可以|有|没|是|查|看|取消|改|帮|开|给|来|送|寄|付|下单|"
    "吃|用|坏|烂|少|错|问|找|转|说|知道|喜欢|吗|呢|吧|怎么|多少|什么时候|哪"
)
_UG_VERB: Final = pattern(
    f"[{arabic.LETTERS}]{{2,}}(?:[دت][ىۇ]|[دت]ى[مڭ]|[دت][ۇ][مق]|[دت]ىڭىز|[دت]ۇ|[ىەا]م[ەى][نز]|مۇ|"
    f"[اە]مسى(?:ز|لەر)|س[اە]|سىڭىز|پت(?:ۇ|ىمەن)|[غق]ان|[گك]ەن|[اە]ي|م[اە][يس]|ىڭ(?:لار)?|[ىۇۈ]ڭلار|"
    f"[مۋ][اە][قك]چى|لى)(?![{arabic.LETTERS}])"
    f"|(?<![{arabic.LETTERS}])(?:بار|يوق|كېرەك|ئەمەس|بولدى|دەڭ|بەر|قىل|قىلىش|لازىم|"
    f"ئىكەن)(?![{arabic.LETTERS}])"
)


def reply_language(text: str, conversation: Literal["zh", "ug"]) -> Literal["zh", "ug"]:
    """The language to answer `text` in: its own; for a mixed message that of its last verb-like word; where
    nothing tells, or it is a language the shop does not speak, the conversation's."""
    found = detect(text)
    if found == "zh" or found == "ug":
        return found
    if found != "mixed":
        return conversation
    plain = uyghur.to_arabic(clean(text[:3000]))
    chinese = max((match.end() for match in _ZH_VERB.finditer(plain)), default=-1)
    ours = max((match.end() for match in _UG_VERB.finditer(plain)), default=-1)
    if chinese == ours:
        return conversation
    return "zh" if chinese > ours else "ug"
