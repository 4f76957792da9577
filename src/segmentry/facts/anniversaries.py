"""The anniversary of a date: the day with its month and day in any year."""

from __future__ import annotations

from datetime import date

from segmentry.facts.operators import BETWEEN, EQUALS, ORDERING

OPERATORS = (EQUALS, *ORDERING, BETWEEN)
"""How an anniversary is compared with days."""

WIDEST = 365
"""Days from the first to the last of a span, beyond which every date has its anniversary in it."""


def anniversary(day: date, year: int) -> date:
    """The anniversary of a day in a year; that of 29 February is the 28th in common years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
