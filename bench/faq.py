"""`make faq-report`: how often the FAQ search is right, beside plain BM25 and plain embeddings.

Questions are those of tests/knowledge/blind/*.jsonl, which nothing was tuned on. Within a language they are
asked of the demo shop; across languages of a shop whose entries have the other language only. Another folder
of questions may be named instead: that of tests/knowledge/tuned shows how the fitting went.
"""

import asyncio
import json
import math
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bench.database import own_database
from bot.demo import read
from bot.settings import ENGINE_PYTHON, ROOT
from knowledge.deciding import Decision
from knowledge.indexing import embed_pending, index_entries
from knowledge.models import FaqEntry, FaqWording
from knowledge.search import Found, search
from shop.database import Sessions, transaction
from shop.models import Shop

BLIND = ROOT / "tests" / "knowledge" / "blind"
REPORT = ROOT / "reports" / "faq.json"
VECTORS = ROOT / "reports" / "faq-vectors.json"


@dataclass(frozen=True)
class Question:
    text: str
    language: str
    key: str | None  # of the entry that answers it; None: none does


@dataclass(frozen=True)
class Answered:
    question: Question
    first: str | None  # the entry that came first
    decision: Decision
    offered: tuple[str, ...] = ()  # in the answer or among the choices

    @property
    def wrong(self) -> bool:
        return self.decision is Decision.answer and self.first != self.question.key


def asked_in(folder: Path) -> list[Question]:
    lines = [line for file in sorted(folder.glob("*.jsonl")) for line in file.read_text().splitlines()]
    return [Question(**json.loads(line)) for line in lines]


def vectors_of(texts: Sequence[str]) -> dict[str, list[float]]:
    """By the engine's encoder; kept between runs."""
    known: dict[str, list[float]] = json.loads(VECTORS.read_text()) if VECTORS.exists() else {}
    if missing := [text for text in dict.fromkeys(texts) if text not in known]:
        command = [ENGINE_PYTHON, "-X", "utf8", "-m", "nlu.engine.meaning"]
        done = subprocess.run(
            command,
            input=json.dumps(missing),
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "2", "PYTHONWARNINGS": "ignore"},
        )
        known.update(zip(missing, json.loads(done.stdout), strict=True))
        VECTORS.parent.mkdir(exist_ok=True)
        VECTORS.write_text(json.dumps(known))
    return known


class Shops:
    """The demo shop's FAQs in both languages, and twice more in one only."""

    def __init__(self, sessions: Sessions, questions: Sequence[Question]) -> None:
        self.sessions, self._questions = sessions, questions
        self.ids: dict[str, int] = {}
        self.keys: dict[int, str] = {}
        self.wordings: dict[str, list[tuple[str, str, str]]] = {}  # key, language, text
        self.vectors: dict[str, list[float]] = {}

    async def fill(self) -> None:
        async with transaction(self.sessions) as session:
            for kind, languages in (("both", ("zh", "ug")), ("zh", ("zh",)), ("ug", ("ug",))):
                await self._shop(session, kind, languages)
            texts = list(await session.scalars(select(FaqWording.text)))
        self.vectors = vectors_of([*texts, *(question.text for question in self._questions)])
        await embed_pending(self.sessions, self.embed)

    async def embed(self, texts: list[str]) -> list[list[float]]:
        return [self.vectors[text] for text in texts]

    async def _shop(self, session: AsyncSession, kind: str, languages: tuple[str, ...]) -> None:
        shop = Shop(slug=f"faq-{kind}", name={"zh": kind})
        session.add(shop)
        await session.flush()
        entries = []
        for one in read("faqs"):
            told = {
                name: {language: one[name][language] for language in languages}
                for name in ("question", "variants", "answer")
            }
            entries.append(FaqEntry(shop_id=shop.id, key=one["key"], tags=one["tags"], **told))
        session.add_all(entries)
        await session.flush()
        await index_entries(session, entries)
        self.ids[kind] = shop.id
        self.keys.update({entry.id: str(entry.key) for entry in entries})
        self.wordings[kind] = [
            (str(entry.key), language, text)
            for entry in entries
            for language in languages
            for text in (entry.question[language], *entry.variants.get(language, ()))
        ]

    async def ask(self, kind: str, question: Question) -> Found:
        async with self.sessions() as session:
            return await search(
                session, shop_id=self.ids[kind], text=question.text, embed=self.embed, limit=8
            )


# --- the three ways ---------------------------------------------------------------------------------------


async def ours(shops: Shops, kind: str, questions: Sequence[Question]) -> list[Answered]:
    done = []
    for question in questions:
        found = await shops.ask(kind, question)
        keys = tuple(shops.keys[match.entry.id] for match in found.matches)
        offered = keys[:1] if found.decision is Decision.answer else keys[:3]
        done.append(Answered(question, keys[0] if keys else None, found.decision, offered))
    return done


def by_meaning(shops: Shops, kind: str, questions: Sequence[Question]) -> list[Answered]:
    """The entry of the nearest wording, always answered from."""

    def score(question: Question) -> Iterator[tuple[float, str]]:
        asked = shops.vectors[question.text]
        for key, _, text in shops.wordings[kind]:
            yield sum(a * b for a, b in zip(asked, shops.vectors[text], strict=True)), key

    return [_always(question, score) for question in questions]


def by_bm25(shops: Shops, kind: str, questions: Sequence[Question]) -> list[Answered]:
    """Okapi BM25 (k1 1.2, b 0.75) over wordings: Chinese character pairs, Uyghur words; always answers."""
    told = [(key, _tokens(text)) for key, _, text in shops.wordings[kind]]
    frequency = Counter(token for _, tokens in told for token in set(tokens))
    mean = statistics.fmean(len(tokens) for _, tokens in told)

    def score(question: Question) -> Iterator[tuple[float, str]]:
        asked = set(_tokens(question.text))
        for key, tokens in told:
            count, total = Counter(tokens), 0.0
            for token in asked & set(tokens):
                rare = math.log(1 + (len(told) - frequency[token] + 0.5) / (frequency[token] + 0.5))
                part = count[token] + 1.2 * (0.25 + 0.75 * len(tokens) / mean)
                total += rare * count[token] * 2.2 / part
            yield total, key

    return [_always(question, score) for question in questions]


def _always(question: Question, score: Callable[[Question], Iterator[tuple[float, str]]]) -> Answered:
    best, key = max(score(question))
    return Answered(question, key if best > 0 else None, Decision.answer if best > 0 else Decision.pass_on)


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for run in re.findall(r"[\u3400-\u9fff]+|[^\W_]+", text.lower()):
        chinese = "\u3400" <= run[0] <= "\u9fff"
        found += [run[at : at + 2] for at in range(max(1, len(run) - 1))] if chinese else [run]
    return found


# --- the table --------------------------------------------------------------------------------------------


def row(answered: Sequence[Answered]) -> dict[str, Any]:
    askable = [one for one in answered if one.question.key is not None]
    strange = [one for one in answered if one.question.key is None]
    share = lambda some, of: round(len(some) / len(of), 3) if of else None  # noqa: E731
    return {
        "questions": len(answered),
        "right_first": share([one for one in askable if one.first == one.question.key], askable),
        "answered_right": share(
            [one for one in askable if one.decision is Decision.answer and not one.wrong], askable
        ),
        "answered_or_offered": share(
            [
                one
                for one in askable
                if one.decision is not Decision.pass_on and one.question.key in one.offered
            ],
            askable,
        ),
        "wrong": share([one for one in answered if one.wrong], answered),
        "strange_answered": share([one for one in strange if one.decision is Decision.answer], strange),
    }


async def measure(sessions: Sessions, questions: list[Question]) -> dict[str, Any]:
    shops = Shops(sessions, questions)
    await shops.fill()
    other = {"zh": "ug", "ug": "zh"}
    report: dict[str, Any] = {}
    for language in ("zh", "ug"):
        mine = [one for one in questions if one.language == language]
        for name, kind in (("within", "both"), ("across", other[language])):
            report[f"{language} {name}"] = {
                "ours": row(await ours(shops, kind, mine)),
                "BM25": row(by_bm25(shops, kind, mine)),
                "embeddings": row(by_meaning(shops, kind, mine)),
            }
    return report


async def main() -> None:
    async with own_database() as sessions:
        began = time.perf_counter()
        report = await measure(sessions, asked_in(Path(sys.argv[1]) if sys.argv[1:] else BLIND))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    print(f"{'':12} {'':11} {'n':>4} right-first answered or-offered wrong strange-answered")
    for name, systems in report.items():
        for system, one in systems.items():
            figures = [one[key] for key in list(one)[1:]]
            print(f"{name:12} {system:11} {one['questions']:4}", *(f"{figure!s:>9}" for figure in figures))
    print(f"{time.perf_counter() - began:.0f} s; {Path(REPORT).relative_to(ROOT)}")


if __name__ == "__main__":
    asyncio.run(main())
