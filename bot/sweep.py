"""What no turn can see to: jobs of dead workers, messages without a job, shoppers who wait in silence."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import procrastinate
import procrastinate.worker
from sqlalchemy import text

from bot import notices
from bot.jobs import ANSWER_TASK, DELIVER_TASK, OUTBOX, QUEUE
from bot.live import CHANNEL
from bot.mailbox import wake_overdue
from bot.outgoing import WITH_DELIVERY
from bot.support.queue import look_after_queues
from nlu.text.language import reply_language
from shop.database import Sessions, now, transaction

logger = logging.getLogger(__name__)

EVERY = 1.5  # seconds
DEAD_AFTER = 8.0  # seconds without a sign of life from a worker, after which its jobs are given to others
TELL_AFTER = 5.0  # seconds a shopper waits for an answer before being told that it comes later

_ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtext('karwan sweep'))")
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
# The same for the outbox.
_UNSENT = text(
    """
    SELECT DISTINCT d.conversation_id FROM delivery d
    WHERE d.status = 'waiting' AND d.next_at < now() - interval '5 seconds'
      AND NOT EXISTS (SELECT FROM procrastinate_jobs j
                      WHERE j.lock = 'send ' || d.conversation_id AND j.status IN ('todo', 'doing'))
      AND NOT EXISTS (SELECT FROM delivery h WHERE h.conversation_id = d.conversation_id
                      AND h.seq < d.seq AND h.status IN ('held', 'waiting'))
    LIMIT 1000
    """
)
# Each conversation's first message that waits too long, unless its shopper has been told since it came.
# A reply to a message that is still pending is such a notice.
_WAITING = text(
    """
    SELECT DISTINCT ON (m.conversation_id) m.id, m.conversation_id, m.text, c.language
    FROM message m JOIN conversation c ON c.id = m.conversation_id
    WHERE m.status = 'pending' AND m.at < now() - make_interval(secs => :seconds) AND c.mode <> 'human'
      AND NOT EXISTS (SELECT FROM message r JOIN message p ON p.id = r.in_reply_to
                      WHERE r.conversation_id = m.conversation_id AND r.seq > m.seq AND p.status = 'pending')
    ORDER BY m.conversation_id, m.seq LIMIT 500
    """
)
# The message's row is locked first, as a turn does: a notice never comes after the answer.
_NOTICE = text(
    f"""
    WITH waiting AS (
        SELECT id, conversation_id FROM message WHERE id = :message AND status = 'pending' FOR UPDATE
    ), spoken AS (
        UPDATE conversation c SET last_seq = last_seq + 1, last_at = now()
        FROM waiting WHERE c.id = waiting.conversation_id
        RETURNING c.id, c.last_seq, c.account_id, c.epoch, c.hold_until
    ), replied AS (
        INSERT INTO message (conversation_id, seq, sender, text, language, in_reply_to, status, attempts)
        SELECT id, last_seq, 'bot', :text, :language, :message, 'done', 0 FROM spoken
        RETURNING id, seq
    ), {WITH_DELIVERY}
    SELECT pg_notify(:channel, id::text), (SELECT count(*) FROM sending) FROM spoken
    """  # noqa: S608 - our own names
)


_MARKED = text("SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = ANY(:workers)")


class InHand:
    """The jobs this process is at. The mark of a job's end can be lost: in a crash of the database, which
    finish marks do not wait to survive, or because it was away. The row then says "doing" for a worker that
    lives, and the lane would stand still until that worker ends."""

    def __init__(self) -> None:
        self._jobs: set[int] = set()
        self._workers: set[int] = set()
        self._ended: set[int] = set()  # as the last look found them

    async def note(
        self,
        call_next: Callable[[], Awaitable[Any]],
        context: procrastinate.JobContext,
        worker: procrastinate.worker.Worker,
    ) -> Any:
        """A middleware of procrastinate's, around every job."""
        job = context.job.id
        assert job is not None
        assert worker.worker_id is not None
        self._workers.add(worker.worker_id)
        self._jobs.add(job)
        try:
            return await call_next()
        finally:
            self._jobs.discard(job)

    async def begin_again(self, queue: procrastinate.App, sessions: Sessions) -> None:
        """Those that two looks in a row find marked and not in hand: between fetching and beginning, and
        between ending and marking, there is a moment."""
        async with sessions() as session:
            marked = set(await session.scalars(_MARKED, {"workers": list(self._workers)}))
        ended = marked - self._jobs
        for job in ended & self._ended:
            logger.warning("a job's end was not marked: it begins again")
            with contextlib.suppress(procrastinate.exceptions.ConnectorException):  # marked after all
                await queue.job_manager.retry_job_by_id_async(job, retry_at=now())
        self._ended = ended


async def sweep_forever(queue: procrastinate.App, sessions: Sessions, in_hand: InHand) -> None:
    while True:
        try:
            await in_hand.begin_again(queue, sessions)
            await sweep(queue, sessions)
        except Exception as error:  # the database may be away for a while: the next sweep does it
            logger.warning("sweep failed: %s", type(error).__name__)
        await asyncio.sleep(EVERY)


async def sweep(queue: procrastinate.App, sessions: Sessions) -> None:
    """One round, by one worker of the deployment at a time."""
    async with transaction(sessions) as session:
        if not await session.scalar(_ONE_AT_A_TIME):
            return
        for job in await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
            with contextlib.suppress(procrastinate.exceptions.ConnectorException):  # it has ended after all
                await queue.job_manager.retry_job(job)
        for lane in map(str, await session.scalars(_ORPHANS)):
            await queue.configure_task(ANSWER_TASK, queue=QUEUE, lock=lane).defer_async(conversation=lane)
        for lane in map(str, await session.scalars(_UNSENT)):
            await queue.configure_task(DELIVER_TASK, queue=OUTBOX, lock=f"send {lane}").defer_async(
                conversation=lane
            )
        await wake_overdue(session)
        for message in (await session.execute(_WAITING, {"seconds": TELL_AFTER})).all():
            language = reply_language(message.text, message.language)
            told = {"message": message.id, "text": notices.WAITING[language], "language": language}
            await session.execute(_NOTICE, {**told, "channel": CHANNEL, "sender": "bot", "notice": True})
        await look_after_queues(sessions)
