"""A tiny NLLB: an encoder-decoder of one layer and eight dimensions with random weights, and a tokenizer to
it, in the files a real conversion has. What it says means nothing; that it says the same each time is enough.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import transformer_spec
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WORDS = ["▁你好", "▁ياخشىمۇسىز", "▁hello", "▁order", "▁20261101001005", "▁زاكاز", "▁订单", "。", ".", "؟"]
TOKENS = ["<s>", "<pad>", "</s>", "<unk>", *WORDS, "zho_Hans", "uig_Arab", "eng_Latn"]
SIZE = 8


def make(folder: Path) -> None:
    """Write model and tokenizer into the folder."""
    _tokenizer().save(str(folder / "tokenizer.json"))
    spec = transformer_spec.TransformerSpec.from_config((1, 1), num_heads=2)
    chance = np.random.default_rng(7)
    _fill(spec, chance)
    spec.register_source_vocabulary(TOKENS)
    spec.register_target_vocabulary(TOKENS)
    spec.config.decoder_start_token = "</s>"
    spec.validate()
    spec.save(str(folder))
    assert json.loads((folder / "config.json").read_text())


def _tokenizer() -> Tokenizer:
    vocabulary = {token: number for number, token in enumerate(TOKENS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "zho_Hans", "uig_Arab", "eng_Latn"])
    return tokenizer


def _fill(spec: Any, chance: np.random.Generator) -> None:
    many = len(TOKENS)
    for side in (spec.encoder, spec.decoder):
        embeddings = side.embeddings[0] if isinstance(side.embeddings, list) else side.embeddings
        embeddings.weight = _random(chance, many, SIZE)
        side.layer_norm.gamma, side.layer_norm.beta = _norm()
        side.position_encodings.encodings = _random(chance, 512, SIZE)
        for layer in side.layer:
            _attention(layer.self_attention, chance, own=True)
            if hasattr(layer, "attention"):
                _attention(layer.attention, chance, own=False)
            for linear, rows, columns in (
                (layer.ffn.linear_0, 16, SIZE),
                (layer.ffn.linear_1, SIZE, 16),
            ):
                linear.weight, linear.bias = _random(chance, rows, columns), np.zeros(rows, np.float32)
            layer.ffn.layer_norm.gamma, layer.ffn.layer_norm.beta = _norm()
    spec.decoder.projection.weight = _random(chance, many, SIZE)
    bias = np.zeros(many, np.float32)
    bias[TOKENS.index("</s>")] = 2.0  # its sentences end
    bias[:2] = bias[3] = bias[-3:] = -50.0  # and are made of words
    spec.decoder.projection.bias = bias


def _attention(attention: Any, chance: np.random.Generator, *, own: bool) -> None:
    rows = (3 * SIZE, SIZE) if own else (SIZE, 2 * SIZE, SIZE)
    for linear, count in zip(attention.linear, rows, strict=True):
        linear.weight, linear.bias = _random(chance, count, SIZE), np.zeros(count, np.float32)
    attention.layer_norm.gamma, attention.layer_norm.beta = _norm()


def _norm() -> tuple[Any, Any]:
    return np.ones(SIZE, np.float32), np.zeros(SIZE, np.float32)


def _random(chance: np.random.Generator, *shape: int) -> Any:
    return chance.standard_normal(shape).astype(np.float32)
