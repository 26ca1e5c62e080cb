"""Which of the places and reasons in a message count, by what the message is about.

A place is where a parcel goes, not where goods come from; a reason is why goods go back, not what happened.
Intents are sometimes misread, so words that say it plainly count for more.
"""

from typing import Final

from .lazy import pattern
from .surfaces import Span

_ASKED_BACK: Final = frozenset(("return_request", "exchange_request"))
# Of goods that went wrong: with a word of sending back it was a request, alone it answers a question.
_NEAR_REASON: Final = frozenset(("damage_claim", "wrong_item", "complaint", "out_of_scope"))
_ANSWERS: Final = _NEAR_REASON - {"damage_claim"}
_WITHOUT_REGION: Final = frozenset(("product_info", "trace_origin", "out_of_scope", "switch_language"))

_BACK: Final = pattern("退(?!休|役)|换|补发|重发|قايتۇر|ياندۇر|ئالماشتۇر|تېگىش|يېڭىسىنى")
_SENT_ZH: Final = pattern("[到发寄送往运]$")
_SENT_UG: Final = pattern(" ?(?:غا|قا|گە|كە)(?![\u0620-\u06d5])")
_WORDLESS: Final = pattern(r"[\W_]+")
_WHOLE: Final = 0.7  # of a message that says nothing else


def counts(span: Span, plain: str, intent: str, counted: bool) -> bool:
    """Whether a find counts; `counted` is whether goods are counted in the message (一共坏了九个)."""
    if span.kind == "reason":
        return _counts_as_reason(span, plain, intent, counted)
    if span.kind == "region" and intent in _WITHOUT_REGION:
        return _is_sent_to(span, plain) or _is_whole(span, plain)
    return True


def _counts_as_reason(span: Span, plain: str, intent: str, counted: bool) -> bool:
    if intent in _ASKED_BACK:
        return True
    if intent == "inform":
        return not counted or _BACK.search(plain) is not None
    if intent in _NEAR_REASON and _BACK.search(plain):
        return True
    return intent in _ANSWERS and _is_whole(span, plain)


def _is_sent_to(span: Span, plain: str) -> bool:
    before = _SENT_ZH.search(plain, max(0, span.start - 1), span.start)
    return before is not None or _SENT_UG.match(plain, span.end) is not None


def _is_whole(span: Span, plain: str) -> bool:
    said = _WORDLESS.sub("", plain)
    return span.end - span.start >= _WHOLE * len(said)
