"""What comes in on an external channel becomes rows: contacts, conversations, messages, each once."""

import logging
import uuid
from typing import Any

from cachetools import TTLCache
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import notices
from bot.channels.rate import Rate
from bot.channels.seam import (
    Account,
    Edited,
    Incoming,
    Left,
    Noticed,
    Pressed,
    Renamed,
    Taken,
    Value,
)
from bot.inbox import ConversationGone, store_message
from bot.jobs import DEFER_DELIVERY
from bot.live import CHANNEL
from bot.metrics import INCOMING
from bot.models import Contact, ContactInbox, Conversation, Mode, Sender
from bot.outgoing import BUTTONS_OF, offered, post
from nlu.text.clean import clean
from shop.database import Sessions, transaction
from shop.models import Shop
from shop.rules import ShopRules

MAX_TEXT = 4_096  # characters; no platform sends more
LANGUAGES = ("zh", "ug")
STALE = "48 hours"  # after which what the bot could not send is out of date

logger = logging.getLogger(__name__)

_FIND = text(
    """
    SELECT c.id FROM contact_inbox i JOIN conversation c ON c.contact_inbox_id = i.id
    WHERE i.channel_account_id = :account AND i.external_id = :sender
    ORDER BY c.created_at DESC LIMIT 1
    """
)
# The shopper has written: what the platform held back can go, they have not blocked us, the budget is new.
# Where the callback may carry replies itself, the outbox leaves them to it for a while.
_HEARD = text(
    f"""
    WITH unblocked AS (
        UPDATE contact_inbox i SET blocked_at = NULL FROM conversation c
        WHERE c.id = :conversation AND i.id = c.contact_inbox_id AND i.blocked_at IS NOT NULL
    ), stale AS (
        UPDATE delivery SET status = 'dropped', error = 'stale'
        WHERE conversation_id = :conversation AND status = 'held' AND sender = 'bot'
          AND created_at < now() - interval '{STALE}'
    ), released AS (
        UPDATE delivery SET status = 'waiting', next_at = now() + make_interval(secs => :hold)
        WHERE conversation_id = :conversation AND status = 'held'
          AND NOT (sender = 'bot' AND created_at < now() - interval '{STALE}')
        RETURNING conversation_id::text AS lane, CASE WHEN next_at > now() THEN next_at END AS due
    ), renewed AS (
        INSERT INTO send_budget (conversation_id) SELECT :conversation WHERE :budgeted
        ON CONFLICT (conversation_id) DO UPDATE SET renewed_at = now(), spent = 0
    ), woken AS (
        SELECT {DEFER_DELIVERY}
        FROM (SELECT DISTINCT lane, due FROM released) AS lanes
    )
    SELECT count(*) FROM woken
    """  # noqa: S608 - our own names
)
_HOLD = text(
    "UPDATE conversation SET hold_until = now() + make_interval(secs => :hold) WHERE id = :conversation"
)
_BUTTONS = text(
    f"""
    SELECT ({BUTTONS_OF.format(head="h.id")}) FROM message h
    WHERE h.id = :message AND h.conversation_id = :conversation AND h.sender <> 'shopper'
    """  # noqa: S608 - our own names
)
# The answer follows an edit only while there is none; where a person answers, they see the new words.
_EDIT = text(
    """
    WITH edited AS (
        UPDATE message m SET text = :text FROM conversation c
        WHERE c.id = :conversation AND m.conversation_id = c.id AND m.sender = 'shopper'
          AND m.origin ->> 'message_id' = :message AND (m.status = 'pending' OR c.mode = 'human')
        RETURNING m.id
    )
    SELECT id, pg_notify(:channel, :lane) FROM edited
    """
)
_LEFT = text(
    """
    UPDATE contact_inbox SET blocked_at = now()
    WHERE channel_account_id = :account AND external_id = :sender AND blocked_at IS NULL
    """
)
_RENAME = text(
    """
    UPDATE contact_inbox SET external_id = :new WHERE channel_account_id = :account AND external_id = :old
      AND NOT EXISTS (SELECT FROM contact_inbox WHERE channel_account_id = :account AND external_id = :new)
    """
)


class Intake:
    """Stores values. One for a process: it remembers conversations and how fast contacts write."""

    def __init__(self, sessions: Sessions, single: Sessions, contacts: Rate) -> None:
        self._sessions = sessions
        self._single = single
        self._contacts = contacts
        self._known: TTLCache[tuple[int, str], uuid.UUID] = TTLCache(maxsize=20_000, ttl=600)

    async def take(
        self, account: Account, budgeted: bool, values: list[Value], hold: float = 0.0
    ) -> list[Taken]:
        """Store each value once, in order. Raises what the database raises; then the platform sends again,
        and what was stored is known."""
        taken = []
        for value in values:
            INCOMING.labels(account.channel, type(value).__name__.lower()).inc()
            done = await self._one(account, budgeted, value, hold)
            if done is not None:
                taken.append(done)
        return taken

    async def _one(self, account: Account, budgeted: bool, value: Value, hold: float) -> Taken | None:
        match value:
            case Left():
                await self._run(_LEFT, account=account.id, sender=value.sender)
            case Renamed():
                await self._run(_RENAME, account=account.id, old=value.old, new=value.new)
                self._known.pop((account.id, value.old), None)
            case Edited():
                return await self._edit(account, value)
            case Noticed() | Incoming() | Pressed():
                try:
                    return await self._store(account, budgeted, value, hold)
                except ConversationGone:  # deleted since we remembered it
                    self._known.pop((account.id, value.sender), None)
                    return await self._store(account, budgeted, value, hold)
        return None

    async def _store(
        self, account: Account, budgeted: bool, value: Noticed | Incoming | Pressed, hold: float
    ) -> Taken | None:
        conversation = await self.conversation(account, value)
        slow = not isinstance(value, Noticed) and bool(self._contacts.wait_for((account.id, value.sender)))
        async with transaction(self._sessions) as session:
            if isinstance(value, Noticed):
                return await _notice(session, conversation, budgeted, value, hold)
            if slow:
                return await _slow_down(session, conversation, value)
            words, title = value.text if isinstance(value, Incoming) else "", None
            if isinstance(value, Pressed):
                pressed = await _pressed(session, conversation, value)
                if pressed is None:
                    return None
                words, title = pressed["payload"], pressed["title"]
            origin = value.origin if isinstance(value, Incoming) else None
            words = _readable(words)
            if not clean(words) and not (origin and origin.get("kind")):
                return None
            title = value.title if isinstance(value, Incoming) else title
            stored = await store_message(
                session,
                conversation,
                external_id=value.external_id,
                words=words,
                title=title,
                origin=origin,
            )
            if stored.new:
                heard = {"conversation": conversation, "budgeted": budgeted, "hold": hold}
                await session.execute(_HEARD, heard)
                await _hold(session, conversation, hold)
            return Taken(conversation, stored.id, stored.new)

    async def conversation(self, account: Account, value: Noticed | Incoming | Pressed) -> uuid.UUID:
        """The sender's conversation; contact and conversation are made at their first word."""
        key = (account.id, value.sender)
        known = self._known.get(key) or await self._find(account, value.sender)
        if known is None:
            async with transaction(self._sessions) as session:
                await _open(session, account, value)
            known = await self._find(account, value.sender)
        if known is None:
            raise ConversationGone
        self._known[key] = known
        return known

    async def _find(self, account: Account, sender: str) -> uuid.UUID | None:
        async with self._single() as session:
            found: uuid.UUID | None = await session.scalar(_FIND, {"account": account.id, "sender": sender})
        return found

    async def _edit(self, account: Account, value: Edited) -> Taken | None:
        conversation = await self._find(account, value.sender)
        words = _readable(value.text)
        if conversation is None or not clean(words):
            return None
        values = {"conversation": conversation, "message": value.message_id, "text": words}
        async with self._single() as session:
            row = (
                await session.execute(_EDIT, {**values, "channel": CHANNEL, "lane": str(conversation)})
            ).first()
        return Taken(conversation, row.id if row else None, row is not None)

    async def _run(self, statement: Any, **values: Any) -> None:
        async with self._single() as session:
            await session.execute(statement, values)


async def _open(session: AsyncSession, account: Account, value: Noticed | Incoming | Pressed) -> None:
    """Contact, inbox, conversation. Two at once: a lock on the account and sender lets one make them."""
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
    await session.execute(lock, {"key": f"contact {account.id} {value.sender}"})
    known = await session.scalar(
        text("SELECT id FROM contact_inbox WHERE channel_account_id = :account AND external_id = :sender"),
        {"account": account.id, "sender": value.sender},
    )
    if known is not None:
        contact = await session.scalar(
            text("SELECT contact_id FROM contact_inbox WHERE id = :id"), {"id": known}
        )
        if await session.scalar(_FIND, {"account": account.id, "sender": value.sender}):
            return
    else:
        person = Contact(shop_id=account.shop_id)
        session.add(person)
        await session.flush()
        inbox = ContactInbox(
            contact_id=person.id, channel_account_id=account.id, external_id=value.sender, expires_at=None
        )
        session.add(inbox)
        await session.flush()
        contact, known = person.id, inbox.id
    public = isinstance(value, Noticed) and not value.private
    session.add(
        Conversation(
            shop_id=account.shop_id,
            contact_id=contact,
            contact_inbox_id=known,
            account_id=account.id,
            mode=Mode.closed if public else Mode.bot,
            language=value.language
            if value.language in LANGUAGES
            else await _first_language(session, account),
        )
    )


async def _first_language(session: AsyncSession, account: Account) -> str:
    """What the shop begins in with one whose language is not known."""
    return ShopRules.model_validate((await session.get_one(Shop, account.shop_id)).settings).first_language


async def _notice(
    session: AsyncSession, conversation: uuid.UUID, budgeted: bool, value: Noticed, hold: float
) -> Taken | None:
    language = await _language(session, conversation)
    await _hold(session, conversation, hold)
    said = await post(
        session,
        conversation,
        sender=Sender.bot,
        words=value.words[language],
        language=language,
        buttons=value.buttons.get(language),
        external_id=value.external_id,
        notice=True,
    )
    if said:
        await session.execute(_HEARD, {"conversation": conversation, "budgeted": budgeted, "hold": hold})
    return Taken(conversation, None, said is not None)


async def _hold(session: AsyncSession, conversation: uuid.UUID, seconds: float) -> None:
    """Leave what is said now to the callback that is open."""
    if seconds:
        await session.execute(_HOLD, {"conversation": conversation, "hold": seconds})


async def _slow_down(
    session: AsyncSession, conversation: uuid.UUID, value: Incoming | Pressed
) -> Taken | None:
    """Too many messages in a short time: they are not taken, and the shopper is told, once a minute."""
    INCOMING.labels("any", "too_fast").inc()
    language = await _language(session, conversation)
    minute = await session.scalar(text("SELECT to_char(now(), 'YYYYMMDDHH24MI')"))
    await post(
        session,
        conversation,
        sender=Sender.bot,
        words=notices.TOO_FAST[language],
        language=language,
        external_id=f"too fast {minute}",
        notice=True,
    )
    return None


async def _pressed(session: AsyncSession, conversation: uuid.UUID, value: Pressed) -> dict[str, str] | None:
    values = {"conversation": conversation, "message": value.message}
    buttons = offered(await session.scalar(_BUTTONS, values) or ())
    return buttons[value.button] if 0 <= value.button < len(buttons) else None


async def _language(session: AsyncSession, conversation: uuid.UUID) -> str:
    language = await session.scalar(
        text("SELECT language FROM conversation WHERE id = :id"), {"id": conversation}
    )
    if language is None:
        raise ConversationGone
    return str(language)


def _readable(words: str) -> str:
    """Without what the database cannot hold: NUL, and halves of characters."""
    whole = words.encode("utf-8", "replace").decode()
    return whole.replace("\0", "")[:MAX_TEXT]
