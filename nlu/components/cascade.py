"""A cascade of two classifiers: a fast one over words and characters, a slower one over sentence vectors.

Most messages are decided by their characters within a millisecond. Where that leaves doubt, the sentence
encoder is asked too; its vector stays with the message, so that nobody computes it again.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from rasa.shared.nlu.training_data.message import Message

from nlu.components.encoders import Encoder, message_vector

HAN = re.compile("[\u3400-\u9fff]")
ARABIC = re.compile("[\u0600-\u06ff]")
SPREAD = 3.0  # sentence vectors all point much the same way; what is left of the mean is stretched
SURE = 0.9  # from this confidence of the fast model on, the encoder is not asked
Experts = list[tuple[np.ndarray, float]]


@dataclass
class Cascade:
    """What was learnt. `trust` are the exponents of the two models' probabilities in their product, `alone`
    that of the fast one where it decides by itself; they make confidences honest (temperature scaling, Guo et
    al. 2017).
    """

    words: Any
    meaning: "Meaning"
    alone: float = 1.0
    trust: tuple[float, float] = (1.0, 1.0)

    @property
    def labels(self) -> np.ndarray:
        return np.asarray(self.words.classes_)

    def scores(self, message: Message, encoder: Encoder) -> np.ndarray:
        """The probability of each label, (labels,)."""
        text = message.get("text")
        words = self.words.predict_proba([text])
        alone = product([(words, self.alone)])[0]
        if message.get("embedding") is None and alone.max() >= SURE:
            return alone
        return self.both(words, self.meaning.predict([text], message_vector(message, encoder)[None]))[0]

    def both(self, words: np.ndarray, meaning: np.ndarray) -> np.ndarray:
        return product(list(zip((words, meaning), self.trust, strict=True)))


def learn(words_model: Any, texts: list[str], labels: np.ndarray, vectors: np.ndarray) -> Cascade:
    """Learn both models from four fifths, find on the last fifth how far to trust them, then learn from all.

    `words_model` makes an untrained model over raw texts; `vectors` are the texts' sentence vectors.
    """
    from sklearn.model_selection import StratifiedKFold

    seen, kept = next(StratifiedKFold(5, shuffle=True, random_state=0).split(texts, labels))
    trial = _fit(words_model(), [texts[i] for i in seen], labels[seen], vectors[seen])
    words = trial.words.predict_proba([texts[i] for i in kept])
    meaning = trial.meaning.predict([texts[i] for i in kept], vectors[kept])
    wanted = np.searchsorted(trial.labels, labels[kept])
    cascade = _fit(words_model(), texts, labels, vectors)
    (cascade.alone,) = _trust([words], wanted)
    (together,) = _trust([product([(words, 1.0), (meaning, 1.0)])], wanted)
    cascade.trust = (together, together)
    return cascade


def _fit(words: Any, texts: list[str], labels: np.ndarray, vectors: np.ndarray) -> Cascade:
    return Cascade(words.fit(texts, labels), Meaning.learnt(texts, labels, vectors))


@dataclass
class Meaning:
    """A linear model over sentence vectors for texts with Chinese in them, and one for texts without.

    The encoder lays both languages into one space, but not so exactly that one plane would part both well.
    """

    labels: np.ndarray
    heads: dict[bool, tuple[Any, np.ndarray]]  # by whether Chinese stands in the text: the model, its centre

    @classmethod
    def learnt(cls, texts: list[str], labels: np.ndarray, vectors: np.ndarray) -> "Meaning":
        from sklearn.linear_model import LogisticRegression

        chinese, uyghur = _scripts(texts)
        heads = {}
        for is_chinese, rows in ((True, chinese), (False, uyghur)):
            rows = rows if len(set(labels[rows])) > 1 else np.ones(len(texts), dtype=bool)
            centre = vectors[rows].mean(axis=0)
            head = LogisticRegression(C=3.0, class_weight="balanced", max_iter=200)
            heads[is_chinese] = head.fit((vectors[rows] - centre) * SPREAD, labels[rows]), centre
        return cls(np.unique(labels), heads)

    def predict(self, texts: list[str], vectors: np.ndarray) -> np.ndarray:
        """The probability of each label, (n, labels); nothing where a language knows no example of one."""
        scores = np.zeros((len(texts), len(self.labels)))
        chinese = _scripts(texts)[0]
        for is_chinese, (head, centre) in self.heads.items():
            rows = np.flatnonzero(chinese == is_chinese)
            if len(rows):
                places = np.searchsorted(self.labels, head.classes_)
                scores[np.ix_(rows, places)] = head.predict_proba((vectors[rows] - centre) * SPREAD)
        return scores


def _scripts(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Which texts hold Chinese, and which hold anything else; mixed ones are in both."""
    chinese = np.array([bool(HAN.search(text)) for text in texts])
    uyghur = np.array(
        [not han or bool(ARABIC.search(text)) for han, text in zip(chinese, texts, strict=True)]
    )
    return chinese, uyghur


# --- trust ----------------------------------------------------------------------------------------------


def product(experts: Experts) -> np.ndarray:
    """The normalised product of probabilities, each to the power of its trust. (n, labels)"""
    logs = sum(trust * np.log(np.maximum(p, 1e-9)) for p, trust in experts)
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _trust(experts: list[np.ndarray], wanted: np.ndarray) -> tuple[float, ...]:
    """The exponents under which the right labels of texts not learnt from are likeliest."""
    from scipy.optimize import minimize

    rows = np.arange(len(wanted))

    def surprise(trust: np.ndarray) -> float:
        p = product(list(zip(experts, trust, strict=True)))
        return float(-np.log(np.maximum(p[rows, wanted], 1e-9)).mean())

    found = minimize(surprise, np.ones(len(experts)), method="Nelder-Mead")
    return tuple(float(max(trust, 0.0)) for trust in found.x)
