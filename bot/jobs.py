"""The job queue: procrastinate on the same PostgreSQL, one lane (lock) a conversation.

Chosen because jobs are rows: a message and its job commit together, and no second service is needed.
"""

import procrastinate
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from shop.database import Sessions

QUEUE = "turns"
ANSWER_TASK = "answer"
OUTBOX = "outbox"  # a queue of its own: a platform that hangs must not keep turns waiting
DELIVER_TASK = "deliver"

#: SQL that makes the job which sends a conversation's outbox, from a row with `lane` and `due` (NULL: now)
DEFER_DELIVERY = f"""procrastinate_defer_jobs_v1(ARRAY[ROW(
            '{OUTBOX}', '{DELIVER_TASK}', 0, 'send ' || lane, NULL,
            jsonb_build_object('conversation', lane), due
        )::procrastinate_job_to_defer_v1])"""

IMPORTS = "imports"  # files of orders, one at a time: they shall not slow down turns
IMPORT_TASK = "take_import"

#: SQL that makes the job which goes on with an import, from its row
DEFER_IMPORT = f"""procrastinate_defer_jobs_v1(ARRAY[ROW(
            '{IMPORTS}', '{IMPORT_TASK}', 0, 'import ' || shop_id, NULL,
            jsonb_build_object('number', id), NULL
        )::procrastinate_job_to_defer_v1])"""


def queue_of(database_url: str, pool_size: int = 6) -> procrastinate.App:
    """The queue on that database. Jobs only wake workers: one whose finish mark a crash has undone runs again
    (`bot.sweep.InHand`) and finds nothing to do. Hence the faster commit on its connections."""
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
