"""A shop's own test questions, asked of its entries as they are, or as they were with a draft published."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.deciding import Decision
from knowledge.entries import Editor, find_entry, publish
from knowledge.indexing import Embed, NoEmbedding, embed_entry
from knowledge.models import FaqEntry, FaqTest
from knowledge.search import Found
from shop.database import Sessions

LIMIT = 200  # test questions of a shop

Ask = Callable[[AsyncSession, int, str], Awaitable[Found]]
"""A shop's FAQs, asked as a message asks them: session, shop, words."""


@dataclass(frozen=True)
class Tried:
    test: FaqTest
    good: bool
    decision: Decision
    expected: FaqEntry | None
    got: FaqEntry | None  # the entry that answers, or came nearest


async def add_test(session: AsyncSession, shop_id: int, text: str, entry: int | None) -> bool:
    """False where the shop has as many as it may. The same question again expects the new entry."""
    if entry is not None:
        await find_entry(session, shop_id, entry)
    tests = list(await session.scalars(select(FaqTest.text).filter_by(shop_id=shop_id)))
    if len(tests) >= LIMIT and text not in tests:
        return False
    row = insert(FaqTest).values(shop_id=shop_id, text=text, faq_id=entry)
    await session.execute(
        row.on_conflict_do_update(index_elements=["shop_id", "text"], set_={"faq_id": entry})
    )
    return True


async def remove_test(session: AsyncSession, shop_id: int, number: int) -> None:
    await session.execute(delete(FaqTest).where(FaqTest.shop_id == shop_id, FaqTest.id == number))


async def run_tests(session: AsyncSession, shop_id: int, ask: Ask) -> list[Tried]:
    """Red ones first."""
    tests = list(await session.scalars(select(FaqTest).filter_by(shop_id=shop_id).order_by(FaqTest.id)))
    done = [await _try(session, test, ask) for test in tests]
    return sorted(done, key=lambda one: one.good)


async def rehearse(sessions: Sessions, shop_id: int, entry: int, ask: Ask, embed: Embed) -> list[Tried]:
    """As if the entry's draft were published; nothing of it remains."""
    async with sessions() as session:
        try:
            await publish(session, Editor(shop_id), entry)
            with suppress(NoEmbedding):
                await embed_entry(session, entry, embed)
            return await run_tests(session, shop_id, ask)
        finally:
            session.expunge_all()  # what was found is looked at later
            await session.rollback()


async def _try(session: AsyncSession, test: FaqTest, ask: Ask) -> Tried:
    found = await ask(session, test.shop_id, test.text)
    got = found.matches[0].entry if found.matches else None
    answers = got if found.decision is Decision.answer else None
    good = (answers.id if answers else None) == test.faq_id
    expected = await session.get(FaqEntry, test.faq_id) if test.faq_id else None
    return Tried(test, good, found.decision, expected, got)
