"""Regular expressions compiled at their first use, so that importing this package costs next to nothing."""

import re
from typing import Any, cast


class _Lazy:
    """Stands for a compiled pattern; its methods become the pattern's own once one is asked for."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self._source)
        for method in ("search", "match", "fullmatch", "finditer", "findall", "sub", "split"):
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def pattern(source: str) -> "re.Pattern[str]":
    """`re.compile(source)`, put off until the pattern is used."""
    return cast("re.Pattern[str]", _Lazy(source))
