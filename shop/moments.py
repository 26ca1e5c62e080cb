"""Times: stored and compared aware and in UTC; counted in China's days where the law counts days."""

from datetime import UTC, date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "CST")
"""All of China, Xinjiang too, keeps Beijing time in law and on parcels; no summer time since 1991."""


def utc(at: datetime) -> datetime:
    """The same moment in UTC. Raises ValueError for a naive time: nobody can know what it means."""
    if at.tzinfo is None:
        raise ValueError("a time needs a time zone")
    return at.astimezone(UTC)


def china_date(at: datetime) -> date:
    """The day on China's calendars at this moment."""
    return utc(at).astimezone(CHINA).date()


def last_second(day: date) -> datetime:
    """23:59:59 of a day in China, in UTC: a deadline to show, for 24:00 would read as the day after."""
    return datetime.combine(day, time(23, 59, 59), CHINA).astimezone(UTC)
