"""What no turn can see to: jobs of dead workers, messages without a job, shoppers who wait in silence."""

import asyncio
import contextlib
import logging

import procrastinate
from sqlalchemy import text

from bot import notices
from bot.jobs import ANSWER_TASK, QUEUE
from bot.live import CHANNEL
from nlu.text.language import reply_language
from shop.database import Sessions, transaction

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
    """
    WITH waiting AS (
        SELECT id, conversation_id FROM message WHERE id = :message AND status = 'pending' FOR UPDATE
    ), spoken AS (
        UPDATE conversation c SET last_seq = last_seq + 1 FROM waiting WHERE c.id = waiting.conversation_id
        RETURNING c.id, c.last_seq
    ), replied AS (
        INSERT INTO message (conversation_id, seq, sender, text, language, in_reply_to, status, attempts)
        SELECT id, last_seq, 'bot', :text, :language, :message, 'done', 0 FROM spoken
    )
    SELECT pg_notify(:channel, id::text) FROM spoken
    """
)


async def sweep_forever(queue: procrastinate.App, sessions: Sessions) -> None:
    while True:
        try:
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
        for message in (await session.execute(_WAITING, {"seconds": TELL_AFTER})).all():
            language = reply_language(message.text, message.language)
            told = {"message": message.id, "text": notices.WAITING[language], "language": language}
            await session.execute(_NOTICE, {**told, "channel": CHANNEL})
