"""Alembic: the URL comes from the caller, the tables from every package that has some."""

import sqlalchemy
from alembic import context

import bot.models
import bot.orders.models
import bot.staff.models
import bot.support.models  # noqa: F401
import knowledge.models  # noqa: F401
import shop.models  # noqa: F401
from shop.database import Base


def ours(name: str | None, kind: str, parent: object) -> bool:
    """Procrastinate's tables are its own."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


engine = sqlalchemy.create_engine(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, include_name=ours)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
