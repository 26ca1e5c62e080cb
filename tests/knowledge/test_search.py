"""Questions in other words are answered from the right FAQ entry, or not at all.

Measured on tests/knowledge/paraphrases.py (165 questions that an entry answers, 80 that none does),
without an intent. The thresholds were chosen on half of the lines, then made stricter after reading what
was answered to 1,761 questions of nlu/data: 201 answers, about 9 of them wrong.
"""

import time

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.models import FaqEntry
from knowledge.search import best_answer, nearest
from shop.database import Sessions
from shop.models import Shop
from shop.shops import shop_by_slug
from tests.knowledge.paraphrases import CHOSEN_ON, HELD_OUT, Line


async def demo_shop(session: AsyncSession) -> Shop:
    shop = await shop_by_slug(session, "demo")
    assert shop is not None
    return shop


async def answered(session: AsyncSession, lines: list[Line]) -> list[tuple[Line, str | None]]:
    """Each line with the key of the entry it was answered from."""
    shop = await demo_shop(session)
    found: list[tuple[Line, str | None]] = []
    for line in lines:
        match = await best_answer(session, shop_id=shop.id, text=line[1], language=line[0])
        found.append((line, match.entry.key if match else None))
    return found


@pytest.mark.parametrize("language", ["zh", "ug"])
@pytest.mark.parametrize("lines", [CHOSEN_ON, HELD_OUT], ids=["chosen_on", "held_out"])
async def test_answers_are_right_or_missing(demo: Sessions, lines: list[Line], language: str) -> None:
    async with demo() as session:
        found = await answered(session, [line for line in lines if line[0] == language])
    wrong = [(line, key) for line, key in found if key is not None and key != line[2]]
    right = [line for line, key in found if key is not None and key == line[2]]
    askable = [line for line, _ in found if line[2] is not None]
    print(f"right {len(right)} of {len(askable)}, wrong {len(wrong)} of {len(found)}: {wrong}")
    assert len(wrong) <= len(found) / 20, wrong
    assert len(wrong) <= (len(right) + len(wrong)) / 20 + 1, wrong
    assert len(right) >= len(askable) * 0.6


async def test_every_wording_finds_its_own_entry(demo: Sessions) -> None:
    async with demo() as session:
        shop = await demo_shop(session)
        for entry in await session.scalars(select(FaqEntry)):
            for language in ("zh", "ug"):
                for text in (entry.question[language], *entry.variants[language]):
                    match = await best_answer(session, shop_id=shop.id, text=text, language=language)
                    assert match is not None, text
                    assert match.entry.key == entry.key, text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("您好，请问运费多少？包邮吗？", "shipping-fee"),
        ("qeshqerge qanche kunde baridu", "days-xinjiang"),
        ("توشۇش ھەققى قانچە؟؟", "shipping-fee"),
        ("توشۇش هەققى قانچه", "shipping-fee"),  # typed with look-alike letters
        ("哈密瓜怎么保存", "storage-melon"),
        ("", None),
        ("？？", None),
        ("👍", None),
        ("20261101001005", None),
    ],
)
async def test_however_it_is_typed(demo: Sessions, text: str, key: str | None) -> None:
    async with demo() as session:
        shop = await demo_shop(session)
        match = await best_answer(session, shop_id=shop.id, text=text, language="zh")
        assert (match.entry.key if match else None) == key


async def test_a_change_counts_at_once(demo: Sessions) -> None:
    async with demo() as session:
        shop = await demo_shop(session)

        async def key() -> str | None:
            match = await best_answer(session, shop_id=shop.id, text="你们卖骆驼奶吗", language="zh")
            return match.entry.key if match else None

        assert await key() is None
        words = {"question": {"zh": "有骆驼奶吗"}, "answer": {"zh": "有，50元一袋。"}}
        entry = FaqEntry(shop_id=shop.id, key="camel", variants={"zh": ["卖骆驼奶吗"]}, tags=[], **words)
        session.add(entry)
        await session.flush()
        assert await key() == "camel"
        entry.enabled = False
        await session.flush()
        assert await key() is None
        entry.enabled = True
        await session.flush()
        assert await key() == "camel"
        await session.delete(entry)
        await session.flush()
        assert await key() is None


async def test_an_entry_is_not_answered_from_without_an_answer_in_the_language(demo: Sessions) -> None:
    async with demo() as session:
        shop = await demo_shop(session)
        entry = await session.scalar(select(FaqEntry).where(FaqEntry.key == "halal"))
        assert entry is not None
        entry.answer = {"zh": entry.answer["zh"]}
        await session.flush()
        text = entry.question["ug"]
        assert await best_answer(session, shop_id=shop.id, text=text, language="zh")
        assert await best_answer(session, shop_id=shop.id, text=text, language="ug") is None


async def test_another_shop_has_other_answers(demo: Sessions) -> None:
    async with demo() as session:
        other = Shop(slug="other", name={"zh": "别家"})
        session.add(other)
        await session.flush()
        assert await nearest(session, shop_id=other.id, text="运费多少") == []
        session.add(
            FaqEntry(
                shop_id=other.id, key="fee", question={"zh": "运费多少"}, answer={"zh": "10元。"}, tags=[]
            )
        )
        await session.flush()
        match = await best_answer(session, shop_id=other.id, text="运费多少", language="zh")
        assert match is not None
        assert (match.entry.shop_id, match.language) == (other.id, "zh")


async def test_the_recognised_intent_lowers_the_bar(demo: Sessions) -> None:
    async with demo() as session:
        shop = await demo_shop(session)
        text, language = "驿站的包裹能放几天啊", "zh"
        [first, *_] = await nearest(session, shop_id=shop.id, text=text)
        assert first.entry.key == "pickup-point"
        assert await best_answer(session, shop_id=shop.id, text=text, language=language)
        off = await best_answer(session, shop_id=shop.id, text=text, language=language, intent="trace_origin")
        assert off is None or off.score > first.score - 0.01


async def test_matches_come_nearest_first(demo: Sessions) -> None:
    async with demo() as session:
        shop = await demo_shop(session)
        matches = await nearest(session, shop_id=shop.id, text="退货运费", limit=4)
    scores = [match.score for match in matches]
    assert len(matches) == 4
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert matches[0].entry.key == "return-freight"


async def test_it_is_quick(demo: Sessions) -> None:
    async with demo() as session:
        shop = await demo_shop(session)
        times = []
        for _ in range(30):
            start = time.perf_counter()
            await best_answer(session, shop_id=shop.id, text="发到和田要多长时间", language="zh")
            times.append(time.perf_counter() - start)
        print(f"median {sorted(times)[15] * 1000:.2f} ms")
        assert sorted(times)[15] < 0.01  # 3 ms on a quiet machine
