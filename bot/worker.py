"""The worker: takes jobs, one lane a conversation, many lanes at once."""

import asyncio
import uuid

import procrastinate

from bot.accounts import Accounts
from bot.channels.rate import Rate
from bot.channels.telegram.polling import Pollers
from bot.channels.tools import Tools
from bot.engine import Engine, EngineDown
from bot.files import Files
from bot.intake import Intake
from bot.jobs import (
    ANSWER_TASK,
    DELIVER_TASK,
    IMPORT_TASK,
    IMPORTS,
    OUTBOX,
    QUEUE,
    queue_of,
    single_statements,
)
from bot.mailbox import PULL_TASK, Mailboxes
from bot.meanings import embed_forever
from bot.orders.taking import run_import
from bot.outbox import Outbox
from bot.settings import Settings
from bot.sweep import DEAD_AFTER, InHand, sweep_forever
from bot.turn import answer_all
from bot.vault import Vault
from shop.database import Sessions, connect

LANES = 24  # conversations answered at once
STOP_WITHIN = 8.0  # seconds to end what is in progress; the supervisor waits ten
SENDS = 200  # conversations sent to at once: most of them wait for a platform


async def work(settings: Settings) -> None:
    """Run until a signal stops it; turns and sends in progress are finished first."""
    engine = Engine(settings.engine_url, settings.engine_secret)
    database, sessions = connect(settings.database_url, pool_size=10)
    single = single_statements(database)
    accounts = Accounts(Tools(sessions, single, Vault(settings.sealing_keys())))
    intake = Intake(sessions, single, Rate(settings.contact_messages_per_second, burst=30))
    queue, in_hand = queue_of(settings.database_url), InHand()
    register(queue, single, engine, Files(single, accounts), Outbox(single, accounts))
    register_mailboxes(queue, Mailboxes(single, accounts, intake))
    register_imports(queue, sessions)
    async with queue.open_async():
        beside = [
            asyncio.create_task(sweep_forever(queue, sessions, in_hand)),
            asyncio.create_task(embed_forever(sessions, engine)),
            asyncio.create_task(Pollers(settings.database_url, accounts, intake).run()),
        ]
        try:
            await _all(
                asyncio.create_task(_run(queue, QUEUE, LANES, in_hand, signals=True)),
                asyncio.create_task(_run(queue, OUTBOX, SENDS, in_hand, signals=False)),
                asyncio.create_task(_run(queue, IMPORTS, 1, in_hand, signals=False)),
            )
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
    await accounts.close()
    await engine.close()
    await database.dispose()


async def _all(*queues: asyncio.Task[None]) -> None:
    """Until one ends, by a signal or an error; then the others end too. Raises what went wrong."""
    await asyncio.wait(queues, return_when=asyncio.FIRST_COMPLETED)
    for task in queues:
        task.cancel()  # procrastinate finishes the jobs in progress first
    for result in await asyncio.gather(*queues, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


async def _run(queue: procrastinate.App, name: str, lanes: int, in_hand: InHand, *, signals: bool) -> None:
    await queue.run_worker_async(
        queues=[name],
        concurrency=lanes,
        fetch_job_polling_interval=1.0,  # a job that is tried again announces itself to nobody
        delete_jobs="always",
        install_signal_handlers=signals,
        update_heartbeat_interval=DEAD_AFTER / 4,
        stalled_worker_timeout=DEAD_AFTER,
        shutdown_graceful_timeout=STOP_WITHIN / 2,
        worker_middleware=[in_hand.note],
    )


def register(
    queue: procrastinate.App, sessions: Sessions, engine: Engine, files: Files, outbox: Outbox
) -> None:
    # Without an engine the jobs that have begun wait for it here. Tried again each second, some hundreds
    # would keep the database so busy that nothing else moved.
    @queue.task(name=ANSWER_TASK, queue=QUEUE, retry=procrastinate.RetryStrategy(wait=1))
    async def answer(conversation: str) -> None:
        while True:
            try:
                return await answer_all(sessions, engine, files, uuid.UUID(conversation))
            except EngineDown:
                await engine.until_back()

    @queue.task(name=DELIVER_TASK, queue=OUTBOX, retry=procrastinate.RetryStrategy(wait=1))
    async def deliver(conversation: str) -> None:
        await outbox.deliver(uuid.UUID(conversation))


def register_imports(queue: procrastinate.App, sessions: Sessions) -> None:
    # A file that a worker could not end is gone on with by the next; what it has taken stays taken.
    @queue.task(name=IMPORT_TASK, queue=IMPORTS, retry=procrastinate.RetryStrategy(max_attempts=5, wait=2))
    async def take_import(number: str) -> None:
        await run_import(sessions, uuid.UUID(number))


def register_mailboxes(queue: procrastinate.App, mailboxes: Mailboxes) -> None:
    @queue.task(name=PULL_TASK, queue=OUTBOX, retry=procrastinate.RetryStrategy(wait=1))
    async def pull(account: int) -> None:
        await mailboxes.empty(account)
