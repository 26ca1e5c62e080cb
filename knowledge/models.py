"""What the shop answers. Texts are kept by language, {"zh": …, "ug": …}; one of the two may be missing."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from pgvector.sqlalchemy import BIT, HALFVEC
from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from shop.database import Base, CreatedAt


class FaqEntry(Base):
    """One question of the shop's FAQs, the ways shoppers put it, and its answer."""

    __tablename__ = "faq"
    __table_args__ = (UniqueConstraint("shop_id", "key"),)
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - a changed `updated_at` comes back with the UPDATE

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"), index=True)
    key: Mapped[str | None]  # a stable name, for entries that come from a file; never changes
    question: Mapped[dict[str, str]]
    variants: Mapped[dict[str, list[str]]] = mapped_column(JSONB, default=dict)  # other ways to ask it
    answer: Mapped[dict[str, str]]
    tags: Mapped[list[str]] = mapped_column(default=list)  # intents it serves, and the shop's own words
    enabled: Mapped[bool] = mapped_column(default=True)  # False: kept, but never answered from
    products: Mapped[list[str]] = mapped_column(default=list, server_default="[]")  # SKUs it is about
    extras: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}"
    )  # picture, links, buttons
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # not published yet
    valid_from: Mapped[date | None]  # days in China, both included
    valid_until: Mapped[date | None]
    created_at: Mapped[CreatedAt]
    # The clock, not the transaction's start: two changes in one transaction are told apart.
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), onupdate=func.clock_timestamp()
    )


class FaqIndex(Base):
    """What search asks of a shop at each question: whether its wordings have changed since."""

    __tablename__ = "faq_index"

    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    wordings: Mapped[int] = mapped_column(default=0, server_default="0")  # those that are live


class FaqWording(Base):
    """One way to ask an entry's question, as search sees it. Written by knowledge.indexing alone."""

    __tablename__ = "faq_wording"
    __table_args__ = (
        Index("ix_faq_wording_faq", "faq_id"),
        Index("ix_faq_wording_lexemes", "lexemes", postgresql_using="gin"),
        # Everything that the search for near ones reads stands in the index itself.
        Index("ix_faq_wording_near", "shop_id", "live", postgresql_include=["id", "bits"]),
        Index("ix_faq_wording_text", "text", postgresql_using="hash"),  # equal texts mean the same
        Index("ix_faq_wording_pending", "id", postgresql_where=text("embedding IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    faq_id: Mapped[int] = mapped_column(ForeignKey("faq.id", ondelete="CASCADE"))
    language: Mapped[str]
    text: Mapped[str]
    live: Mapped[bool]  # the entry is enabled
    lexemes: Mapped[Any] = mapped_column(TSVECTOR)  # features, each with the shop before it
    topic: Mapped[list[str]] = mapped_column(ARRAY(Text))  # features that most wordings of the entry have
    embedding: Mapped[Any | None] = mapped_column(HALFVEC(384))  # None: not made yet
    bits: Mapped[Any | None] = mapped_column(BIT(384))  # the signs of `embedding`


class FaqChange(Base):
    """Who changed what. `before` None: the entry was made; `after` None: it was removed."""

    __tablename__ = "faq_change"
    __table_args__ = (
        Index("ix_faq_change_faq", "shop_id", "faq_id", "id"),
        Index("ix_faq_change_batch", "batch"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    faq_id: Mapped[int]  # may be gone
    batch: Mapped[uuid.UUID]  # what was done in one go: an import, a bulk edit
    staff_id: Mapped[int | None]
    name: Mapped[str]  # of who did it, at the time
    action: Mapped[str]  # create, change, draft, publish, delete, import, bulk, undo
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    at: Mapped[CreatedAt]


class FaqAsked(Base):
    """A shopper's question and what became of it. The words stand in the message that `turn` names, only."""

    __tablename__ = "faq_asked"
    __table_args__ = (
        UniqueConstraint("shop_id", "turn", "clause"),
        Index("ix_faq_asked_at", "shop_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    turn: Mapped[str]
    clause: Mapped[int]
    outcome: Mapped[str]  # answer, ask, pass, fact
    faq_id: Mapped[int | None]  # the entry answered from, or the nearest one
    embedding: Mapped[Any | None] = mapped_column(HALFVEC(384))
    done: Mapped[bool] = mapped_column(
        default=False, server_default="false"
    )  # dealt with on the learning page
    at: Mapped[CreatedAt]


class FaqTest(Base):
    """A question of the shop's own, and the entry that should answer it; None: none should."""

    __tablename__ = "faq_test"
    __table_args__ = (UniqueConstraint("shop_id", "text"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    text: Mapped[str]
    faq_id: Mapped[int | None] = mapped_column(ForeignKey("faq.id", ondelete="CASCADE"))
    at: Mapped[CreatedAt]
