"""What the desk stores: contacts, conversations, messages, handovers. Words as in docs/architecture.md."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

import bot.staff.models  # noqa: F401 - owners of conversations are in its tables
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
    __table_args__ = (
        UniqueConstraint("shop_id", "channel", "name"),
        # a callback's address names channel and account, not the shop
        Index(
            "uq_channel_account_external",
            "channel",
            "name",
            unique=True,
            postgresql_where=text("channel <> 'web'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    channel: Mapped[str]  # web, telegram, wechat, wecom
    name: Mapped[str]
    config: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # nothing secret
    secrets: Mapped[bytes | None]  # sealed, see bot/vault.py
    updated_at: Mapped[CreatedAt]


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
    blocked_at: Mapped[
        datetime | None
    ]  # since when the platform refuses what we send; until they write again


class Conversation(Base):
    __tablename__ = "conversation"
    __table_args__ = (
        Index("ix_conversation_mode", "shop_id", "mode", text("last_at DESC"), text("id DESC")),
        Index("ix_conversation_latest", "shop_id", text("last_at DESC"), text("id DESC")),
        Index("ix_conversation_owner", "owner_id", text("last_at DESC"), text("id DESC")),
        Index("ix_conversation_queue", "shop_id", "rank_at", "id", postgresql_where=text("mode = 'queued'")),
        Index("ix_conversation_contact", "contact_id"),
    )

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
    epoch: Mapped[int] = mapped_column(default=0, server_default="0")
    """Rises whenever a person takes over or gives back: what the bot worked out before is then not said."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    """Whose outbox replies go through; none on the web, where readers read rows."""
    hold_until: Mapped[datetime | None]
    """Until then the platform's own callback may carry the replies, and the outbox leaves them to it."""
    created_at: Mapped[CreatedAt]
    last_at: Mapped[CreatedAt]  # of the last message
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    brief: Mapped[dict[str, Any] | None]  # from a person who gave it back, for the bot's next turn
    closed_at: Mapped[datetime | None]
    result: Mapped[str | None]  # how it was closed: a word of bot.support.moves.Result
    # The queue (bot.support.queue). Who waits for a person is served by `rank_at`, earliest first.
    queued_at: Mapped[datetime | None]  # since when a person is asked for
    rank_at: Mapped[datetime | None]  # the same, earlier by what mood and value are worth
    waiting_since: Mapped[datetime | None]  # the first message no person has answered, while people have it
    # The mood since the bot last got it fresh (actions.mood).
    emotion: Mapped[str | None]
    intensity: Mapped[float | None]
    anger: Mapped[int] = mapped_column(default=0, server_default="0")  # angry messages in a row


class Message(Base):
    """One message, numbered within its conversation. Numbers rise and may have gaps."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "external_id"),
        Index("ix_message_reply", "in_reply_to"),
        Index("ix_message_pending", "conversation_id", "seq", postgresql_where=text("status = 'pending'")),
        Index("ix_message_heard", "conversation_id", "seq", postgresql_where=text("sender = 'shopper'")),
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
    origin: Mapped[dict[str, Any] | None]  # of an external channel: see bot/channels/seam.py
    in_reply_to: Mapped[int | None] = mapped_column(BigInteger)
    status: Mapped[Status] = mapped_column(default=Status.done)
    attempts: Mapped[int] = mapped_column(default=0)
    at: Mapped[CreatedAt]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))  # who wrote it
    original: Mapped[str | None]  # what `text` is a machine's translation of, in the writer's language
    # of a shopper's message, as it was understood
    intent: Mapped[str | None]
    emotion: Mapped[str | None]
    intensity: Mapped[float | None]


class Attachment(Base):
    """A picture, re-encoded when it came in: no position data, no more than a screen needs. Or a voice
    message, as it came."""

    __tablename__ = "attachment"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    content_type: Mapped[str]
    content: Mapped[bytes]
    created_at: Mapped[CreatedAt]


class Reason(StrEnum):
    """Why a person is needed."""

    asked = "asked"  # the shopper asked for one
    anger = "anger"  # very angry, or angry twice in a row
    misses = "misses"  # not understood twice in a row
    amount = "amount"  # a rule of the shop: so much money is a person's decision
    failed = "failed"  # something broke
    undelivered = "undelivered"  # the bot's answer could not be sent
    voice = "voice"  # the shopper spoke instead of writing
    after_hours = "after_hours"  # asked for while nobody works
    staff = "staff"  # a person took it without being asked


class Handover(Base):
    """That a person is needed, why, and what came of it. One at a time is open in a conversation."""

    __tablename__ = "handover"
    __table_args__ = (
        Index("uq_handover_open", "conversation_id", unique=True, postgresql_where=text("closed_at IS NULL")),
        Index("ix_handover_due", "reply_due_at", postgresql_where=text("closed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[str]  # a Reason
    summary: Mapped[dict[str, Any] | None]  # what a person should know first (bot.support.summary)
    ready: Mapped[bool] = mapped_column(default=False, server_default="false")
    """The summary is made, the targets set, the place in the queue counted (bot.support.queue.admit)."""
    callback: Mapped[dict[str, str] | None]  # wanted outside hours: {"phone", "when"}
    at: Mapped[CreatedAt]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    claimed_at: Mapped[datetime | None]
    first_reply_at: Mapped[datetime | None]  # by a person
    reply_due_at: Mapped[datetime | None]  # the targets, on the clock of the shop's hours
    resolve_due_at: Mapped[datetime | None]
    warned: Mapped[str | None]  # the last warning given: reply_soon, reply_late, resolve_soon, resolve_late
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # released, closed


class DeliveryStatus(StrEnum):
    """Where a reply is on its way to an external platform."""

    waiting = "waiting"  # to be sent at `next_at`, after those before it
    merged = "merged"  # goes out with the reply that `merged_into` names
    sent = "sent"  # the platform has taken it
    held = "held"  # the platform takes nothing now; sent when the shopper writes again
    failed = "failed"  # set aside: cannot be delivered; staff see why
    dropped = "dropped"  # no longer to be said: a person took over, or it is out of date


class Delivery(Base):
    """The outbox: what bot and staff say on an external channel. A row a message, sent in `seq` order."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "ix_delivery_lane",
            "conversation_id",
            "seq",
            postgresql_where=text("status IN ('waiting', 'held')"),
        ),
        Index("ix_delivery_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_delivery_aside", "account_id", postgresql_where=text("status = 'failed'")),
    )

    message_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("channel_account.id", ondelete="CASCADE"))
    seq: Mapped[int]
    sender: Mapped[Sender]
    notice: Mapped[bool] = mapped_column(default=False, server_default="false")
    """A greeting or a notice: never takes the last send that an answer may need."""
    epoch: Mapped[int]
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.waiting, server_default="waiting")
    merged_into: Mapped[int | None] = mapped_column(BigInteger)
    parts_sent: Mapped[int] = mapped_column(default=0, server_default="0")  # of a text sent in several parts
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")  # that were this message's own fault
    doubts: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was sent again though an earlier try may have arrived: a crash or a cut line."""
    sending_at: Mapped[datetime | None]  # a try has begun whose end is not known
    next_at: Mapped[CreatedAt]
    error: Mapped[str | None]  # the last failure: a code, see bot/channels/seam.py
    external_id: Mapped[str | None]  # the platform's id of it
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[datetime | None]


class SendBudget(Base):
    """The ledger of a platform that takes so many sends per incoming message, within so many hours."""

    __tablename__ = "send_budget"

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    renewed_at: Mapped[CreatedAt]  # when the shopper last wrote
    spent: Mapped[int] = mapped_column(default=0, server_default="0")  # sends since


class AccessToken(Base):
    """The key to a platform that an account's calls carry: one for the whole deployment."""

    __tablename__ = "access_token"

    channel_account_id: Mapped[int] = mapped_column(
        ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True
    )
    token: Mapped[bytes]  # sealed
    version: Mapped[int]
    expires_at: Mapped[datetime]
    refreshing_until: Mapped[datetime | None]  # a process asks for a new one; after that it counts as dead


class Mailbox(Base):
    """Messages that a platform keeps until they are fetched (WeCom), and how far they have been."""

    __tablename__ = "mailbox"

    channel_account_id: Mapped[int] = mapped_column(
        ForeignKey("channel_account.id", ondelete="CASCADE"), primary_key=True
    )
    cursor: Mapped[str] = mapped_column(default="", server_default="")
    salt: Mapped[str] = mapped_column(server_default=text("left(md5(random()::text), 12)"))
    """Begins our message ids, so that they are new to the platform also after this database was made anew."""
    ticket: Mapped[str] = mapped_column(
        default="", server_default=""
    )  # of the last callback, lives 10 minutes
    rung: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # callbacks so far
    emptied: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # `rung` when last empty
    failures: Mapped[int] = mapped_column(default=0, server_default="0")  # in a row
    again_at: Mapped[CreatedAt]  # when it is looked into though nobody rang
    created_at: Mapped[CreatedAt]


class CallbackAnswer(Base):
    """What a callback was answered in its place: the same callback again is answered the same."""

    __tablename__ = "callback_answer"

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)  # the incoming message's external id
    answer: Mapped[str]
    partly: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # a reply not whole in it,
    parts: Mapped[int] = mapped_column(
        default=0, server_default="0"
    )  # of which so many parts are out with it
    sent: Mapped[bool] = mapped_column(default=False, server_default="false")
    at: Mapped[CreatedAt]
