"""What is kept about the ways in: keys of the seller's programs, secrets of services, files on their way."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

import bot.staff.models  # noqa: F401 - whoever brings a file is in its tables
from shop.database import Base, CreatedAt


class ApiKey(Base):
    """The key of a seller's program. Only its hash is kept; it opens orders and parcels, nothing else."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]  # what the seller calls the program
    beginning: Mapped[str]  # the first letters, to tell keys apart
    key_hash: Mapped[str] = mapped_column(unique=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))  # who made it
    created_at: Mapped[CreatedAt]
    used_at: Mapped[datetime | None]  # last, to within a minute
    revoked_at: Mapped[datetime | None]


class ShopSecret(Base):
    """What only a shop and a service it uses know, sealed (bot.vault)."""

    __tablename__ = "shop_secret"
    __table_args__ = (UniqueConstraint("shop_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    name: Mapped[str]  # kuaidi100
    sealed: Mapped[bytes]
    updated_at: Mapped[CreatedAt]


class ImportState(StrEnum):
    """How far a file has come. The file itself is kept until it is done with."""

    waiting = "waiting"  # a worker has yet to look at it
    checking = "checking"  # being read; nothing is stored of it yet
    columns = "columns"  # the seller has to say which column is which
    checked = "checked"  # read: this is what would come of it; the seller has to say yes
    taking = "taking"  # its good lines are being taken over
    done = "done"
    refused = "refused"  # cannot be read at all
    stopped = "stopped"  # the seller said no, or to stop; what was taken by then stays


class OrderImport(Base):
    """A file of orders on its way in."""

    __tablename__ = "order_import"
    __table_args__ = (Index("ix_order_import_shop", "shop_id", "created_at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id", ondelete="CASCADE"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    file_name: Mapped[str]
    size: Mapped[int]
    state: Mapped[ImportState] = mapped_column(default=ImportState.waiting)
    ask: Mapped[bool] = mapped_column(default=False)  # wait for a yes once it is checked
    columns: Mapped[dict[str, str] | None] = mapped_column(
        JSONB
    )  # field: title in this file, as found or told
    titles: Mapped[list[str]] = mapped_column(default=list)  # the file's own
    lines: Mapped[int] = mapped_column(default=0)  # read so far
    good: Mapped[int] = mapped_column(default=0)
    bad: Mapped[int] = mapped_column(default=0)
    orders: Mapped[int] = mapped_column(default=0)  # to be taken
    taken: Mapped[int] = mapped_column(default=0)  # so far
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    fault: Mapped[dict[str, Any] | None]  # why it was refused: {"code", "facts"}
    created_at: Mapped[CreatedAt]
    ended_at: Mapped[datetime | None]


class ImportPart(Base):
    """A piece of the file: any machine's worker can read it."""

    __tablename__ = "import_part"

    import_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("order_import.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes]


class ImportLine(Base):
    """A good line, until its order has been taken."""

    __tablename__ = "import_line"
    __table_args__ = (Index("ix_import_line_order", "import_id", "order_number", "line"),)

    import_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("order_import.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_number: Mapped[str]  # as numbers are compared
    goods: Mapped[str]  # what tells the order's goods apart
    content: Mapped[dict[str, Any]]


class ImportProblem(Base):
    """A bad line: its number and what is wrong, nothing of what it says."""

    __tablename__ = "import_problem"

    import_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("order_import.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    field: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
