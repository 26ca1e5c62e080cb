"""Every word the pages say, found in templates and code as gettext tools find them.

`python -m tests.console.catalogues` prints, for each language, what its catalogue has not.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_dir

from bot.console.words import catalogue
from bot.settings import ROOT

FOLDER = ROOT / "bot"
KEYWORDS: dict[str, Any] = {
    "Finding": None,
    "_": None,
    "word": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
METHODS = [
    ("console/**.py", "python"),
    ("channels/**.py", "python"),
    ("console/templates/**.html", "jinja2.ext:babel_extract"),
]


def said() -> Iterator[str]:
    """The msgids; of a plural its singular."""
    options = {
        "console/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
    }
    for _, _, message, _, _ in extract_from_dir(str(FOLDER), METHODS, options, KEYWORDS):
        yield message if isinstance(message, str) else message[0]


def missing(language: str) -> list[str]:
    """What the pages say and the catalogue of that language has not."""
    known = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue(language)
        if message.id and (message.string if isinstance(message.string, str) else all(message.string or ()))
    }
    return sorted(set(said()) - known)


if __name__ == "__main__":
    for path in sorted((FOLDER / "console" / "locale").glob("*.po")):
        for message in missing(Path(path).stem):
            print(f"{path.stem}: {message!r}")
