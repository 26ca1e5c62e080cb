"""The bot's sentences and the code that says them fit: nothing missing, nothing idle, in both languages."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from shop.errors import Alternative, Reason
from shop.refunds import NextStep
from shop.tracking import ProblemKind

ROOT = Path(__file__).parent.parent.parent
ACTIONS = sorted((ROOT / "actions").rglob("*.py"))
#: names that are put together at run time, and from what
BUILT = {
    **{f"refused_{reason}": Reason for reason in Reason},
    **{f"instead_{alternative}": Alternative for alternative in Alternative},
    **{f"problem_{kind}": ProblemKind for kind in ProblemKind},
    # a step with a payment decided is told by the payment's own sentence
    **{
        f"next_{step}": NextStep
        for step in NextStep
        if step not in (NextStep.done, NextStep.money_arrives, NextStep.person_looks)
    },
}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def responses(domain: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {name.removeprefix("utter_"): texts for name, texts in domain["responses"].items()}


def test_every_sentence_that_is_said_is_there(responses: dict[str, Any]) -> None:
    assert {*literal_names(), *BUILT} - set(responses) == set()


def test_every_sentence_is_said_somewhere(responses: dict[str, Any]) -> None:
    """By its whole name, or by one that the code puts together («confirm_change_» + «dearer»)."""
    words, patterns = all_words()
    idle = {
        name
        for name in responses
        if name not in words and name not in BUILT and not any(one.fullmatch(name) for one in patterns)
    }
    assert idle == set()


def test_both_languages_say_the_same_facts(responses: dict[str, list[dict[str, Any]]]) -> None:
    for name, texts in responses.items():
        assert len(texts) == 2, name
        chinese, uyghur = texts
        assert "condition" not in chinese, name
        assert uyghur["condition"] == [{"type": "slot", "name": "language", "value": "ug"}], name
        assert set(PLACEHOLDER.findall(chinese["text"])) == set(PLACEHOLDER.findall(uyghur["text"])), name


def test_no_sentence_is_one_that_rasa_would_say_by_itself(
    domain: dict[str, Any], responses: dict[str, Any]
) -> None:
    """A form says `utter_ask_<slot>` unbidden."""
    asked = {name for name in responses if name.startswith("ask_")}
    assert asked == {"ask_back"}
    assert "back" not in domain["slots"]


def literal_names() -> set[str]:
    """The names said as they stand: the first argument of `say`, the reply of an Ask or a confirmation."""
    names = set()
    for call in calls():
        function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        position = {"say": 0, "Ask": 1, "confirmation": 1}.get(function)
        if position is not None and len(call.args) > position:
            names |= {
                node.value
                for node in ast.walk(call.args[position])
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            } - parts_of_names(call.args[position])
    return {name for name in names if re.fullmatch(r"[a-z_]+", name)}


def parts_of_names(node: ast.AST) -> set[str]:
    return {
        part.value
        for joined in ast.walk(node)
        if isinstance(joined, ast.JoinedStr)
        for part in joined.values
        if isinstance(part, ast.Constant)
    }


def all_words() -> tuple[set[str], list[re.Pattern[str]]]:
    """Every string in the code, and every f-string that could be a name as a pattern."""
    words, patterns = set(), []
    for path in ACTIONS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                shape = "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+"
                    for part in node.values
                )
                if re.match(r"(?:confirm|changed|please_change|return_policy|opened)_", shape):
                    patterns.append(re.compile(shape))
    return words, patterns


def calls() -> list[ast.Call]:
    return [
        node
        for path in ACTIONS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
