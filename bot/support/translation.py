"""Machine translation for staff who do not read the shopper's language. None by default."""

import uuid
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import Message
from bot.staff.access import Right, Who
from bot.staff.errors import NotFound, StaffError
from bot.support.models import Translation
from bot.support.reading import conversation_row


class Untranslated(StaffError):
    """The translator does not answer, or answers with nothing."""

    code, status = "untranslated", 503

    def __init__(self) -> None:
        super().__init__("the translator does not answer")


class Translator(Protocol):
    """Languages are zh, ug and en."""

    async def translate(self, words: str, source: str, target: str) -> str:
        """Raises Untranslated."""
        ...

    async def close(self) -> None: ...


async def translate_message(
    session: AsyncSession, who: Who, translator: Translator, conversation: uuid.UUID, seq: int, language: str
) -> str:
    """A message in the reader's language; made once, then kept with it. Raises NotFound, Untranslated."""
    who.must(Right.read)
    await conversation_row(session, who, conversation)
    message = await session.scalar(select(Message).filter_by(conversation_id=conversation, seq=seq))
    if message is None:
        raise NotFound("there is no such message")
    known = await session.get(Translation, (message.id, language))
    if known is not None:
        return known.text
    made = await translator.translate(message.text, message.language or "zh", language)
    row = insert(Translation).values(message_id=message.id, language=language, text=made)
    await session.execute(row.on_conflict_do_nothing())
    return made


async def translate_answer(
    session: AsyncSession, who: Who, translator: Translator, conversation: uuid.UUID, words: str
) -> str:
    """An answer in the conversation's language, to be looked at before it is sent."""
    who.must(Right.answer)
    row = await conversation_row(session, who, conversation)
    source = "zh" if row["language"] == who.language else who.language
    return await translator.translate(words, source, row["language"])
