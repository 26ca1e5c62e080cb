"""A text in parts a platform takes: cut where a reader would pause, never inside a grapheme.

`regex` finds the graphemes (\\X, Unicode's extended clusters): a letter with its marks, an emoji of several
code points.
"""

from collections.abc import Callable

import regex

_GRAPHEME = regex.compile(r"\X")
#: where to cut, best first: after a paragraph, a line, a sentence, a clause, a word
_PAUSES = (
    regex.compile(r"\n{2,}"),
    regex.compile(r"\n"),
    regex.compile(r"[。！？!?؟]+[」』”»\"')]*|\.(?=\s)"),
    regex.compile(r"[，；,;،؛、]"),
    regex.compile(r"\s+"),
)


def utf16(text: str) -> int:
    """Length in UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8(text: str) -> int:
    """Length in bytes, as WeChat counts."""
    return len(text.encode("utf-8", "surrogatepass"))


def split(text: str, limit: int, measure: Callable[[str], int]) -> list[str]:
    """Parts of at most `limit` by `measure`; together they are the text, but for blanks at the cuts. A single
    grapheme above the limit (a letter under a heap of marks) is cut by code points."""
    parts = []
    rest = text.strip()
    while measure(rest) > limit:
        head = _fitting(rest, limit, measure)
        cut = _pause(head)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest:
        parts.append(rest)
    return [part for part in parts if part]


def _fitting(text: str, limit: int, measure: Callable[[str], int]) -> str:
    """The longest beginning of whole graphemes within the limit."""
    used = end = 0
    for match in _GRAPHEME.finditer(text):
        used += measure(match.group())
        if used > limit:
            break
        end = match.end()
    if end:
        return text[:end]
    while measure(text[: end + 1]) <= limit:
        end += 1
    return text[: max(1, end)]


def _pause(head: str) -> int:
    """Where to cut it: at the last good pause in its second half, else at its end."""
    for pause in _PAUSES:
        ends = [match.end() for match in pause.finditer(head, len(head) // 2)]
        if ends:
            return int(ends[-1])
    return len(head)
