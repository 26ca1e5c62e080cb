"""`make faq-bench`: the FAQ search with 10,000 entries in one shop and a million in all.

The data is made: entries of words drawn from the demo shop's FAQs, each with three wordings in the large shop
and one elsewhere, with random vectors. What is timed is a search with the question's vector given, and with
the words alone; the encoder's own time (12 to 25 ms on a quiet core) comes on top where words leave doubt.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence

from sqlalchemy import text

from bench.database import own_database
from bot.demo import read
from bot.settings import ROOT
from knowledge.indexing import index_entries, written
from knowledge.models import FaqEntry
from knowledge.search import search
from shop.database import Sessions, transaction
from shop.models import Shop

LARGE = 10_000
SHOPS = 99  # beside the large one
QUESTIONS = 400
REPORT = ROOT / "reports" / "faq-speed.json"

# The other shops' entries are copies of the large shop's rows: as many, as long, each under its own shop.
_COPY_FAQ = text(
    """
    INSERT INTO faq (shop_id, key, question, variants, answer, tags, enabled)
    SELECT :shop, NULL, question, '{}', answer, tags, true FROM faq WHERE shop_id = :large
    """
)
_COPY_WORDINGS = text(
    """
    INSERT INTO faq_wording (shop_id, faq_id, language, text, live, lexemes, topic, embedding, bits)
    SELECT :shop, f.id, w.language, w.text, true,
           (SELECT array_to_tsvector(array_agg(CAST(:slug AS text) ||
                substr(l, length(CAST(:prefix AS text)))))
            FROM unnest(tsvector_to_array(w.lexemes)) AS l), '{}', w.embedding, w.bits
    FROM (SELECT DISTINCT ON (faq_id) *, dense_rank() OVER (ORDER BY faq_id) AS n FROM faq_wording
          WHERE shop_id = :large ORDER BY faq_id, id) w
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM faq WHERE shop_id = :shop) f ON f.n = w.n
    """
)
_INDEX = text("INSERT INTO faq_index (shop_id, version, wordings) VALUES (:shop, 1, :count)")
_VECTORS = text(
    "UPDATE faq_wording SET embedding = CAST(:vector AS halfvec), "
    "bits = binary_quantize(CAST(:vector AS halfvec)) WHERE id = :id"
)


def sentences(number: int) -> list[tuple[str, str]]:
    """(language, text): parts of the demo's questions, put together anew."""
    chance = random.Random(number)
    told: dict[str, list[str]] = {"zh": [], "ug": []}
    for entry in read("faqs"):
        for language, words in told.items():
            words += [entry["question"][language], *entry["variants"][language]]
    made = []
    for _ in range(number):
        language = chance.choice(("zh", "zh", "ug"))
        one, other = chance.choice(told[language]), chance.choice(told[language])
        code = f"{chance.randrange(3_000)}"
        made.append(
            (
                language,
                one[: len(one) // 2 + 1]
                + (" " if language == "ug" else "")
                + other[len(other) // 2 :]
                + code,
            )
        )
    return made


def vector(chance: random.Random) -> str:
    parts = [chance.gauss(0, 1) for _ in range(384)]
    length = sum(part * part for part in parts) ** 0.5
    return written([part / length for part in parts])


async def fill(sessions: Sessions) -> int:
    """The large shop's id."""
    async with transaction(sessions) as session:
        shop = Shop(slug="large", name={"zh": "大店"})
        session.add(shop)
        await session.flush()
        large = shop.id
    made = sentences(LARGE * 3)
    for at in range(0, LARGE, 1000):
        async with transaction(sessions) as session:
            entries = []
            for number in range(at, at + 1000):
                (language, question), *variants = made[number * 3 : number * 3 + 3]
                told = {one: [text for kind, text in variants if kind == one] for one in ("zh", "ug")}
                told = {one: texts for one, texts in told.items() if texts}
                entries.append(
                    FaqEntry(
                        shop_id=large,
                        question={language: question},
                        variants=told,
                        answer={"zh": "好。"},
                        tags=[],
                    )
                )
            session.add_all(entries)
            await session.flush()
            await index_entries(session, entries)
    chance = random.Random(1)
    async with transaction(sessions) as session:
        ids = list(await session.scalars(text("SELECT id FROM faq_wording")))
        for at in range(0, len(ids), 1000):
            values = [{"id": one, "vector": vector(chance)} for one in ids[at : at + 1000]]
            await session.execute(_VECTORS, values)
    return large


async def copy(sessions: Sessions, large: int, shops: int) -> None:
    for number in range(shops):
        async with transaction(sessions) as session:
            shop = Shop(slug=f"copy-{number}", name={"zh": "店"})
            session.add(shop)
            await session.flush()
            values = {"shop": shop.id, "large": large, "prefix": f"{large} "}
            await session.execute(_COPY_FAQ, {"shop": shop.id, "large": large})
            await session.execute(_COPY_WORDINGS, {**values, "slug": str(shop.id)})
            await session.execute(_INDEX, {"shop": shop.id, "count": LARGE})
        print(f"\r{(number + 2) * LARGE:,} entries", end="", flush=True)
    print()


async def timed(sessions: Sessions, large: int, *, meaning: bool) -> list[float]:
    chance = random.Random(2)
    questions = [question for _, question in sentences(QUESTIONS)]
    chance.shuffle(questions)
    vectors = [[chance.gauss(0, 0.05) for _ in range(384)] for _ in range(20)]

    async def embed(_: list[str]) -> Sequence[Sequence[float]]:
        return [chance.choice(vectors)]

    times = []
    for question in questions:
        async with sessions() as session:
            began = time.perf_counter()
            await search(session, shop_id=large, text=question[:-4], embed=embed if meaning else None)
            times.append((time.perf_counter() - began) * 1000)
    return sorted(times[20:])


async def main() -> None:
    async with own_database() as sessions:
        began = time.perf_counter()
        large = await fill(sessions)
        await copy(sessions, large, int(sys.argv[1]) if sys.argv[1:] else SHOPS)
        async with sessions() as session:
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            await session.execute(text("VACUUM ANALYZE faq_wording"))
            count = await session.scalar(text("SELECT count(*) FROM faq"))
            size = await session.scalar(text("SELECT pg_size_pretty(pg_database_size(current_database()))"))
        report = {"entries": count, "size": size, "made_s": round(time.perf_counter() - began)}
        for name, meaning in (("words", False), ("words_and_meaning", True)):
            times = await timed(sessions, large, meaning=meaning)
            report[name] = {f"p{p}_ms": round(times[int(len(times) * p / 100)], 1) for p in (50, 95, 99)}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    asyncio.run(main())
