"""The worker: takes jobs, one lane a conversation, many lanes at once."""

import asyncio
import uuid

import procrastinate

from bot.engine import Engine
from bot.jobs import ANSWER_TASK, QUEUE, queue_of, single_statements
from bot.settings import Settings
from bot.sweep import DEAD_AFTER, sweep_forever
from bot.turn import answer_all
from shop.database import Sessions, connect

LANES = 24  # conversations answered at once


async def work(settings: Settings) -> None:
    """Run until a signal stops it; turns in progress are finished first."""
    engine = Engine(settings.engine_url, settings.engine_secret)
    database, sessions = connect(settings.database_url, pool_size=10)
    queue = queue_of(settings.database_url)
    register(queue, single_statements(database), engine)
    async with queue.open_async():
        sweeper = asyncio.create_task(sweep_forever(queue, sessions))
        try:
            await queue.run_worker_async(
                queues=[QUEUE],
                concurrency=LANES,
                fetch_job_polling_interval=1.0,  # a job that is tried again announces itself to nobody
                delete_jobs="always",
                update_heartbeat_interval=DEAD_AFTER / 4,
                stalled_worker_timeout=DEAD_AFTER,
                shutdown_graceful_timeout=6.0,
            )
        finally:
            sweeper.cancel()
    await engine.close()
    await database.dispose()


def register(queue: procrastinate.App, sessions: Sessions, engine: Engine) -> None:
    # Without an engine the lane is free for others meanwhile; the job comes again in a second, without end.
    @queue.task(name=ANSWER_TASK, queue=QUEUE, retry=procrastinate.RetryStrategy(wait=1))
    async def answer(conversation: str) -> None:
        await answer_all(sessions, engine, uuid.UUID(conversation))
