"""The widget's parts as the one script a shop's page loads."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
PARTS = ("settings.js", "words.js", "line.js", "widget.js")
STYLES = ("tokens.css", "widget.css")


@cache
def script() -> str:
    """What `GET /widget.js` answers: the parts in one scope with the styles inside.

    Comments, indentation and tokens the widget does not use stay out; nothing else is changed. A comment in
    the parts stands on a line of its own or after ` // `, and no line ends inside a text.
    """
    code = "\n".join(map(_read, PARTS)).replace("/*__STYLE__*/", "__STYLE__")
    code = re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
    code = re.sub(r"^\s*//.*|\s// .*$", "", code, flags=re.MULTILINE)
    code = re.sub(r"^\s+", "", code, flags=re.MULTILINE)
    code = re.sub(r"([{;,(])\n", r"\1", code)
    return f'(() => {{\n"use strict";\n{code.replace("__STYLE__", _style())}}})();\n'


def _style() -> str:
    style = re.sub(r"/\*.*?\*/", "", "".join(map(_read, STYLES)), flags=re.DOTALL)
    style = re.sub(r" ?([{};,]) ?", r"\1", re.sub(r"\s+", " ", style)).replace(": ", ":")
    for _ in range(2):  # a token may be used by an unused one only
        used = set(re.findall(r"var\(--([\w-]+)", style))
        style = re.sub(r"--([\w-]+):[^;}]*;?", lambda token: token[0] if token[1] in used else "", style)  # noqa: B023
    return style.replace(";}", "}")


def _read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
