"""The platform's XML: flat, small, and read without document types, so without entities of any kind."""

import re
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

MAX_BYTES = 64 * 1024  # a message has some thousands at most
DEEPEST = 5

#: what XML 1.0 cannot carry at all
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Fields = dict[str, Any]  # text, or fields again


class Unreadable(Exception):
    """Not a message of the platform."""


def read(body: bytes) -> Fields:
    """The fields of `<xml>…</xml>`. Of a name that comes twice the last counts. Raises Unreadable."""
    if len(body) > MAX_BYTES:
        raise Unreadable("too long")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):  # LookupError: an unknown encoding
        raise Unreadable("not XML") from None
    if root.tag != "xml":
        raise Unreadable("not a message")
    return _fields(root, DEEPEST)


def _fields(parent: Element, depth: int) -> Fields:
    if not depth:
        raise Unreadable("too deep")
    return {
        child.tag: _fields(child, depth - 1) if len(child) else (child.text or "").strip() for child in parent
    }


def text_of(fields: Fields, name: str) -> str:
    """A field's text, without what a database cannot hold; empty where it is missing or is no text."""
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def write(**fields: str | int) -> bytes:
    """`<xml>` with these fields, texts as CDATA, numbers bare."""
    inner = "".join(f"<{name}>{_written(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode()


def _written(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return f"<![CDATA[{_FORBIDDEN.sub('', value).replace(']]>', ']]]]><![CDATA[>')}]]>"
