"""The intent classifier: TF-IDF over character n-grams, logistic regression (figures in docs/nlu.md)."""

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.text.clean import clean
from nlu.text.uyghur import to_arabic

NUMBER = re.compile(r"\d+")
RANKED = 5  # intents kept in the ranking


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(GraphComponent):
    """One sparse linear model for both languages: fast, small, and good on misspelt words.

    Latin and Cyrillic Uyghur are turned into Arabic script first, so that one spelling serves all three.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"C": 10.0}

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = config
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
        self._model = pipeline(self.config)
        self._model.fit([e.get("text") for e in examples], [e.get("intent") for e in examples])
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
            scores = self._model.predict_proba([text])[0]
            best = scores.argsort()[::-1][:RANKED]
            ranking = [{"name": str(self._model.classes_[i]), "confidence": float(scores[i])} for i in best]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages


def pipeline(config: dict[str, Any]) -> Any:
    """The untrained scikit-learn model over raw texts.

    N-grams of one to three characters that stand in two examples at least. Words by jieba beside them cost
    2.6 ms a message and gained nothing; liblinear fits one class against the rest in seconds, lbfgs takes
    minutes.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        TfidfVectorizer(
            analyzer="char", ngram_range=(1, 3), min_df=2, preprocessor=normal, sublinear_tf=True
        ),
        LogisticRegression(C=config["C"], solver="liblinear", class_weight="balanced", random_state=0),
    )


def normal(text: str) -> str:
    """A text as the classifier sees it: one script for Uyghur, lower case, numbers as their kind."""
    return NUMBER.sub(lambda m: "9" if len(m.group()) < 4 else "99999", to_arabic(clean(text)).lower())
