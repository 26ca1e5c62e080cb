"""A web shopper's session: the token is the only key to one conversation; we keep its hash."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from cachetools import TTLCache
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.models import ChannelAccount, Contact, ContactInbox, Conversation
from bot.vault import hash_of
from shop.database import Sessions, now
from shop.models import Shop

LIFETIME = timedelta(days=90)
REMEMBERED = 60  # seconds a token's session is remembered without asking the database


@dataclass(frozen=True)
class WebSession:
    conversation: uuid.UUID
    shop: str  # slug


class WebSessions:
    """Opens sessions and finds them again by token."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._known: TTLCache[str, WebSession] = TTLCache(maxsize=10_000, ttl=REMEMBERED)

    async def open(self, session: AsyncSession, shop: Shop, language: str) -> tuple[str, uuid.UUID]:
        """A new contact with a conversation: its token (told once, never stored) and the conversation."""
        token = secrets.token_urlsafe(32)
        account = await _web_account(session, shop.id)
        contact = Contact(shop_id=shop.id)
        session.add(contact)
        await session.flush()
        inbox = ContactInbox(
            contact_id=contact.id,
            channel_account_id=account,
            external_id=hash_of(token),
            expires_at=now() + LIFETIME,
        )
        session.add(inbox)
        await session.flush()
        conversation = Conversation(
            shop_id=shop.id, contact_id=contact.id, contact_inbox_id=inbox.id, language=language
        )
        session.add(conversation)
        await session.flush()
        return token, conversation.id

    async def find(self, token: str) -> WebSession | None:
        """The session of a token; None for a forged or expired one."""
        hashed = hash_of(token)
        known = self._known.get(hashed)
        if known is None:
            async with self._sessions() as session:
                row = (
                    await session.execute(
                        select(Conversation.id, Shop.slug)
                        .join(ContactInbox, Conversation.contact_inbox_id == ContactInbox.id)
                        .join(ChannelAccount, ContactInbox.channel_account_id == ChannelAccount.id)
                        .join(Shop, Conversation.shop_id == Shop.id)
                        .where(ChannelAccount.channel == "web", ContactInbox.external_id == hashed)
                        .where(ContactInbox.expires_at > text("now()"))
                    )
                ).first()
            if row is None:
                return None
            known = self._known[hashed] = WebSession(row.id, row.slug)
        return known


async def _web_account(session: AsyncSession, shop_id: int) -> int:
    """Every shop has one web account, made when it is first needed."""
    found = select(ChannelAccount.id).filter_by(shop_id=shop_id, channel="web", name="web")
    account = await session.scalar(found)
    if account is None:
        new = (
            insert(ChannelAccount).values(shop_id=shop_id, channel="web", name="web").on_conflict_do_nothing()
        )
        await session.execute(new)
        account = (await session.scalars(found)).one()
    return account
