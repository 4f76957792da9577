"""Whether a date has its anniversary in a span of days."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from segmentry.engines.anniversaries import Span
from segmentry.engines.base import CustomerValue
from segmentry.facts.anniversaries import anniversary
from segmentry.query.dates import local_day


def has_anniversary(value: CustomerValue, days: Span, zone: ZoneInfo) -> bool:
    """A moment counts as the local day it is on; a missing date has no anniversary."""
    if not isinstance(value, date):
        return False
    day = local_day(value, zone) if isinstance(value, datetime) else value
    years = range(days.first.year, days.last.year + 1)
    return any(days.first <= anniversary(day, year) <= days.last for year in years)
