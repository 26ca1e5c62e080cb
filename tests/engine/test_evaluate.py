"""`python -m nlu.evaluate FILE`: the report, and what it says of a file that cannot be read."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nlu.evaluate import confusions, scores
from tests.engine.conftest import ROOT

LINES = [
    {
        "text": "我的哈密瓜到哪了 ２０２６1101001005",
        "language": "zh",
        "intent": "track_parcel",
        "entities": [
            {"entity": "order_number", "value": "２０２６ 1101001005"},
            {"entity": "product", "value": "哈密瓜"},
        ],
    },
    {"text": "زاكازىم قاچان كېلىدۇ؟", "language": "ug", "intent": "greet", "emotion": "neutral"},
    {"text": "😀"},
]


def evaluate(folder: Path, raw: bytes) -> "subprocess.CompletedProcess[str]":
    (folder / "data.jsonl").write_bytes(raw)
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "nlu.evaluate", "data.jsonl"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_the_report(model: Path, tmp_path: Path) -> None:
    done = evaluate(tmp_path, "\n".join(json.dumps(line) for line in LINES).encode())
    assert (done.returncode, done.stderr) == (0, "")
    assert "greet → " in done.stdout
    report = json.loads((tmp_path / "reports" / "nlu.json").read_text())
    assert (report["n"], report["language"]["accuracy"]) == (3, 1.0)
    assert report["intent"]["accuracy"] == 0.5
    assert 0 < report["intent"]["macro_f1"] < 1
    assert report["emotion"] == {"accuracy": 1.0, "macro_f1": 1.0}
    assert report["entities"] == {"f1": 1.0, "by_kind": {"order_number": 1.0, "product": 1.0}}
    assert "1.0  product" in done.stdout
    assert report["by_language"]["ug"]["entities"]["f1"] is None
    assert sorted(report["by_language"]) == ["ug", "zh"]
    first, _, last = report["lines"]
    assert set(first) == {"text", "language", "intent", "confidence", "emotion", "intensity", "entities"}
    assert first["entities"][1]["value"] == "20261101001005"
    assert (last["text"], last["language"]) == ("😀", "zh")


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"text": 5}',
        b"\xff",
        b'{"text": "a", "intent": 5}',
        b'{"text": "a", "entities": {}}',
        b'{"text": "a", "entities": [{"entity": "date"}]}',
    ],
)
def test_an_unreadable_line_is_named(tmp_path: Path, bad: bytes) -> None:
    done = evaluate(tmp_path, b'{"text": "a"}\n\n' + bad + b"\n")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "line 3:" in done.stderr


def line(intent: Any = None, entities: Any = None) -> Any:
    return {"text": "", "intent": intent, "language": None, "emotion": None, "entities": entities}


def entity(kind: str, value: Any, text: str = "") -> Any:
    return {"entity": kind, "value": value, "text": text}


@pytest.mark.parametrize(
    "wanted, got, f1",
    [
        ([entity("quantity", "5")], [entity("quantity", 5, "五个")], 1.0),
        ([entity("quantity", "五个")], [entity("quantity", 5, "五个")], 1.0),
        ([entity("phone", "１３８ 0000 1234")], [entity("phone", "13800001234")], 1.0),
        ([entity("phone", "١٢٣٤")], [entity("phone", "1234")], 1.0),
        ([entity("phone", "1234")], [entity("order_number", "1234")], 0.0),
        ([entity("date", "a"), entity("date", "b")], [entity("date", "a")], 0.6667),
        ([entity("date", "a")], [entity("date", "a"), entity("date", "a")], 0.6667),
        ([], [entity("date", "a")], 0.0),
        ([], [], None),
        (None, [entity("date", "a")], None),
    ],
)
def test_entities_count_by_value_or_surface(wanted: list[Any], got: list[Any], f1: Any) -> None:
    assert scores([line(entities=wanted)], [line(entities=got)])["entities"]["f1"] == f1


def test_only_what_is_labelled_is_scored() -> None:
    labelled = [line("greet"), line("thank"), line()]
    parsed = [line("greet"), line("greet"), line("deny")]
    found = scores(labelled, parsed)
    assert found["intent"] == {"accuracy": 0.5, "macro_f1": 0.3333}
    assert found["language"] == {"accuracy": None}
    assert confusions(labelled, parsed) == [(("thank", "greet"), 1)]
