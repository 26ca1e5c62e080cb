"""What the shop answers. Texts are kept by language, {"zh": …, "ug": …}; one of the two may be missing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

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
    created_at: Mapped[CreatedAt]
    # The clock, not the transaction's start: two changes in one transaction are told apart.
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.clock_timestamp(), onupdate=func.clock_timestamp()
    )
