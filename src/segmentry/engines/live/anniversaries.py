"""Whose dates have their anniversary in a span of days.

The span is spread over a table of the days of a year once; then a date is one look-up.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from segmentry.engines.anniversaries import Span
from segmentry.engines.live.columns import Dates
from segmentry.engines.live.days import local_days
from segmentry.engines.live.exact import Mask, Whole

_DAYS_OF_A_LEAP_YEAR = 366
_LEAP_DAY = 229


def having(column: Dates, days: Span, zone: ZoneInfo) -> Mask:
    """Where a known date has its anniversary in the span."""
    found = np.zeros(len(column.known), np.bool_)
    rows = np.flatnonzero(column.known)
    at = column.at[rows] if column.days else local_days(column.at[rows], zone)
    found[rows] = _table(days)[month_days(at)]
    return found


def month_days(days: Whole) -> Whole:
    """Month and day of days since 1970: 1231 is 31 December."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month = months.astype(np.int64) % 12 + 1
    return np.asarray(month * 100 + (dates - months).astype(np.int64) + 1)


def _table(days: Span) -> Mask:
    """Which days of a year, by month and day, have their anniversary in the span."""
    found = np.zeros(1232, np.bool_)
    length = (days.last - days.first).days + 1
    for number in range(min(length, _DAYS_OF_A_LEAP_YEAR)):
        day = days.first + timedelta(days=number)
        found[day.month * 100 + day.day] = True
        if _stands_for_leap_day(day):
            found[_LEAP_DAY] = True
    return found


def _stands_for_leap_day(day: date) -> bool:
    return (day.month, day.day) == (2, 28) and not isleap(day.year)
