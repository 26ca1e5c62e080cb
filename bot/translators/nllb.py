"""NLLB-200 on this machine's processor, by CTranslate2: no torch, 0.7 GB for the 600M model in int8.

The model is a Hugging Face repository, or a folder, with a CTranslate2 conversion of an NLLB-200 checkpoint
and its `tokenizer.json`. Meta's licence of NLLB-200 is CC-BY-NC: whoever names a model answers for its use.
"""

import asyncio
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bot.settings import SettingsError
from bot.support.translation import Untranslated

CODES = {"zh": "zho_Hans", "ug": "uig_Arab", "en": "eng_Latn"}
FILES = ("config.json", "model.bin", "*vocabulary*", "tokenizer.json")
END = "</s>"
LONGEST = 400  # tokens of one sentence; a longer one is cut, as the model was trained
BEAM = 2

_SENTENCE = re.compile(r"[^\n。！？!?؟.…]+[。！？!?؟.…]*|\n")


class Nllb:
    """Loaded at the first translation, in a thread of its own; one translation at a time."""

    def __init__(self, model: str) -> None:
        self._name = model
        self._loaded: tuple[Any, Any] | None = None
        self._loading = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "translation")

    async def translate(self, words: str, source: str, target: str) -> str:
        work = asyncio.get_running_loop().run_in_executor(
            self._thread, self._translate, words, CODES[source], CODES[target]
        )
        try:
            made = await work
        except (OSError, RuntimeError, ValueError) as error:  # not to be had, not a model, out of memory
            raise Untranslated from error
        if not made.strip():
            raise Untranslated
        return made

    async def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _translate(self, words: str, source: str, target: str) -> str:
        """Sentence by sentence, as the model learned it; line ends stay."""
        translator, tokenizer = self._model()
        parts = _SENTENCE.findall(words)
        asked = [part.strip() for part in parts if part.strip()]
        rows = [[source, *_tokens(tokenizer, sentence), END] for sentence in asked]
        results = translator.translate_batch(
            rows, target_prefix=[[target]] * len(rows), beam_size=BEAM, max_decoding_length=LONGEST
        )
        made = iter([_words(tokenizer, result.hypotheses[0], target) for result in results])
        return " ".join(next(made) if part.strip() else part for part in parts).replace(" \n ", "\n")

    def _model(self) -> tuple[Any, Any]:
        with self._loading:
            if self._loaded is None:
                self._loaded = load(self._name)
            return self._loaded


def load(name: str) -> tuple[Any, Any]:
    """Translator and tokenizer of a folder or a Hugging Face repository. Raises OSError, ValueError."""
    try:
        import ctranslate2
        from huggingface_hub import snapshot_download
        from tokenizers import Tokenizer
    except ImportError:
        raise SettingsError("TRANSLATOR=nllb needs its packages: run `uv sync --extra nllb`") from None
    folder = Path(name)
    if not folder.is_dir():
        folder = Path(snapshot_download(name, allow_patterns=list(FILES)))
    vocabulary = folder / "tokenizer.json"
    if not vocabulary.exists():
        raise FileNotFoundError(f"{name} has no tokenizer.json")
    translator = ctranslate2.Translator(str(folder), device="cpu", inter_threads=1)
    return translator, Tokenizer.from_file(str(vocabulary))


def _tokens(tokenizer: Any, sentence: str) -> Sequence[str]:
    """Without special tokens: which languages it is from and to is said by us."""
    tokens: Sequence[str] = tokenizer.encode(sentence, add_special_tokens=False).tokens
    return tokens[:LONGEST]


def _words(tokenizer: Any, tokens: Sequence[str], target: str) -> str:
    ids = [tokenizer.token_to_id(token) for token in tokens if token not in (target, END)]
    words: str = tokenizer.decode([one for one in ids if one is not None], skip_special_tokens=True)
    return words.strip()
