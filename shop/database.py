"""The one database: declarative base, column types, engine and sessions, for every package above."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import DateTime, Enum, MetaData, Numeric, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, mapped_column

Sessions = async_sessionmaker[AsyncSession]

Money = Annotated[Decimal, mapped_column(Numeric(12, 2))]
"""Yuan, two decimals, never a float."""

CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]


class Base(DeclarativeBase):
    """Maps `datetime` to timestamptz, dicts and lists to JSONB, enums to checked strings."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration style
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        dict[str, str]: JSONB,
        list[str]: JSONB,
        list[int]: JSONB,
        list[dict[str, str]]: JSONB,
        StrEnum: Enum(StrEnum, native_enum=False, length=30),
    }


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def connect(url: str, pool_size: int = 10) -> tuple[AsyncEngine, Sessions]:
    """An engine and its session factory for a `postgresql+psycopg://` URL. Nothing connects yet.

    Server-side prepared statements are kept from the first use on: the message path repeats a few statements.
    """
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=False,
        connect_args={"prepare_threshold": 2, "connect_timeout": 5},
    )
    return engine, async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """One unit of work: committed when the block ends well, rolled back when it raises."""
    async with sessions() as session, session.begin():
        yield session
