"""`python -m nlu.evaluate FILE.jsonl`: how well the trained model understands labelled messages.

Each text is parsed exactly as a live message is. Figures are printed and written to reports/nlu.json. Only
what a line labels is scored. Exit status 0 whatever the figures; 2 when a line or the file cannot be read.
"""

import asyncio
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from nlu.engine import quiet
from nlu.engine.catalogues import book_of
from nlu.engine.train import model_path
from nlu.text.entities import Products

REPORT = Path("reports") / "nlu.json"
DEMO_PRODUCTS = Path(__file__).resolve().parents[1] / "shop" / "demo" / "products.yml"
CONFUSED = 15  # pairs that are printed
LABELS = ("language", "intent", "emotion")
FALLBACK = "nlu_fallback"
Line = dict[str, Any]


class Unreadable(ValueError):
    """What is wrong with the file, with the line's number."""


def main(arguments: list[str]) -> None:
    if len(arguments) != 1 or not arguments[0]:
        raise Unreadable("name one file: make nlu-eval DATA=FILE.jsonl")
    labelled = read(Path(arguments[0]))
    quiet.hush()  # before TensorFlow is imported
    parsed = asyncio.run(_parse_all([line["text"] for line in labelled]))
    report = {**scores(labelled, parsed), "by_language": _by_language(labelled, parsed), "lines": parsed}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    _print(report, confusions(labelled, parsed))


def read(path: Path) -> list[Line]:
    """The labelled lines; empty ones are passed over. Raises Unreadable."""
    try:
        raw = path.read_bytes().split(b"\n")
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None
    return [_line(number, line) for number, line in enumerate(raw, start=1) if line.strip()]


def _line(number: int, raw: bytes) -> Line:
    try:
        line = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Unreadable(f"line {number}: not JSON in UTF-8") from None
    if not isinstance(line, dict) or not isinstance(line.get("text"), str):
        raise Unreadable(f'line {number}: no "text"')
    for label in LABELS:
        if not isinstance(line.get(label), (str, type(None))):
            raise Unreadable(f'line {number}: "{label}" is not a text')
    entities = line.get("entities")
    if not isinstance(entities, (list, type(None))) or not all(map(_is_entity, entities or [])):
        raise Unreadable(f'line {number}: "entities" is not a list of {{"entity", "value"}}')
    return line


def _is_entity(found: Any) -> bool:
    return isinstance(found, dict) and isinstance(found.get("entity"), str) and "value" in found


async def _parse_all(texts: list[str]) -> list[Line]:
    from nlu.components.entities import GOODS
    from nlu.engine import patches  # slow: TensorFlow
    from nlu.engine.runtime import Engine

    patches.apply()
    GOODS.set(_demo_goods())  # each text is one to the demo shop
    engine = Engine(model_path(), action_url="", action_secret="")
    return [_shown(text, await engine.parse(text)) for text in texts]


def _demo_goods() -> Products:
    """What the demo shop sells: there is no app to ask here."""
    products: list[dict[str, Any]] = YAML(typ="safe").load(DEMO_PRODUCTS)
    return book_of(products)


def _shown(text: str, parse: dict[str, Any]) -> Line:
    language = parse["language"]
    # `nlu_fallback` is no label but the wish to ask back; its first question is what was understood.
    unsure = parse["intent"] == FALLBACK
    likeliest = next((r for r in parse["ranking"] if r["intent"] != FALLBACK), parse) if unsure else parse
    return {
        "text": text,
        # what tells nothing of its own (a number, an emoji) is in the conversation's language
        "language": parse["reply_language"] if language in (None, "none") else language,
        "intent": likeliest["intent"],
        "confidence": likeliest["confidence"],
        "emotion": parse.get("emotion"),
        "intensity": parse.get("intensity"),
        "entities": [
            {key: found.get(key) for key in ("entity", "value", "text")} for found in parse["entities"]
        ],
    }


# --- scores ---------------------------------------------------------------------------------------------


def scores(labelled: list[Line], parsed: list[Line]) -> dict[str, Any]:
    """Every figure of the report; null where nothing was labelled or nothing is recognised yet."""
    return {
        "n": len(labelled),
        "language": {"accuracy": _accuracy(labelled, parsed, "language")},
        "intent": _class_scores(labelled, parsed, "intent"),
        "emotion": _class_scores(labelled, parsed, "emotion"),
        "entities": {"f1": entity_f1(labelled, parsed), "by_kind": _f1_by_kind(labelled, parsed)},
    }


def _by_language(labelled: list[Line], parsed: list[Line]) -> dict[str, Any]:
    found = {}
    for language in sorted({line["language"] for line in labelled if line.get("language")}):
        chosen = [
            (line, parse)
            for line, parse in zip(labelled, parsed, strict=True)
            if line.get("language") == language
        ]
        found[language] = scores([line for line, _ in chosen], [parse for _, parse in chosen])
    return found


def _pairs(labelled: list[Line], parsed: list[Line], label: str) -> tuple[list[str], list[str]]:
    both = [
        (line[label], parse[label] or "")
        for line, parse in zip(labelled, parsed, strict=True)
        if line.get(label)
    ]
    return [wanted for wanted, _ in both], [got for _, got in both]


def _accuracy(labelled: list[Line], parsed: list[Line], label: str) -> float | None:
    from sklearn.metrics import accuracy_score

    wanted, got = _pairs(labelled, parsed, label)
    return round(float(accuracy_score(wanted, got)), 4) if any(got) else None


def _class_scores(labelled: list[Line], parsed: list[Line], label: str) -> dict[str, float | None]:
    """Macro-F1 is over the labels that occur in the file."""
    from sklearn.metrics import f1_score

    wanted, got = _pairs(labelled, parsed, label)
    if not any(got):
        return {"accuracy": None, "macro_f1": None}
    macro = f1_score(wanted, got, labels=sorted(set(wanted)), average="macro", zero_division=0)
    return {"accuracy": _accuracy(labelled, parsed, label), "macro_f1": round(float(macro), 4)}


def entity_f1(labelled: list[Line], parsed: list[Line]) -> float | None:
    """Micro-F1: an entity is right when its kind fits and its value or its surface text is the label's."""
    right = wanted = got = 0
    for line, parse in zip(labelled, parsed, strict=True):
        if line.get("entities") is None:
            continue
        wanted += len(line["entities"])
        got += len(parse["entities"])
        right += _matches(line["entities"], parse["entities"])
    return round(2 * right / (wanted + got), 4) if wanted + got else None


def _f1_by_kind(labelled: list[Line], parsed: list[Line]) -> dict[str, float | None]:
    def only(lines: list[Line], kind: str) -> list[Line]:
        return [
            {"entities": lines_of and [found for found in lines_of if found["entity"] == kind]}
            for lines_of in (line.get("entities") for line in lines)
        ]

    scored = [both for both in zip(labelled, parsed, strict=True) if both[0].get("entities") is not None]
    kinds = {found["entity"] for both in scored for line in both for found in line["entities"]}
    return {kind: entity_f1(only(labelled, kind), only(parsed, kind)) for kind in sorted(kinds)}


def _matches(wanted: list[Line], got: list[Line]) -> int:
    left = list(got)
    for label in wanted:
        names = {_plain(label["value"]), _plain(label.get("text") or label["value"])}
        for found in left:
            if found["entity"] == label["entity"] and names & {_plain(found["value"]), _plain(found["text"])}:
                left.remove(found)
                break
    return len(got) - len(left)


def _plain(value: Any) -> str:
    """A value with its digits and spaces normalised."""
    text = unicodedata.normalize("NFKC", "" if value is None else str(value))
    text = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in text)
    return re.sub(r"\s+", "", text).lower()


def confusions(labelled: list[Line], parsed: list[Line]) -> list[tuple[tuple[str, str], int]]:
    """The (wanted, got) pairs of intents that were mixed up most often."""
    wanted, got = _pairs(labelled, parsed, "intent")
    return Counter(pair for pair in zip(wanted, got, strict=False) if pair[0] != pair[1]).most_common(
        CONFUSED
    )


# --- printing -------------------------------------------------------------------------------------------


def _print(report: dict[str, Any], confused: list[tuple[tuple[str, str], int]]) -> None:
    columns: dict[str, Callable[[dict[str, Any]], Any]] = {
        "n": lambda s: s["n"],
        "language": lambda s: s["language"]["accuracy"],
        "intent": lambda s: s["intent"]["accuracy"],
        "macro-F1": lambda s: s["intent"]["macro_f1"],
        "emotion": lambda s: s["emotion"]["accuracy"],
        "entity F1": lambda s: s["entities"]["f1"],
    }
    print(" " * 8 + "".join(f"{name:>11}" for name in columns))
    for name, figures in [("all", report), *report["by_language"].items()]:
        cells = (column(figures) for column in columns.values())
        print(f"{name:<8}" + "".join(f"{'–' if cell is None else cell:>11}" for cell in cells))
    if kinds := report["entities"]["by_kind"]:
        print("\nentity F1 by kind")
    for kind, f1 in kinds.items():
        print(f"{f1:>8}  {kind}")
    if confused:
        print("\nmost confused intents (wanted → got)")
    for (wanted, got), count in confused:
        print(f"{count:>5}  {wanted} → {got or 'none'}")
    print(f"\nwritten to {REPORT}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Unreadable as error:
        sys.stderr.write(f"nlu-eval: {error}\n")
        sys.exit(2)
    except FileNotFoundError as error:
        sys.stderr.write(f"nlu-eval: {error}\n")
        sys.exit(1)
