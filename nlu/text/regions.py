"""Places in a cleaned text, where a parcel may go."""

from collections.abc import Iterator
from functools import cache
from typing import Final

from . import places
from .lazy import pattern
from .names import UNOWNED, NameBook
from .surfaces import Span

_LETTER: Final = "\u0620-\u06d5"
_ZH_GUARD: Final = pattern(rf"(?!{places.ZH_NOT_AFTER}){places.ZH_TAIL}?")
_ZH_WITHIN: Final = pattern(f"{places.ZH_WITHIN}{{1,3}}")
_ZH_SENT: Final = pattern(places.ZH_SENT)
# From where a parcel comes, when it is said where it goes: 从苏州到廊坊, بېيجىڭدىن قەشقەرگە.
_ZH_FROM: Final = pattern("(?:从|自|由)$")
_ZH_ONWARD: Final = pattern("[^，。,.！？!?]{0,3}?[到往寄发去]")
_UG_FROM: Final = pattern(
    f"[{_LETTER}]*?[دت]ىن(?: [^،,؟?.]{{0,12}}?)? ?[{_LETTER}]+ ?(?:غا|قا|گە|كە)(?![{_LETTER}])"
)
_COMPANY: Final = pattern("[^\\s，。,.！？!?]{0,16}?公司")
_UG_TAIL: Final = pattern(f"{places.UG_TAIL}(?={UNOWNED}(?![{_LETTER}]))")
_UG_GOODS: Final = pattern(f"[{_LETTER}]* ?(?:{places.UG_NOT_AFTER})")
_BETWEEN: Final = ("", " ", "نىڭ ", "-")


@cache
def _book() -> NameBook[str]:
    return NameBook(places.names(), UNOWNED)


def regions(plain: str) -> Iterator[Span]:
    """Where parcels go, without street; neighbours (新疆喀什) are one, the smallest known place its value."""
    merged: list[Span] = []
    for hit in sorted(_book().find(plain), key=lambda hit: hit.start):
        if merged and hit.start < merged[-1].end:
            continue  # within one that was read on: 青岛市 in 山东省青岛市
        if plain[hit.start] >= "\u3400":
            end = _chinese_end(plain, hit.start, hit.end)
            known = merged[-1].end if merged else -1
            if end and hit.start != known and _doubtful(plain, hit.start, hit.end, end):
                continue
            onward = (
                end
                and _ZH_FROM.search(plain, max(0, hit.start - 1), hit.start)
                and _ZH_ONWARD.match(plain, end)
            )
        else:
            end = _uyghur_end(plain, hit.end)
            onward = end and _UG_FROM.match(plain, end)
        if end and not onward:
            mended = hit.mended if end == hit.end else ()
            _join(merged, plain, Span("region", hit.value, hit.start, end, mended))
    yield from (_read_on(plain, span) for span in merged)


def _chinese_end(plain: str, start: int, end: int) -> int:
    """Where a Chinese place ends with its 市 or 县; 0 when only goods or a company are named after it."""
    tail = _ZH_GUARD.match(plain, end)
    return tail.end() if tail and not _COMPANY.match(plain, tail.end()) else 0


def _uyghur_end(plain: str, end: int) -> int:
    tail = _UG_TAIL.match(plain, end)
    after = tail.end() if tail else end
    return 0 if _UG_GOODS.match(plain, after) else after


def _doubtful(plain: str, start: int, name_end: int, end: int) -> bool:
    """Whether what stands there is more likely a word than a place (更新和修改)."""
    name = plain[start:name_end]
    return (
        name in places.ZH_DOUBTFUL
        and end == name_end
        and start > 0
        and not _ZH_SENT.search(plain, max(0, start - 6), start)
    )


def _read_on(plain: str, span: Span) -> Span:
    within = _ZH_WITHIN.match(plain, span.end) if plain[span.end - 1] >= "\u3400" else None
    return span._replace(end=within.end()) if within else span


def _join(merged: list[Span], plain: str, new: Span) -> None:
    if merged and merged[-1].value != new.value and plain[merged[-1].end : new.start] in _BETWEEN:
        new = new._replace(start=merged.pop().start)
    merged.append(new)
