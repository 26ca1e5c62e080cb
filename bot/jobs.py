"""The job queue: procrastinate on the same PostgreSQL, one lane (lock) a conversation.

Chosen because jobs are rows: a message and its job commit together, and no second service is needed.
"""

import procrastinate
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from shop.database import Sessions

QUEUE = "turns"
ANSWER_TASK = "answer"


def queue_of(database_url: str, pool_size: int = 6) -> procrastinate.App:
    """The queue on that database. Jobs only wake workers, so losing a finish mark in a crash is harmless:
    the job runs again and finds nothing to do. Hence the faster commit on its connections."""
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=database_url.replace("+psycopg", "", 1),
            min_size=2,
            max_size=pool_size,
            kwargs={"options": "-c synchronous_commit=off", "prepare_threshold": 2},
        )
    )


def single_statements(database: AsyncEngine) -> Sessions:
    """Sessions in which each statement is its own transaction: a message's way has three statements, and
    no BEGIN and COMMIT around them."""
    return async_sessionmaker(
        database.execution_options(isolation_level="AUTOCOMMIT"), expire_on_commit=False
    )
