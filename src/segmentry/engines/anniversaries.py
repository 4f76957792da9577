"""The days in which a test looks for an anniversary, at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from segmentry.facts.anniversaries import anniversary
from segmentry.facts.operators import BETWEEN, EQUALS, GREATER, LESS, LESS_OR_EQUAL
from segmentry.query.bound import AnniversaryTest
from segmentry.query.dates import day_of, kind
from segmentry.query.values import DayValue

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """Days in a row, both ends included; none where the last is before the first."""

    first: date
    last: date


def asked(test: AnniversaryTest, today: date) -> Span:
    """The days a test looks in when it is `today`.

    `=` and BETWEEN look around the year. The others look at the calendar year of today;
    a fixed day among their operands is meant in that year.
    """
    bounds: tuple[DayValue, ...] = test.operands  # type: ignore[assignment]
    if test.operator is EQUALS:
        return Span(day_of(bounds[0], today), day_of(bounds[0], today))
    if test.operator is BETWEEN:
        return _between(bounds[0], bounds[1], today)
    year = today.year
    day = day_of(bounds[0], today)
    if kind(bounds[0]) == "fixed":
        day = anniversary(day, year)
    start, end = date(year, 1, 1), date(year, 12, 31)
    if test.operator in (LESS, LESS_OR_EQUAL):
        return Span(start, min(end, day - _DAY * (test.operator is LESS)))
    return Span(max(start, day + _DAY * (test.operator is GREATER)), end)


def _between(low: DayValue, high: DayValue, today: date) -> Span:
    """Where only one bound moves with the day, the other is its next one that way."""
    first, last = day_of(low, today), day_of(high, today)
    if kind(low) == kind(high):
        return Span(first, last)
    if kind(high) == "fixed":
        years = (first.year, first.year + 1)
        return Span(first, min(d for y in years if (d := anniversary(last, y)) >= first))
    years = (last.year, last.year - 1)
    return Span(max(d for y in years if (d := anniversary(first, y)) <= last), last)
