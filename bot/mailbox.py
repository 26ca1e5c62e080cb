"""Platforms that keep messages until they are fetched: a callback rings, a job fetches, a row says how far.

Every ring counts, and the row knows at which count the box was last empty; so a lost job, a crash in the
middle and a ring during a fetch all lead to another fetch. A box that is silent is looked into now and then:
its ring may have come while nobody was here to hear it.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import cast

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts import Accounts
from bot.channels.seam import Box, Mailboxed, Taken, TryLater, Value
from bot.intake import Intake
from bot.jobs import OUTBOX
from shop.database import Sessions

PULL_TASK = "pull"
LOOK_AGAIN = 60  # seconds of silence after which a box is looked into
LONGEST_PAUSE = 60  # seconds between two tries while the platform fails

logger = logging.getLogger(__name__)

_DEFER = f"""procrastinate_defer_jobs_v1(ARRAY[ROW(
    '{OUTBOX}', '{PULL_TASK}', 0, 'pull ' || box.id, NULL, jsonb_build_object('account', box.id), NULL
)::procrastinate_job_to_defer_v1])"""
_JOB = "SELECT FROM procrastinate_jobs j WHERE j.lock = 'pull ' || box.id AND j.status"
# Several accounts of one company share its callback address; each has its own box.
_RING = text(
    f"""
    WITH box AS (
        INSERT INTO mailbox (channel_account_id, ticket, rung)
        SELECT id, :ticket, 1 FROM channel_account
        WHERE channel = 'wecom' AND config ->> 'corp_id' = :corp AND config ->> 'open_kfid' = :kfid
        ON CONFLICT (channel_account_id) DO UPDATE
        SET ticket = excluded.ticket, rung = mailbox.rung + 1, again_at = now() + interval '5 seconds'
        RETURNING channel_account_id AS id
    )
    SELECT {_DEFER} FROM box WHERE NOT EXISTS ({_JOB} = 'todo')
    """  # noqa: S608 - our own names
)
_OVERDUE = text(
    f"""
    WITH box AS (
        SELECT a.id FROM channel_account a LEFT JOIN mailbox m ON m.channel_account_id = a.id
        WHERE a.channel = 'wecom' AND (m.again_at IS NULL OR m.again_at <= now())
    )
    SELECT {_DEFER} FROM box WHERE NOT EXISTS ({_JOB} IN ('todo', 'doing'))
    """  # noqa: S608
)
_OPEN = text(
    """
    INSERT INTO mailbox (channel_account_id) VALUES (:account)
    ON CONFLICT (channel_account_id) DO UPDATE SET channel_account_id = excluded.channel_account_id
    RETURNING cursor, ticket, rung, emptied, again_at, created_at, again_at <= now() AS due
    """
)
_MOVE = text("UPDATE mailbox SET cursor = :next WHERE channel_account_id = :account AND cursor = :cursor")
# Emptied up to that ring; a ring meanwhile has made a job of its own.
_EMPTY = text(
    """
    UPDATE mailbox SET emptied = greatest(emptied, :rung), failures = 0,
           again_at = CASE WHEN rung > :rung THEN again_at ELSE now() + make_interval(secs => :silent) END
    WHERE channel_account_id = :account
    """
)
_FAILED = text(
    """
    UPDATE mailbox SET failures = failures + 1,
           again_at = now() + make_interval(secs => least(:longest, 2 ^ least(failures, 10)))
    WHERE channel_account_id = :account
    """
)


async def ring(single: Sessions, corp: str, kfid: str, ticket: str) -> None:
    """Something is there to fetch. One statement: the mark, and the job unless one waits already."""
    async with single() as session:
        await session.execute(_RING, {"corp": corp, "kfid": kfid, "ticket": ticket})


async def wake_overdue(session: AsyncSession) -> None:
    """Jobs for boxes whose time has come: a lost job, a failure some time ago, a long silence."""
    await session.execute(_OVERDUE)


class Mailboxes:
    """Empties boxes. Whoever calls `empty` holds the box's lane."""

    def __init__(self, single: Sessions, accounts: Accounts, intake: Intake) -> None:
        self._single, self._accounts, self._intake = single, accounts, intake

    async def empty(self, account: int) -> None:
        """A platform that fails is asked again a little later, and later each time. Raises what the database
        raises: then it is done again."""
        opened = await self._accounts.by_id(account)
        if opened is None:
            return
        async with self._single() as session:
            row = (await session.execute(_OPEN, {"account": account})).one()
        box = Box(row.cursor, row.ticket, row.created_at, self._mover(account, row.cursor))

        async def take(values: list[Value]) -> list[Taken]:
            return await self._intake.take(opened.account, opened.channel.budget is not None, values)

        if row.rung == row.emptied and not row.due:
            return  # another job has done it
        try:
            await cast(Mailboxed, opened.channel).pull(box, take)
        except TryLater as error:
            logger.warning("account %s cannot be fetched from: %s", account, error)
            return await self._run(_FAILED, account=account, longest=LONGEST_PAUSE)
        await self._run(_EMPTY, account=account, rung=row.rung, silent=LOOK_AGAIN)

    async def _run(self, statement: TextClause, **values: object) -> None:
        async with self._single() as session:
            await session.execute(statement, values)

    def _mover(self, account: int, cursor: str) -> Callable[[str], Awaitable[None]]:
        """Moves the cursor on: what is before it has been stored."""
        at = cursor

        async def move(following: str) -> None:
            nonlocal at
            await self._run(_MOVE, account=account, cursor=at, next=following)
            at = following

        return move
