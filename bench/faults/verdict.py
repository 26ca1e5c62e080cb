"""Count: what was written, what the shoppers have been shown, and what differs."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from bench.faults.chaos import Chaos
from bench.faults.lines import Line, Shopper
from bot.notices import TOO_FAST, UNDELIVERED, WAITING
from tests.instance import Karwan

NOTICES = {*WAITING.values(), *TOO_FAST.values(), *UNDELIVERED.values()}

_ROWS = """
SELECT c.id::text, i.external_id, a.name, m.id, m.seq, m.sender, m.text, m.buttons, m.external_id,
       m.in_reply_to, m.status, d.status, d.doubts, d.merged_into
FROM message m JOIN conversation c ON c.id = m.conversation_id
JOIN contact_inbox i ON i.id = c.contact_inbox_id JOIN channel_account a ON a.id = i.channel_account_id
LEFT JOIN delivery d ON d.message_id = m.id
ORDER BY c.id, m.seq
"""
_TWICE = """
SELECT (SELECT count(*) FROM (SELECT FROM operation GROUP BY order_id, kind HAVING count(*) > 1) AS o)
     + (SELECT count(*) FROM (SELECT FROM refund GROUP BY order_id HAVING count(*) > 1) AS r)
"""
_CANCELLED = "SELECT count(*) FROM operation WHERE kind = 'cancel'"


@dataclass(frozen=True)
class Row:
    id: int
    seq: int
    sender: str
    text: str
    buttons: list[dict[str, str]] | None
    external_id: str | None
    in_reply_to: int | None
    status: str
    delivery: str | None
    doubts: int | None
    merged_into: int | None


@dataclass
class Count:
    """Of one channel."""

    conversations: int = 0
    sent: int = 0  # messages shoppers wrote and the platform saw taken
    answered: int = 0
    lost: int = 0  # written and not there, not answered, or an answer never shown
    doubled: int = 0  # answered twice, or shown twice without a reason on record
    repeated: int = 0  # shown twice, and the outbox knows why: a send whose end is unknown
    misordered: int = 0
    silence: float = 0.0


@dataclass
class Report:
    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    written_twice: int = 0
    cancelled: int = 0
    held: int = 0  # conversations whose answers waited for the shopper to write again: the budget was spent
    doubts: int = 0  # sends begun again without knowing the end of the one before
    kills: Counter[str] = field(default_factory=Counter)
    back_after: dict[str, float] = field(default_factory=dict)
    troubles: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    details: list[str] = field(default_factory=list)  # the first few things that are wrong, without words

    @property
    def is_clean(self) -> bool:
        wrong = sum(count.lost + count.doubled + count.misordered for count in self.counts.values())
        return wrong == 0 and self.written_twice == 0


async def judge(karwan: Karwan, done: list[tuple[Line, Shopper]], chaos: Chaos, seconds: float) -> Report:
    report = Report(kills=chaos.kills, back_after=chaos.back_after, seconds=seconds)
    by_key: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for conversation, sender, account, *rest in karwan.sql(_ROWS):
        row = Row(*rest)
        by_key[("", conversation) if account == "web" else (account, sender)].append(row)
        report.doubts += row.doubts or 0
    for line, who in done:
        rows = by_key[(who.account, who.key)]
        await check(report, line, who, rows)
    report.written_twice = karwan.sql(_TWICE)[0][0]
    report.cancelled = karwan.sql(_CANCELLED)[0][0]
    for peer in chaos.peers:
        report.troubles.update({str(trouble): times for trouble, times in peer.troubled.items()})
    return report


async def check(report: Report, line: Line, who: Shopper, rows: list[Row]) -> None:
    count = report.counts[line.name]
    count.conversations += 1
    count.sent += len(who.taken)
    count.silence = max([count.silence, *who.silences])
    written = {row.external_id: row for row in rows if row.sender == "shopper"}
    replies: dict[int | None, list[Row]] = defaultdict(list)
    for row in rows:
        if row.sender == "bot" and row.text not in NOTICES:
            replies[row.in_reply_to].append(row)
    for external_id in who.taken:
        own = written.get(external_id)
        if own is None or own.status == "pending" or not replies[own.id]:
            _wrong(report, line, who, "lost", f"message {external_id}: {own.status if own else 'no row'}")
            continue
        count.answered += 1
        if len({reply.text for reply in replies[own.id]}) < len(replies[own.id]):
            _wrong(report, line, who, "doubled", f"two answers to message {own.id}")
    seqs = {row.id: row.seq for row in rows}
    asked = [seqs[row.in_reply_to] for row in rows if row.in_reply_to in seqs and row.text not in NOTICES]
    if asked != sorted(asked):
        _wrong(report, line, who, "misordered", "answers out of the order of questions")
    _compare(report, line, who, [row for row in rows if row.sender != "shopper"], await line.seen(who))


def _compare(report: Report, line: Line, who: Shopper, rows: list[Row], seen: list[str]) -> None:
    """What was shown beside what is written: the same, in order, each once."""
    due = [row for row in rows if row.delivery != "dropped" or row.text not in NOTICES]  # a spared notice
    seqs = {row.id: row.seq for row in due}
    due.sort(key=lambda row: (seqs.get(row.merged_into or row.id, row.seq), row.seq))  # went out together
    expected = [(part, row) for row in due for part in line.parts(row.text, row.buttons)]
    at = 0
    for text in seen:
        before = [row for part, row in expected[:at] if part == text]
        if at < len(expected) and expected[at][0] == text:
            at += 1
        elif any(row.doubts for row in before):
            report.counts[line.name].repeated += 1
        elif before:
            _wrong(report, line, who, "doubled", f"message {before[-1].id} shown again")
        else:
            _wrong(report, line, who, "misordered", "shown before its turn, or not ours")
    for _, row in expected[at:]:
        _wrong(report, line, who, "lost", f"reply {row.id} never shown ({row.delivery})")


def _wrong(report: Report, line: Line, who: Shopper, kind: str, what: str) -> None:
    count: Any = report.counts[line.name]
    setattr(count, kind, getattr(count, kind) + 1)
    if len(report.details) < 20:
        report.details.append(f"{line.name} {who.account} {who.key} {kind}: {what}")
