"""Moments and days as numbers: microseconds and days since 1970, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY = EPOCH.date()
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1) // MICROSECOND
"""Microseconds of a day."""


def number_of(value: datetime | date) -> int:
    """A moment in microseconds, or a day in days."""
    if isinstance(value, datetime):
        return (value - EPOCH) // MICROSECOND
    return (value - FIRST_DAY).days


def moment_of_number(number: int) -> datetime:
    """The moment so many microseconds after 1970."""
    return EPOCH + number * MICROSECOND


def day_of_number(number: int) -> date:
    """The day so many days after 1 January 1970."""
    return FIRST_DAY + timedelta(days=number)
