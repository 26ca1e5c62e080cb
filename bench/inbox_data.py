"""A shop with very many conversations, written with COPY: for measuring the inbox.

    python -m bench.inbox_data [--conversations 100000] [--messages 2000000]

uses DATABASE_URL or the embedded database, adds the shop `bench` and an owner whose login it prints.
"""

import argparse
import asyncio
import random
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from bot.database import migrate, server
from bot.demo import load_demo
from bot.settings import settings
from bot.staff.accounts import create_staff
from bot.staff.models import Role
from shop.database import connect, transaction
from shop.shops import shop_by_slug

SHOP, EMAIL, PASSWORD = "bench", "owner@bench.example", "bench bench bench"
MODES = ("bot",) * 80 + ("closed",) * 15 + ("queued",) * 2 + ("human",) * 3
EMOTIONS = (None, None, "neutral", "neutral", "happy", "anxious", "disappointed", "angry")
LINES = (
    "我的订单到哪了？", "还没收到，怎么办", "红枣怎么保存", "能退吗，坏了两个", "زاكازىم قاچان كېلىدۇ؟",
    "ئەنجۈر بارمۇ؟", "谢谢", "好的，您的订单已经发出，预计三天内送到。", "زاكازىڭىز ئەۋەتىلدى.",
    "请发一下订单号。", "在吗？我想换个大一号的", "يوللانما تېخى كەلمىدى",
)  # fmt: skip


async def prepare(url: str) -> tuple[int, int, int]:
    """The shop, its web account and its owner; their ids."""
    engine, sessions = connect(url, pool_size=1)
    async with transaction(sessions) as session:
        await load_demo(session, SHOP)
        shop = await shop_by_slug(session, SHOP)
        assert shop is not None
        staff = await create_staff(
            session, shop=shop, email=EMAIL, name="Bench", password=PASSWORD, role=Role.owner
        )
        ids = shop.id, staff.id
    await engine.dispose()
    with _plain(url) as connection:
        account = connection.execute(
            "INSERT INTO channel_account (shop_id, channel, name) VALUES (%s, 'web', 'web') RETURNING id",
            (ids[0],),
        ).fetchone()
    assert account is not None
    return ids[0], account[0], ids[1]


def fill(url: str, shop: int, account: int, staff: int, conversations: int, messages: int) -> None:
    chance = random.Random(1)
    now = datetime.now(UTC)
    ids = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in range(conversations)]
    contacts = [uuid.UUID(int=chance.getrandbits(128), version=4) for _ in ids]
    counts = _counts(chance, conversations, messages)
    with _plain(url) as connection:
        connection.execute("SET session_replication_role = replica")  # no triggers: no feed of the past
        first = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM contact_inbox").fetchone()
        assert first is not None
        _copy(connection, "contact (id, shop_id)", ((one, shop) for one in contacts))
        _copy(
            connection,
            "contact_inbox (id, contact_id, channel_account_id, external_id)",
            ((first[0] + n, one, account, f"bench {n}") for n, one in enumerate(contacts)),
        )
        rows = list(_conversations(chance, shop, staff, ids, contacts, counts, first[0], now))
        _copy(connection, _CONVERSATION, (row[:-1] for row in rows))
        _copy(connection, _MESSAGE, _messages(chance, rows, counts, staff))
        _copy(connection, "handover (conversation_id, reason, at, ready)", _handovers(chance, rows))
        for sequence in ("contact_inbox", "message", "handover"):
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{sequence}', 'id'), (SELECT max(id) FROM {sequence}))"
            )
    with _plain(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


_CONVERSATION = (
    "conversation (id, shop_id, contact_id, contact_inbox_id, mode, language, last_seq, created_at, last_at,"
    " owner_id, queued_at, rank_at, waiting_since, closed_at, emotion, intensity)"
)
_MESSAGE = (
    "message (conversation_id, seq, sender, text, language, status, attempts, at, staff_id, emotion,"
    " intensity)"
)


def _counts(chance: random.Random, conversations: int, messages: int) -> list[int]:
    """Few long, many short; together as many as wanted."""
    weights = [chance.paretovariate(1.5) for _ in range(conversations)]
    scale = messages / sum(weights)
    return [max(1, min(500, round(weight * scale))) for weight in weights]


def _conversations(
    chance: random.Random,
    shop: int,
    staff: int,
    ids: list[uuid.UUID],
    contacts: list[uuid.UUID],
    counts: list[int],
    inbox: int,
    now: datetime,
) -> Iterator[tuple[Any, ...]]:
    for n, (one, contact, count) in enumerate(zip(ids, contacts, counts, strict=True)):
        mode = chance.choice(MODES)
        last = now - timedelta(seconds=chance.random() * 90 * 86_400)
        begun = last - timedelta(seconds=60 * count)
        queued = last if mode == "queued" else None
        emotion = chance.choice(EMOTIONS)
        yield (
            one, shop, contact, inbox + n, mode, chance.choice(("zh", "ug")), count, begun, last,
            staff if mode == "human" else None, queued, queued,
            last if mode in ("queued", "human") else None, last if mode == "closed" else None,
            emotion, 0.5 if emotion else None, begun,
        )  # fmt: skip


def _messages(
    chance: random.Random, rows: list[tuple[Any, ...]], counts: list[int], staff: int
) -> Iterator[tuple[Any, ...]]:
    for row, count in zip(rows, counts, strict=True):
        begun = row[-1]
        for seq in range(1, count + 1):
            sender = "shopper" if seq % 2 else "staff" if row[4] == "human" and seq > count / 2 else "bot"
            emotion = chance.choice(EMOTIONS) if sender == "shopper" else None
            yield (
                row[0], seq, sender, chance.choice(LINES), row[5], "done", 0,
                begun + timedelta(seconds=60 * seq), staff if sender == "staff" else None,
                emotion, 0.5 if emotion else None,
            )  # fmt: skip


def _handovers(chance: random.Random, rows: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        if row[4] in ("queued", "human"):
            yield row[0], chance.choice(("asked", "anger", "misses")), row[8], True


def _copy(connection: psycopg.Connection[Any], into: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with connection.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _plain(url: str, *, autocommit: bool = False) -> psycopg.Connection[Any]:
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=autocommit)


def main() -> None:
    parser = argparse.ArgumentParser(description="Fill a shop for measuring the inbox.")
    parser.add_argument("--conversations", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=2_000_000)
    wanted = parser.parse_args()
    with server(settings()) as database:
        migrate(database.url)
        begun = time.monotonic()
        ids = asyncio.run(prepare(database.url))
        fill(database.url, *ids, wanted.conversations, wanted.messages)
        print(f"{wanted.conversations} conversations in {time.monotonic() - begun:.0f} s: {EMAIL} {PASSWORD}")


if __name__ == "__main__":
    main()
