"""Business hours and the people's clock, as tables. Times are China's."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from shop.moments import CHINA
from shop.service import Hours, Service

#: Monday to Friday 10:00–13:00 and 15:00–20:00, Saturday into the night, Sunday closed
WEEK = {
    **{day: [("10:00", "13:00"), ("15:00", "20:00")] for day in ("mon", "tue", "wed", "thu", "fri")},
    "sat": [("18:00", "02:00")],
}
HOURS = Hours.model_validate(
    {"week": WEEK, "holidays": {"2026-10-01": [], "2026-10-02": [("12:00", "14:00")]}}
)


def at(text: str) -> datetime:
    """«09-28 10:00»: the year is 2026; 28 September is a Monday."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    "moment, opened",
    [
        ("09-28 09:59", False),
        ("09-28 10:00", True),
        ("09-28 13:00", False),
        ("09-28 19:59", True),
        ("10-03 23:30", True),
        ("10-04 01:59", True),  # Saturday's night
        ("10-04 02:00", False),
        ("10-01 11:00", False),  # a holiday
        ("10-02 11:00", False),
        ("10-02 12:30", True),  # a holiday with hours of its own
    ],
)
def test_open(moment: str, opened: bool) -> None:
    assert HOURS.is_open(at(moment)) is opened


@pytest.mark.parametrize(
    "moment, opens",
    [
        ("09-28 08:00", "09-28 10:00"),
        ("09-28 11:00", "09-28 11:00"),
        ("09-28 14:00", "09-28 15:00"),
        ("09-30 20:00", "10-02 12:00"),
        ("10-02 15:00", "10-03 18:00"),
        ("10-04 05:00", "10-05 10:00"),
    ],
)
def test_next_open(moment: str, opens: str) -> None:
    assert HOURS.next_open(at(moment)) == at(opens)


@pytest.mark.parametrize(
    "since, minutes, due",
    [
        ("09-28 10:00", 30, "09-28 10:30"),
        ("09-28 12:50", 30, "09-28 15:20"),
        ("09-28 19:50", 30, "09-29 10:20"),
        ("09-28 07:00", 10, "09-28 10:10"),
        ("09-30 19:00", 90, "10-02 12:30"),
        ("10-02 13:50", 20, "10-03 18:10"),
    ],
)
def test_the_peoples_clock_stands_still_while_nobody_works(since: str, minutes: int, due: str) -> None:
    assert HOURS.after(at(since), minutes) == at(due)
    assert HOURS.minutes_between(at(since), at(due)) == minutes


def test_a_shop_without_hours_is_always_open() -> None:
    always = Hours()
    night = at("10-01 03:00")
    assert always.is_open(night)
    assert always.next_open(night) == night
    assert always.after(night, 10) == at("10-01 03:10")
    assert always.minutes_between(night, at("10-01 03:10")) == 10


def test_a_shop_that_stays_shut() -> None:
    shut = Hours(week={})
    assert not shut.is_open(at("09-28 12:00"))
    assert shut.next_open(at("09-28 12:00")) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"hours": {"week": {"mon": [["10:00", "25:00"]]}}},
        {"hours": {"week": {"mon": [["10", "12:00"]]}}},
        {"hours": {"week": {"monday": []}}},
        {"hours": {"holidays": {"2026-13-01": []}}},
        {"first_reply_minutes": 0},
        {"assign": "both"},
        {"person_from": -1},
    ],
)
def test_what_is_no_service(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Service.model_validate(wrong)


def test_a_day_may_end_at_midnight() -> None:
    late = Hours.model_validate({"week": {"mon": [("20:00", "24:00")]}})
    assert late.is_open(at("09-28 23:59"))
    assert not late.is_open(at("09-29 00:00"))
