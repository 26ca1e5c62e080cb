"""`make faults` in small; and that its count sees what it is there to see."""

from collections import Counter
from typing import Any

import pytest

from bench.faults.chaos import PARTS, Pace
from bench.faults.lines import Line, Shopper
from bench.faults.run import run
from bench.faults.verdict import Count, Report, Row, check
from bot.notices import WAITING


async def test_nothing_is_lost_while_everything_dies_once() -> None:
    report = await run(40, 20, Pace(rounds=1, between=2, spell=1.5))
    assert report.is_clean, report.details
    assert report.kills == Counter(PARTS)
    assert {count.conversations > 5 for count in report.counts.values()} == {True}
    assert all(count.answered for count in report.counts.values())
    assert report.cancelled > 0


class Told(Line):
    """A channel whose shopper has seen what a test says."""

    name = "told"

    def __init__(self, seen: list[str]) -> None:
        self._seen = seen

    async def open(self, *_: Any) -> None: ...

    async def shopper(self, shop: str) -> Shopper:
        raise NotImplementedError

    async def say(self, *_: Any, **__: Any) -> list[dict[str, str]]:
        raise NotImplementedError

    async def seen(self, who: Shopper) -> list[str]:
        return self._seen


def shopper_row(number: int, status: str = "done") -> Row:
    return Row(number, number, "shopper", "问", None, f"m{number}", None, status, None, None, None)


def reply(number: int, to: int | None, text: str, doubts: int = 0, delivery: str = "sent") -> Row:
    return Row(number, number, "bot", text, None, None, to, "done", delivery, doubts, None)


ASKED = [shopper_row(1), reply(2, 1, "甲"), shopper_row(3), reply(4, 3, "乙"), reply(5, 3, "丙")]


@pytest.mark.parametrize(
    ("rows", "seen", "wrong"),
    [
        (ASKED, ["甲", "乙", "丙"], {}),
        ([*ASKED, reply(6, None, WAITING["zh"])], ["甲", "乙", "丙", WAITING["zh"]], {}),
        ([*ASKED, reply(6, None, WAITING["zh"], delivery="dropped")], ["甲", "乙", "丙"], {}),
        ([*ASKED, reply(6, None, WAITING["zh"])], ["甲", "乙", "丙"], {"lost": 1}),
        ([*ASKED[:4], reply(5, 3, "丙", delivery="dropped")], ["甲", "乙"], {"lost": 1}),
        (ASKED, ["甲", "乙"], {"lost": 1}),
        (ASKED, ["甲", "甲", "乙", "丙"], {"doubled": 1}),
        (ASKED, ["甲", "乙", "丙", "丙"], {"doubled": 1}),
        ([*ASKED[:4], reply(5, 3, "丙", doubts=1)], ["甲", "乙", "丙", "丙"], {"repeated": 1}),
        (ASKED, ["乙", "甲", "丙"], {"misordered": 2, "lost": 2}),
        (ASKED, ["甲", "乙", "丙", "别的"], {"misordered": 1}),
        (ASKED[1:], ["甲", "乙", "丙"], {"lost": 1}),
        ([shopper_row(1), *ASKED[2:]], ["乙", "丙"], {"lost": 1}),
        ([shopper_row(1, "pending"), *ASKED[1:]], ["甲", "乙", "丙"], {"lost": 1}),
        ([*ASKED, reply(6, 3, "丙")], ["甲", "乙", "丙", "丙"], {"doubled": 1}),
        ([*ASKED, reply(6, 1, "丁")], ["甲", "乙", "丙", "丁"], {"misordered": 1}),
    ],
)
async def test_the_count(rows: list[Row], seen: list[str], wrong: dict[str, int]) -> None:
    report = Report()
    await check(report, Told(seen), Shopper("s", "k", taken=["m1", "m3"]), rows)
    count = report.counts["told"]
    expected = Count(1, 2, count.answered, **wrong)
    got = {name: getattr(count, name) for name in ("lost", "doubled", "repeated", "misordered")}
    assert got == {name: getattr(expected, name) for name in got}
    assert report.is_clean == (not {name for name in wrong if name != "repeated" and wrong[name]})


def test_an_order_written_twice_is_not_clean() -> None:
    assert not Report(written_twice=1).is_clean
