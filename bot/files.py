"""Photos and recordings of external channels: fetched in the conversation's lane, before what came after."""

import asyncio
import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from bot import notices
from bot.accounts import Accounts
from bot.channels.pictures import NotAPicture, reencode
from bot.channels.seam import NoFile, TryLater
from shop.database import Sessions

TRIES = 10  # a second or more apart; then the shopper is told
AT_ONCE = 8  # of one worker: a platform that hangs must leave lanes to turns

_KEEP = text(
    """
    WITH kept AS (
        INSERT INTO attachment (id, conversation_id, content_type, content)
        VALUES (:attachment, :conversation, :content_type, :content)
    )
    UPDATE message SET attachment_id = :attachment, attempts = 0
    WHERE id = :message AND attachment_id IS NULL
    """
)
_FAILED = text("UPDATE message SET origin = origin || CAST(:why AS jsonb), attempts = 0 WHERE id = :message")
_TRIED = text("UPDATE message SET attempts = attempts + 1 WHERE id = :message")


class NotYet(Exception):
    """The file will be tried for again: the message waits, and those behind it."""


@dataclass(frozen=True)
class Said:
    """What the desk answers by itself, and whether a person is needed."""

    words: dict[str, str]
    handover: str | None = None


class Files:
    def __init__(self, single: Sessions, accounts: Accounts) -> None:
        self._single = single
        self._accounts = accounts
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, message: Row[Any]) -> bool:
        """Whether the message's row has changed: its file is there now, or will not come. Raises NotYet."""
        origin = message.origin or {}
        if "file" not in origin or "failed" in origin or message.attachment_id is not None:
            return False
        if self._slots.locked():
            raise NotYet("too many files at once")
        async with self._slots:
            await self._fetch(message, origin)
        return True

    async def _fetch(self, message: Row[Any], origin: dict[str, Any]) -> None:
        opened = await self._accounts.by_id(message.account_id) if message.account_id else None
        try:
            if opened is None:
                raise NoFile("account")
            file = await opened.channel.fetch(origin)
            if origin["kind"] == "photo":
                content, content_type = await reencode(file.content), "image/jpeg"
            else:
                content, content_type = file.content, file.content_type
        except TryLater as error:
            if message.attempts + 1 < TRIES:
                await self._run(_TRIED, message=message.id)
                raise NotYet(str(error)) from None
            await self._give_up(message, "no_answer")
        except (NoFile, NotAPicture) as error:
            await self._give_up(message, "not_a_picture" if isinstance(error, NotAPicture) else str(error))
        else:
            await self._run(
                _KEEP,
                attachment=uuid.uuid4(),
                conversation=message.conversation,
                content_type=content_type,
                content=content,
                message=message.id,
            )

    async def _give_up(self, message: Row[Any], why: str) -> None:
        await self._run(_FAILED, message=message.id, why=json.dumps({"failed": why}))

    async def _run(self, statement: Any, **values: Any) -> None:
        async with self._single() as session:
            await session.execute(statement, values)


def answer_without_engine(message: Row[Any]) -> Said | None:
    """What is said to a message that has no words the engine could read; None for one that has."""
    origin = message.origin or {}
    match origin.get("kind"):
        case "photo" if "failed" in origin and not message.text:
            return Said(notices.NO_PICTURE)
        case "voice":
            return Said(notices.NO_VOICE) if "failed" in origin else Said(notices.VOICE, "voice")
        case "location":
            return Said(notices.LOCATION)
        case "unsupported":
            return Said(notices.UNSUPPORTED)
    return None
