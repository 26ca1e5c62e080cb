"""What people's work on conversations leaves behind: notes, read marks, ratings, and the feed of changes."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import bot.models  # noqa: F401 - conversations are in its tables
from shop.database import Base, CreatedAt


class Note(Base):
    """What staff tell each other about a conversation. A table of its own: no shopper's read can meet it."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_mentions", "mentions", postgresql_using="gin"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), index=True
    )
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    text: Mapped[str]
    mentions: Mapped[list[int]] = mapped_column(default=list)  # staff ids
    at: Mapped[CreatedAt]


class CannedReply(Base):
    """An answer kept ready; `{name}`-like placeholders are filled in when it is put into the composer."""

    __tablename__ = "canned_reply"
    __table_args__ = (UniqueConstraint("shop_id", "shortcut"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    shortcut: Mapped[str]  # typed after a slash
    text: Mapped[dict[str, str]]  # {"zh": …, "ug": …}; one may be missing
    updated_at: Mapped[CreatedAt]


class Translation(Base):
    """What a machine made of a message for someone who does not read its language."""

    __tablename__ = "translation"

    message_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    language: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    at: Mapped[CreatedAt]


class ReadMark(Base):
    """How far someone has read a conversation."""

    __tablename__ = "read_mark"

    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int]
    note: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")  # the last that was there


class Rating(Base):
    """How content a shopper was with one handover, or with the bot alone."""

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        UniqueConstraint("conversation_id", "epoch"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    epoch: Mapped[int]  # of the conversation when it was closed: one rating for each closing
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    score: Mapped[int]
    words: Mapped[str | None]
    at: Mapped[CreatedAt]


class Change(Base):
    """The numbered feed an inbox follows. Rows are written by triggers (migration 0004), so no writer can
    forget one.

    `era` is the writing transaction's number. Readers go by it: rows of transactions older than every one
    still running can never be joined by more; an `id` is given out before the commit and may appear late.
    """

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_shop_era", "shop_id", "era", "id"), Index("ix_change_at", "at"))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    shop_id: Mapped[int]
    conversation_id: Mapped[uuid.UUID]
    kind: Mapped[str]  # message, delivery, state, note, rating
    seq: Mapped[int | None]  # of the message
    details: Mapped[dict[str, Any] | None]
    era: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[CreatedAt]
