"""What the pages load: our own scripts and styles, and locked npm packages. Named by content."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.settings import ROOT, Failed

FOLDER = Path(__file__).parent / "static"
PACKAGES = ROOT / "node_modules"
NASKH = "@fontsource/noto-naskh-arabic/files/noto-naskh-arabic-arabic"

#: the address below /assets/ -> where it lies
FILES = {
    "tokens.css": ROOT / "bot" / "widget" / "tokens.css",
    "htmx.js": PACKAGES / "htmx.org" / "dist" / "htmx.min.js",
    "sse.js": PACKAGES / "htmx-ext-sse" / "dist" / "sse.min.js",
    "naskh-400.woff2": PACKAGES / f"{NASKH}-400-normal.woff2",
    "naskh-600.woff2": PACKAGES / f"{NASKH}-600-normal.woff2",
    **{path.name: path for path in sorted(FOLDER.iterdir()) if path.suffix in (".css", ".js", ".svg")},
}
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True)
class Asset:
    content: bytes
    content_type: str


@cache
def version() -> str:
    """One for all files: scripts import each other by relative names, so they must change together."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update(asset(name).content)
    return digest.hexdigest()[:16]


@cache
def asset(name: str) -> Asset:
    """Raises KeyError for an unknown name."""
    path = FILES[name]
    try:
        return Asset(path.read_bytes(), TYPES[path.suffix])
    except FileNotFoundError:
        raise Failed(f"{path.relative_to(ROOT)} is not there: run `make setup`") from None


def address(name: str) -> str:
    return f"/assets/{version()}/{name}"
