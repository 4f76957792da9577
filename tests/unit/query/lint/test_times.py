"""Which of two ends of time comes first: what must be known, and what must not be claimed."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from segmentry.query.dates import shift_day
from segmentry.query.lint.times import NOW, End, Fixed, FromNow, Midnight, never_later

_FOUR_YEARS = [date(2023, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1)]


def test_months_against_days() -> None:
    """So many months are never later than a number of days only where no month is too long."""
    for months in (*range(-30, 31), -1_200, 1_200):
        apart = [(shift_day(today, months, "m") - today).days for today in _FOUR_YEARS]
        for days in range(min(apart) - 10, max(apart) + 11):
            moved, counted = Midnight(months, 0), Midnight(0, days)
            if never_later(moved, counted):
                assert max(apart) <= days, (months, days)
            if never_later(counted, moved):
                assert days <= min(apart), (months, days)
        assert never_later(Midnight(months, 0), Midnight(0, max(apart) + 8))
        assert never_later(Midnight(0, min(apart) - 8), Midnight(months, 0))


_TWICE = datetime(2026, 10, 25, 1, 30)
"""A time that clocks in Europe show twice."""


@pytest.mark.parametrize(
    ("one", "other", "known"),
    [
        (Fixed(_TWICE), Fixed(_TWICE), True),
        (Fixed(_TWICE), Fixed(_TWICE, later=True), True),
        (Fixed(_TWICE, later=True), Fixed(_TWICE), False),
        (Fixed(_TWICE, later=True), Fixed(_TWICE + timedelta(minutes=20)), False),
        (Fixed(_TWICE, later=True), Fixed(_TWICE + timedelta(days=3)), True),
        (Fixed(_TWICE, after=True), Fixed(_TWICE), False),
        (Fixed(_TWICE), Fixed(_TWICE - timedelta(seconds=1)), False),
        (Midnight(0, 0), NOW, True),
        (NOW, Midnight(0, 1), False),
        (NOW, Midnight(0, 3), True),
        (Midnight(0, -1), FromNow(timedelta(hours=-24)), False),
        (Midnight(0, -5), FromNow(timedelta(hours=-24)), True),
        (FromNow(timedelta(hours=-24)), Midnight(0, 0), False),
        (Midnight(-1, 0), Midnight(-1, 1), True),
        (Midnight(-2, 1), Midnight(-1, 0), True),
        (Midnight(-1, 0), Midnight(-2, 1), False),
        (Fixed(_TWICE), Midnight(0, 0), False),
        (Midnight(0, 0), Fixed(_TWICE), False),
    ],
)
def test_order(one: End, other: End, known: bool) -> None:
    """Known where it holds at every moment and in every zone."""
    assert never_later(one, other) == known
