"""A shop with conversations and staff in a test's own database, without the rest of the product."""

import json
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import text, update

from bot.models import ChannelAccount, Contact, ContactInbox, Conversation, Handover, Message, Mode, Sender
from bot.staff.access import Who
from bot.staff.models import Membership, Role, Staff
from shop.database import Sessions, now, transaction
from shop.models import Shop


class Desk:
    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.shop_id = 0
        self._account = 0

    async def open(self, **service: Any) -> "Desk":
        async with transaction(self.sessions) as session:
            shop = Shop(slug=f"s{uuid.uuid4().hex[:8]}", name={"zh": "店"}, settings={"service": service})
            session.add(shop)
            await session.flush()
            account = ChannelAccount(shop_id=shop.id, channel="web", name="web")
            session.add(account)
            await session.flush()
            self.shop_id, self._account = shop.id, account.id
        return self

    async def agent(self, *, role: Role = Role.agent, seen_ago: float = 0, **more: Any) -> Who:
        """Available, unless said otherwise; `seen_ago` seconds since their inbox showed life."""
        async with transaction(self.sessions) as session:
            email = f"{uuid.uuid4().hex}@shop.example"
            staff = Staff(email=email, name=email[:6], password_hash="")
            session.add(staff)
            await session.flush()
            works = {"available": True, "seen_at": now() - timedelta(seconds=seen_ago), **more}
            session.add(Membership(staff_id=staff.id, shop_id=self.shop_id, role=role, **works))
            return Who(staff.id, staff.name, email, "zh", self.shop_id, "s", role, session_id=0, csrf="")

    async def conversation(
        self, *, waiting_minutes: float | None = None, reason: str = "asked", **more: Any
    ) -> uuid.UUID:
        """In the queue since so many minutes, if any are given; handed over, and not made ready yet."""
        async with transaction(self.sessions) as session:
            contact = Contact(shop_id=self.shop_id)
            session.add(contact)
            await session.flush()
            inbox = ContactInbox(
                contact_id=contact.id, channel_account_id=self._account, external_id=uuid.uuid4().hex
            )
            session.add(inbox)
            await session.flush()
            since = now() - timedelta(minutes=waiting_minutes) if waiting_minutes is not None else None
            waits = {"mode": Mode.queued, "queued_at": since, "rank_at": since, "waiting_since": since}
            conversation = Conversation(
                shop_id=self.shop_id,
                contact_id=contact.id,
                contact_inbox_id=inbox.id,
                **{**(waits if since else {}), **more},
            )
            session.add(conversation)
            await session.flush()
            if since:
                session.add(Handover(conversation_id=conversation.id, reason=reason, at=since))
            return conversation.id

    async def said(self, conversation: uuid.UUID, words: str, **more: Any) -> None:
        async with transaction(self.sessions) as session:
            seq = await session.scalar(
                text("UPDATE conversation SET last_seq = last_seq + 1 WHERE id = :id RETURNING last_seq"),
                {"id": conversation},
            )
            session.add(
                Message(
                    conversation_id=conversation,
                    seq=seq,
                    sender=Sender.shopper,
                    text=words,
                    language="zh",
                    **more,
                )
            )

    async def at(self, conversation: uuid.UUID) -> Conversation:
        async with self.sessions() as session:
            return await session.get_one(Conversation, conversation)

    async def handover(self, conversation: uuid.UUID) -> Handover:
        async with self.sessions() as session:
            statement = text("SELECT id FROM handover WHERE conversation_id = :id ORDER BY id DESC LIMIT 1")
            return await session.get_one(Handover, await session.scalar(statement, {"id": conversation}))

    async def set(self, conversation: uuid.UUID, **values: Any) -> None:
        async with transaction(self.sessions) as session:
            await session.execute(
                update(Conversation).where(Conversation.id == conversation).values(**values)
            )

    async def service(self, **service: Any) -> None:
        async with transaction(self.sessions) as session:
            await session.execute(
                text("UPDATE shop SET settings = CAST(:settings AS jsonb) WHERE id = :id"),
                {"id": self.shop_id, "settings": json.dumps({"service": service})},
            )
