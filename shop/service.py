"""When people of the shop answer, and how fast they mean to: hours, holidays, targets, the queue's rules.

Hours are China's time (shop.moments). Targets run on the people's clock: it stands still while nobody works.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shop.moments import CHINA, utc

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD = 60  # days in which a shop must open again


def _clock(text: str) -> str:
    hours, _, minutes = text.partition(":")
    if not (len(text) == 5 and hours.isdecimal() and minutes.isdecimal()):
        raise ValueError("a time is written 09:30")
    if not ((int(hours) <= 23 and int(minutes) <= 59) or text == "24:00"):
        raise ValueError("there is no such time; the end of a day is 24:00")
    return text


Clock = Annotated[str, AfterValidator(_clock)]
Span = tuple[Clock, Clock]
"""From, to; a `to` before its `from` is on the next day."""


class Hours(BaseModel):
    """Business hours. A shop that sets no week is always open."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    week: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], list[Span]] | None = None
    holidays: dict[date, list[Span]] = {}  # these days' hours instead; an empty list: closed

    def is_open(self, at: datetime) -> bool:
        return self.week is None or any(start <= at < end for start, end in self._around(at))

    def next_open(self, at: datetime) -> datetime | None:
        """The moment from which somebody answers: `at` itself if the shop is open, None if it stays shut."""
        if self.is_open(at):
            return at
        return next((start for start, _ in self._from(at) if start >= at), None)

    def after(self, at: datetime, minutes: float) -> datetime:
        """The moment by which so many minutes of opening time have passed since `at`, in UTC."""
        if self.week is None:
            return utc(at) + timedelta(minutes=minutes)
        left = timedelta(minutes=minutes)
        for start, end in self._from(at):
            begin = max(start, at)
            if end - begin >= left:
                return utc(begin + left)
            left -= max(end - begin, timedelta())
        return utc(at) + timedelta(days=LOOK_AHEAD)

    def minutes_between(self, first: datetime, last: datetime) -> float:
        """Opening time between two moments."""
        if self.week is None:
            return max(0.0, (last - first).total_seconds() / 60)
        total = timedelta()
        for start, end in self._from(first):
            if start >= last:
                break
            total += max(timedelta(), min(end, last) - max(start, first))
        return total.total_seconds() / 60

    def _around(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = at.astimezone(CHINA).date()
        yield from self._of(day - timedelta(days=1))  # it may go on past midnight
        yield from self._of(day)

    def _from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The spans that end after `at`, in order."""
        first = at.astimezone(CHINA).date() - timedelta(days=1)
        for number in range(LOOK_AHEAD):
            for start, end in self._of(first + timedelta(days=number)):
                if end > at:
                    yield start, end

    def _of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        named = self.holidays.get(day)
        spans = named if named is not None else (self.week or {}).get(WEEKDAYS[day.weekday()], [])  # type: ignore[call-overload]
        for opens, closes in sorted(spans):
            start = _at(day, opens)
            end = _at(day, closes)
            yield start, end if end > start else end + timedelta(days=1)


class Service(BaseModel):
    """How people's work is organised. Part of a shop's settings."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hours: Hours = Hours()
    first_reply_minutes: int | None = Field(default=10, ge=1, le=10_080)  # target, on the people's clock
    resolve_minutes: int | None = Field(default=480, ge=1, le=43_200)
    warn_at: float = Field(default=0.75, gt=0, lt=1)  # part of a target after which a warning comes
    assign: Literal["pull", "auto"] = "pull"  # agents take from the queue, or it gives to who has room
    away_after_seconds: int = Field(default=180, ge=30, le=86_400)  # without a sign of life from an inbox
    angry_minutes: int = Field(default=15, ge=0, le=600)  # an angry shopper counts as waiting longer by this
    furious_from: float = Field(default=0.7, ge=0, le=1)  # anger so strong calls a person at once
    let_downs: int = Field(default=2, ge=1, le=6)  # so many disappointed messages of six offer one
    value_minutes: int = Field(default=10, ge=0, le=600)  # so does one whose order is worth `value_from`
    value_from: Decimal = Field(default=Decimal(500), ge=0)
    person_from: Decimal | None = Field(default=None, gt=0)  # an order of this worth: a person decides


def _at(day: date, clock: str) -> datetime:
    hours, minutes = clock.split(":")
    midnight = datetime.combine(day, time(), CHINA)
    return midnight + timedelta(hours=int(hours), minutes=int(minutes))
