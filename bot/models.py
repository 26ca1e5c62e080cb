"""What the desk stores: contacts, conversations, messages, handovers. Words as in docs/architecture.md."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shop.database import Base, CreatedAt


class Mode(StrEnum):
    """Who has a conversation."""

    bot = "bot"  # the bot answers
    queued = "queued"  # a person was asked for; until one comes, the bot goes on answering
    human = "human"  # a person answers, the bot is silent
    closed = "closed"  # done; the shopper's next message opens it again with the bot


class Sender(StrEnum):
    shopper = "shopper"
    bot = "bot"
    staff = "staff"


class Status(StrEnum):
    """How far a shopper's message has come. Replies are `done` when written."""

    pending = "pending"  # stored, not answered yet
    done = "done"  # answered, or left to the person who has the conversation
    failed = "failed"  # could not be answered; the shopper was told and a handover opened


class ChannelAccount(Base):
    """One bot or official account of one shop on one channel; the web widget is one too."""

    __tablename__ = "channel_account"
    __table_args__ = (UniqueConstraint("shop_id", "channel", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    channel: Mapped[str]  # web, telegram, wechat, wecom
    name: Mapped[str]


class Contact(Base):
    """A person who writes to a shop."""

    __tablename__ = "contact"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]


class ContactInbox(Base):
    """That person's id on one channel account. On the web it is the hash of the session token."""

    __tablename__ = "contact_inbox"
    __table_args__ = (UniqueConstraint("channel_account_id", "external_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    channel_account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    external_id: Mapped[str]
    expires_at: Mapped[datetime | None]  # web sessions only


class Conversation(Base):
    __tablename__ = "conversation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    contact_inbox_id: Mapped[int] = mapped_column(
        ForeignKey("contact_inbox.id", ondelete="CASCADE"), index=True
    )
    mode: Mapped[Mode] = mapped_column(default=Mode.bot)
    language: Mapped[str] = mapped_column(default="zh")  # of the bot's answers: zh or ug
    state: Mapped[dict[str, Any] | None]  # the engine's, opaque here
    last_seq: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[CreatedAt]


class Message(Base):
    """One message, numbered within its conversation. Numbers rise and may have gaps."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "external_id"),
        Index("ix_message_reply", "in_reply_to"),
        Index("ix_message_pending", "conversation_id", "seq", postgresql_where=text("status = 'pending'")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int]
    sender: Mapped[Sender]
    text: Mapped[str]
    title: Mapped[str | None]  # what a pressed button said
    buttons: Mapped[list[dict[str, str]] | None]
    attachment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("attachment.id"))
    language: Mapped[str]
    external_id: Mapped[str | None]  # the sender's own id of it; the same id again is the same message
    in_reply_to: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[Status] = mapped_column(default=Status.done)
    attempts: Mapped[int] = mapped_column(default=0)
    at: Mapped[CreatedAt]


class Attachment(Base):
    """A picture, re-encoded when it came in: no position data, no more than a screen needs."""

    __tablename__ = "attachment"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    content_type: Mapped[str]
    content: Mapped[bytes]
    created_at: Mapped[CreatedAt]


class Handover(Base):
    """That a person is needed, and why."""

    __tablename__ = "handover"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[str]  # asked, failed
    at: Mapped[CreatedAt]
    closed_at: Mapped[datetime | None]
