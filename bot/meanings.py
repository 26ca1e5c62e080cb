"""Beside the worker: wordings of FAQs get their meaning, within a second or so of being saved."""

import asyncio
import logging

from sqlalchemy import select

from bot.engine import Engine
from knowledge.indexing import NoEmbedding, embed_pending, index_entries
from knowledge.models import FaqEntry, FaqWording
from shop.database import Sessions, transaction

EVERY = 1.0  # seconds
AT_ONCE = 500  # entries

logger = logging.getLogger(__name__)


async def embed_forever(sessions: Sessions, engine: Engine) -> None:
    """Until cancelled. Without an engine the wordings wait; they are found by their words meanwhile."""
    indexed = False
    while True:
        try:
            indexed = indexed or await _index_old(sessions)
            await embed_pending(sessions, engine.embed)
        except NoEmbedding:
            await engine.until_back()
        except Exception as error:  # the database may be away for a while
            logger.warning("embedding failed: %s", type(error).__name__)
        await asyncio.sleep(EVERY)


async def _index_old(sessions: Sessions) -> bool:
    """Wordings for entries that were saved before there were any."""
    while True:
        async with transaction(sessions) as session:
            has = select(FaqWording.id).where(FaqWording.faq_id == FaqEntry.id).exists()
            query = select(FaqEntry).where(~has, FaqEntry.question != {}).limit(AT_ONCE)
            old = list(await session.scalars(query.with_for_update(skip_locked=True)))
            await index_entries(session, old)
        if len(old) < AT_ONCE:
            return True
