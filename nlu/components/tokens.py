"""Words of code-switched text, each run by its script: Chinese by jieba, everything else by spaCy's Uyghur.

For word statistics and search; docs/nlu.md has what words gain the intent classifier. Both libraries are
loaded at the first text that needs them.
"""

import logging
import re
from functools import cache
from pathlib import Path
from typing import Any

from nlu.text.stems import stem

ROOT = Path(__file__).resolve().parents[2]
SHOP_WORDS = ROOT / "nlu" / "languages" / "zh_words.txt"
_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+|[^\u3400-\u4dbf\u4e00-\u9fff]+")
_WORD = re.compile(r"\w")


def tokens(text: str, stems: bool = False) -> list[str]:
    """The words and numbers of a cleaned text in order, no punctuation; Uyghur ones as stems if wished."""
    found: list[str] = []
    for run in _RUN.findall(text):
        if "\u3400" <= run[0] <= "\u9fff":
            found += _jieba().cut(run)
        elif run.strip():
            words = [token.text for token in _uyghur()(run) if _WORD.search(token.text)]
            found += map(stem, words) if stems else words
    return found


@cache
def _jieba() -> Any:
    """A segmenter of our own, quiet, with the shop's words; its compiled dictionary is kept in var/."""
    import jieba

    jieba.setLogLevel(logging.CRITICAL)
    segmenter = jieba.Tokenizer()
    segmenter.tmp_dir = str(ROOT / "var")
    segmenter.cache_file = "jieba.cache"
    segmenter.initialize()
    with SHOP_WORDS.open(encoding="utf-8") as words:
        segmenter.load_userdict(words)
    return segmenter


@cache
def _uyghur() -> Any:
    import spacy

    return spacy.blank("ug").tokenizer
