"""The worker: takes jobs, one lane a conversation, many lanes at once; sweeps up what a lost job left behind."""

import asyncio
import logging
import uuid

import procrastinate
from sqlalchemy import text

from bot.engine import Engine
from bot.jobs import ANSWER_TASK, QUEUE, queue_of
from bot.settings import Settings
from bot.turn import answer_all
from shop.database import Sessions, connect

logger = logging.getLogger(__name__)

LANES = 24  # conversations answered at once
SWEEP_EVERY = 10.0  # seconds
HEARTBEAT = 3.0  # seconds between signs of life of a worker
DEAD_AFTER = 10.0  # seconds without one, after which its jobs are given to others

# A pending message whose conversation has no job: the job was lost. Young ones are left alone.
_ORPHANS = text(
    """
    SELECT DISTINCT m.conversation_id FROM message m
    WHERE m.status = 'pending' AND m.at < now() - interval '5 seconds'
      AND NOT EXISTS (SELECT FROM procrastinate_jobs j
                      WHERE j.lock = m.conversation_id::text AND j.status IN ('todo', 'doing'))
    LIMIT 1000
    """
)


async def work(settings: Settings) -> None:
    """Run until a signal stops it; turns in progress are finished first."""
    engine = Engine(settings.engine_url, settings.engine_secret)
    database, sessions = connect(settings.database_url, pool_size=10)
    queue = queue_of(settings.database_url)
    register(queue, sessions, engine)
    async with queue.open_async():
        sweeper = asyncio.create_task(_sweep_forever(queue, sessions))
        try:
            await queue.run_worker_async(
                queues=[QUEUE],
                concurrency=LANES,
                fetch_job_polling_interval=2.0,
                delete_jobs="always",
                update_heartbeat_interval=HEARTBEAT,
                stalled_worker_timeout=DEAD_AFTER,
                shutdown_graceful_timeout=8.0,
            )
        finally:
            sweeper.cancel()
    await engine.close()
    await database.dispose()


def register(queue: procrastinate.App, sessions: Sessions, engine: Engine) -> None:
    @queue.task(name=ANSWER_TASK, queue=QUEUE, retry=procrastinate.RetryStrategy(wait=1))
    async def answer(conversation: str) -> None:
        await answer_all(sessions, engine, uuid.UUID(conversation))


async def _sweep_forever(queue: procrastinate.App, sessions: Sessions) -> None:
    while True:
        try:
            await sweep(queue, sessions)
        except Exception as error:  # the database may be away for a while: the next sweep does it
            logger.warning("sweep failed: %s", type(error).__name__)
        await asyncio.sleep(SWEEP_EVERY)


async def sweep(queue: procrastinate.App, sessions: Sessions) -> int:
    """Give jobs of dead workers to living ones, and a job to each waiting message that has none."""
    for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
        await queue.job_manager.retry_job(job)
    async with sessions() as session:
        orphans = (await session.scalars(_ORPHANS)).all()
    for conversation in orphans:
        await queue.configure_task(ANSWER_TASK, queue=QUEUE, lock=str(conversation)).defer_async(
            conversation=str(conversation)
        )
    return len(orphans)
