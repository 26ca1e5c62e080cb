"""A text with its links made links, and its numbers kept left to right. The widget's `rich` does the same."""

import re

from markupsafe import Markup, escape

_STOPS = r"\s<>\"'«»“”，。；、（）"
_LINK = rf"https?://[^{_STOPS}]*[^{_STOPS}.,;:!?)\]]"
# Orders, parcels, phones, codes, prices and times.
_NUMBER = r"[+¥]?(?:[a-z]{1,6}-?)?\d[\da-z*]*(?:(?:[-.:/,*]+| (?=\d{3}))[\da-z]+)*%?"
_TOKEN = re.compile(rf"(?P<link>{_LINK})|{_NUMBER}", re.IGNORECASE | re.ASCII)


def rich(text: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for found in _TOKEN.finditer(text):
        parts.append(escape(text[end : found.start()]))
        token = escape(found[0])
        if found["link"]:
            parts.append(
                Markup(
                    '<a href="{0}" dir="ltr" target="_blank" rel="noopener noreferrer nofollow">{0}</a>'
                ).format(token)
            )
        else:
            parts.append(Markup('<bdi dir="ltr">{}</bdi>').format(token))
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])
