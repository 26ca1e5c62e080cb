"""Cleaning what a shopper typed: code points, digits, white space and Uyghur look-alike letters.

Sources: Unicode NFC (UAX 15); the Uyghur alphabet of 32 letters (shared/glossary.md, rule 6).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from . import arabic
from .lazy import pattern

_Edit = tuple["re.Pattern[str]", Callable[["re.Match[str]"], str]]

_MARKS: Final = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
)
_FLOOD: Final = pattern(f"([{_MARKS}]{{2}})[{_MARKS}]+")
_CLUSTER: Final = pattern(
    f"[^{_MARKS}\u1160-\u11ff]?[{_MARKS}\u1160-\u11ff]+|"
    f"[\u0340-\u0344\u0374\u037e\u0387\u1f71-\u1fff\u2000\u2001\u2126\u212a\u212b\u2329\u232a\uf900-\ufaff\ufb1d-\ufb4e\U0002f800-\U0002fa1f]"
)


@cache
def _char_table() -> dict[str, str]:
    """Single characters and what stands for them: "" drops, " " and newline are folded later."""
    table = {chr(code): "" for code in (*range(0x20), *range(0x7F, 0xA0), 0xAD, 0x34F, 0x61C, 0x180E)}
    for low, high in (
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFE00, 0xFE0F),
        (0xFFF9, 0xFFFC),
    ):
        table.update((chr(code), "") for code in range(low, high + 1))
    table.update(dict.fromkeys("\ufeff\ufffe\uffff\u0640\u0670", ""))
    table.update(
        (chr(code), "") for code in (*range(0x64B, 0x653), *range(0x656, 0x660), *range(0x610, 0x61B))
    )
    table.update(dict.fromkeys("\t\xa0\u1680\u202f\u205f\u3000", " "))
    table.update((chr(code), " ") for code in range(0x2000, 0x200B))
    table.update(dict.fromkeys("\n\r\x0b\x0c\x85\u2028\u2029", "\n"))
    for zero in (0x660, 0x6F0, 0xFF10):
        table.update((chr(zero + value), str(value)) for value in range(10))
    for code in range(0xFF01, 0xFF5F):
        if chr(code) not in "！（），：；？":  # Chinese punctuation stays Chinese
            table.setdefault(chr(code), chr(code - 0xFEE0))
    for code in (
        *range(0xFB50, 0xFBB2),
        *range(0xFBD3, 0xFD3E),
        *range(0xFD50, 0xFDFC),
        *range(0xFE70, 0xFEFD),
    ):
        base = unicodedata.normalize("NFKC", chr(code))
        if base != chr(code):
            table[chr(code)] = "".join(
                letter for letter in base if letter not in " \u0640" and not "\u064b" <= letter <= "\u0652"
            )
    # The final form of heh is how the old Uyghur fonts wrote ە; kept apart until the language is known.
    table["\ufee9"] = table["\ufeea"] = "\u0647"
    return table


_CHAR: Final = pattern(
    "[\x00-\x1f\x7f-\xa0\xad\u034f\u0610-\u061a\u061c\u0640\u064b-\u0652\u0656-\u0669\u0670\u06f0-\u06f9\u1680\u180e"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\udfff\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdfb\ufe00-\ufe0f"
    "\ufe70-\ufeff\uff01-\uff5e\ufff9-\uffff\U000e0000-\U000e007f]"
)
_PLAIN: Final = pattern(r"[\x20-\x7e\u3001-\u33ff\u3400-\u9fff！（），：；？]*")


def _swap_char(match: "re.Match[str]") -> str:
    char = match[0]
    replacement = _char_table().get(char)
    if replacement is not None:
        return replacement
    return "" if "\ud800" <= char <= "\udfff" or char >= "\U000e0000" else char


def _compose(match: "re.Match[str]") -> str:
    return unicodedata.normalize("NFC", match[0])


_SPACE: Final = pattern(r" *\n[ \n]*| {2,}")


def _fold_space(match: "re.Match[str]") -> str:
    return "\n" if "\n" in match[0] else " "


# --- Uyghur letters -----------------------------------------------------------------------------

_Y: Final = "\u064a\u0649\u06cc\u06cd\u06d2\u06d3\u06ce"  # ي ى ی ۍ ے ۓ ێ
_H: Final = "\u0647\u06d5\u06be\u06c1\u0629\u06c3"  # ه ە ھ ہ ة ۃ
_FULL_VOWELS: Final = "اوۇۆۈې"
_OTHER_LETTERS: Final[dict[str, str]] = {
    "\u06a9": "ك",
    "\u06aa": "ك",
    "\u0643": "ك",
    "\u06b4": "ڭ",
    "\u06ac": "ڭ",
    "\u0763": "ڭ",
    "\u06a4": "ۋ",
    "\u06c5": "ۆ",
    "\u06c9": "ۈ",
    "\u06d0": "ې",
    "\u06d1": "ې",
    "\u06ba": "ن",
}
_ODD_LETTER: Final = pattern("[\u06a9\u06aa\u06b4\u06ac\u0763\u06a4\u06c5\u06c9\u06d1\u06ba]")
_ALEF: Final = pattern("[أآٱإؤ]|\u0676|\u0677|ۀ|[ىە\u06cc]\u0654|\u0678")
_ODD_ALEF: Final = pattern("[أآٱإؤ\u0654\u0676-\u0678ۀ]")
_BARE: Final = pattern(f"(?<![{arabic.LETTERS}])[اوۇۆۈېى](?=[{arabic.LETTERS}])")
_WRONG_Y: Final = pattern(
    f"[\u06cc\u06cd\u06d2\u06d3\u06ce]|(?<=[{_FULL_VOWELS}ە])\u0649|\u0649(?=[{_FULL_VOWELS}ە])"
    f"|(?<![{_FULL_VOWELS}ەى{_Y}])(?<=[{arabic.LETTERS}])\u064a(?![{_FULL_VOWELS}ەى{_Y}])"
    f"|(?<=ئ)\u064a|\u0649\u0649|\u064a\u064a\u064a"
)
_WRONG_H: Final = pattern(
    f"[\u0647\u06c1\u0629\u06c3]|(?<=[{_FULL_VOWELS}ىە])\u06d5|\u06d5(?=[{_FULL_VOWELS}ى])"
)
_HEH: Final = pattern("\u0647")
_WORD: Final = pattern(f"[{arabic.LETTERS}\u0654]+")


def _hamza(match: "re.Match[str]") -> str:
    found, start = match[0], match.start()
    first = start == 0 or not _WORD.match(match.string, start - 1, start)
    after_vowel = not first and match.string[start - 1] in "اوۇۆۈېىە"
    if found == "إ":
        return "ئى"
    if found in "أآٱ":
        return "ئا" if first or after_vowel else "ا"
    if found in "ؤ\u0676\u0677":
        return "ئۇ" if first or after_vowel else "ۇ"
    return "ئە" if found in ("ۀ", "ە\u0654") else "ئ"


def _place(word: str, letters: str, vowel: str, consonant: str) -> str:
    """Write each of the look-alike `letters` as vowel or consonant, from left to right by its neighbours."""
    out: list[str] = []
    for index, letter in enumerate(word):
        if letter not in letters:
            out.append(letter)
            continue
        before = out[-1] if out else ""
        after = word[index + 1] if index + 1 < len(word) else ""
        if before == "ئ":
            out.append(vowel)
        elif not before or before in "اوۇۆۈې" or before in "ىە":
            out.append(consonant)
        else:
            full = after and (after in "اوۇۆۈې" or (after in "ىە" and after not in letters))
            out.append(consonant if full else vowel)
    return "".join(out)


def _place_y(match: "re.Match[str]") -> str:
    word = match[0]
    return _place(word, _Y, "ى", "ي") if _WRONG_Y.search(word) else word


def _place_h(match: "re.Match[str]") -> str:
    word = match[0]
    return _place(word, _H, "ە", "ھ") if _WRONG_H.search(word) else word


def _heh_as_vowel(match: "re.Match[str]") -> str:
    return "ە"


def _uyghur_edits(text: str) -> list[_Edit]:
    """The edits that bring Uyghur typed with look-alike letters to the 32 letters, in order."""
    edits: list[_Edit] = []
    if _ODD_LETTER.search(text):
        edits.append((_ODD_LETTER, lambda match: _OTHER_LETTERS[match[0]]))
    if _ODD_ALEF.search(text):
        edits.append((_ALEF, _hamza))
    if "\u0647" in text and "\u06be" in text and "\u06d5" not in text:
        edits.append((_HEH, _heh_as_vowel))
    if _WRONG_H.search(text):
        edits.append((_WORD, _place_h))
    if _WRONG_Y.search(text):
        edits.append((_WORD, _place_y))
    edits.append((_BARE, lambda match: "ئ" + match[0]))
    return edits


# --- The whole ----------------------------------------------------------------------------------


def clean(text: str) -> str:
    """`text` in NFC with ASCII digits, plain white space, nothing invisible, and Uyghur in its 32 letters.

    Chinese punctuation stays as typed. Persian, Arabic, Kazakh and other letters are left alone unless the
    Arabic-script words of the text are Uyghur. `clean(clean(text)) == clean(text)`.
    """
    if not _PLAIN.fullmatch(text):
        text = _CHAR.sub(_swap_char, text)
        if not unicodedata.is_normalized("NFC", text) or _FLOOD.search(text):
            text = _CLUSTER.sub(_compose, _FLOOD.sub(r"\1", text))
        if arabic.WORD.search(text) and arabic.is_uyghur(text):
            for found, replace in _uyghur_edits(text):
                text = found.sub(replace, text)
    return _SPACE.sub(_fold_space, text).strip(" \n")


def clean_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """`clean(text)` and, for each of its characters, the index in `text` it came from."""
    where: Sequence[int] = range(len(text))
    if not _PLAIN.fullmatch(text):
        text, where = _tracked(_CHAR, _swap_char, text, where)
        if not unicodedata.is_normalized("NFC", text) or _FLOOD.search(text):
            text, where = _tracked(_FLOOD, lambda match: match[1], text, where)
            text, where = _tracked(_CLUSTER, _compose, text, where)
        if arabic.WORD.search(text) and arabic.is_uyghur(text):
            for found, replace in _uyghur_edits(text):
                text, where = _tracked(found, replace, text, where)
    text, where = _tracked(_SPACE, _fold_space, text, where)
    left = len(text) - len(text.lstrip(" \n"))
    stripped = text.strip(" \n")
    return stripped, where[left : left + len(stripped)]


def _tracked(
    edited: "re.Pattern[str]", replace: Callable[["re.Match[str]"], str], text: str, where: Sequence[int]
) -> tuple[str, Sequence[int]]:
    """`edited.sub(replace, text)` that carries the source index of each character along."""
    edits = [(match.start(), match.end(), replace(match)) for match in edited.finditer(text)]
    if not edits:
        return text, where
    pieces: list[str] = []
    last = 0
    for start, end, new in edits:
        pieces += (text[last:start], new)
        last = end
    pieces.append(text[last:])
    if all(end - start == len(new) for start, end, new in edits):
        return "".join(pieces), where
    indices: list[int] = []
    last = 0
    for start, end, new in edits:
        indices += where[last:start]
        indices += (where[start + min(offset, end - start - 1)] for offset in range(len(new)))
        last = end
    indices += where[last:]
    return "".join(pieces), indices
