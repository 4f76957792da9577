"""What the dates of a query mean at a moment, in a zone.

Days belong to the store's zone and are worked out here with zoneinfo, never by an
engine: an engine only sees UTC instants. Months and years clamp to the month's end.
Hours are exact and never follow a clock change.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from segmentry.query.values import (
    DateValue,
    Day,
    DayOffset,
    DayValue,
    Instant,
    InstantValue,
    NamedDay,
    TimeOffset,
)

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2199, 12, 31)
"""The days a query may name."""

_DAYS = {"d": 1, "w": 7}
_MONTHS = {"m": 1, "y": 12}


def local_day(moment: datetime, zone: ZoneInfo) -> date:
    """The store's calendar day at a moment: the latest that has begun.

    A clock set back over midnight, as in St. John's until 2010, shows the day before once
    more; it stays the day it is, so that every moment is in just one day.
    """
    shown = moment.astimezone(zone).date()
    following = shown + timedelta(days=1)
    return following if day_start(following, zone) <= moment else shown


def last_midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """The instant at which the store's present day began, in UTC."""
    return day_start(local_day(moment, zone), zone)


def day_of(value: DayValue, today: date) -> date:
    """The calendar day that `value` means when today is `today`."""
    match value:
        case Day(day):
            return day
        case NamedDay(name):
            return today if name == "today" else today - timedelta(days=1)
        case DayOffset(amount, unit):
            return shift_day(today, amount, unit)
    assert_never(value)


def shift_day(day: date, amount: int, unit: str) -> date:
    """`day` moved by an offset; 31 March less a month is the last of February."""
    if unit in _DAYS:
        return day + timedelta(days=amount * _DAYS[unit])
    months = day.year * 12 + day.month - 1 + amount * _MONTHS[unit]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_range(value: DayValue, as_of: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The UTC instants [start, end) of the day that `value` means at `as_of`."""
    day = day_of(value, local_day(as_of, zone))
    return day_start(day, zone), day_start(day + timedelta(days=1), zone)


@lru_cache(maxsize=4096)
def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC."""
    return local_instant(datetime.combine(day, time()), zone)


def instant_of(
    value: InstantValue, as_of: datetime, zone: ZoneInfo, *, upper: bool = False
) -> datetime:
    """The UTC instant that `value` means at `as_of`.

    A local time that the clock shows twice is the earlier instant, or the later one
    for an upper bound, so that nobody in between is lost.
    """
    match value:
        case Instant(local):
            return local_instant(local, zone, later=upper)
        case TimeOffset(amount, unit):
            step = timedelta(hours=amount) if unit == "h" else timedelta(minutes=amount)
            return as_of + step
    assert_never(value)


def local_instant(local: datetime, zone: ZoneInfo, *, later: bool = False) -> datetime:
    """The UTC instant of a local time; one that the clock skips is the first that exists after."""
    moment = local.replace(tzinfo=zone, fold=int(later)).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    return _clock_change(*_both(local, zone), zone)


def _both(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """What a local time is in UTC by the clock before a change and by that after it, in order;
    the same instant twice where no change is near."""
    one, other = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(one, other), max(one, other)


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between two at which the clock was changed, to the second."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def kind(value: DateValue) -> str:
    """Whether a date is fixed or moves with the moment; two bounds of one kind can be ordered."""
    match value:
        case Day() | Instant():
            return "fixed"
        case DayOffset() | NamedDay() | TimeOffset():
            return "relative"
    assert_never(value)
