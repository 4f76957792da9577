"""Ends of time spans are put in order only where they are, at every moment and in every zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import event, given, settings
from hypothesis import strategies as st

from segmentry.query.dates import day_start, local_day, local_instant, shift_day
from segmentry.query.lint.times import (
    NOW,
    End,
    Fixed,
    FromNow,
    Midnight,
    end_of,
    just_above,
    just_below,
    never_later,
    start_of,
)
from segmentry.query.values import DateValue, Day, DayOffset, Instant, NamedDay, TimeOffset

_CHANGES = {
    "America/New_York": date(2026, 11, 1),
    "America/Havana": date(2026, 11, 1),
    "America/St_Johns": date(2006, 10, 29),  # at one minute past midnight
    "Pacific/Apia": date(2011, 12, 30),  # a day that was left out
    "Africa/Cairo": date(2026, 4, 24),
    "Europe/London": date(2026, 3, 29),
    "Australia/Lord_Howe": date(2026, 4, 5),
    "UTC": date(2024, 2, 29),
}
_MICROSECOND = timedelta(microseconds=1)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[ZoneInfo, datetime, End, End]:
    """A zone, a moment around its clock change, and two ends close to each other."""
    name = draw(st.sampled_from(sorted(_CHANGES)))
    days = st.integers(-3, 3).map(lambda n: _CHANGES[name] + timedelta(days=n))
    times = st.sampled_from([time(), time(0, 0, 30), time(0, 30), time(1, 30), time(23, 30)])
    locals_ = st.builds(datetime.combine, days, times | st.times())
    values: st.SearchStrategy[DateValue] = st.one_of(
        days.map(Day),
        locals_.map(Instant),
        st.sampled_from([NamedDay("today"), NamedDay("yesterday")]),
        st.builds(DayOffset, st.integers(-3, 3), st.sampled_from(["w", "m", "y"])),
        st.builds(DayOffset, st.integers(-95, 95) | st.integers(-3, 3), st.just("d")),
        st.builds(TimeOffset, st.integers(-100, 100), st.just("h")),
        st.builds(TimeOffset, st.integers(-90, 90), st.just("min")),
    )
    sides = st.sampled_from([start_of, end_of, just_above, just_below])
    ends = st.builds(lambda side, value: side(value), sides, values) | st.just(NOW)
    zone = ZoneInfo(name)
    moment = draw(locals_).replace(tzinfo=zone, fold=draw(st.integers(0, 1)))
    months = draw(st.integers(0, 24))
    moment = moment.astimezone(UTC) + draw(st.sampled_from([0, 0, 1])) * timedelta(30 * months)
    return zone, moment, draw(ends), draw(ends)


def _position(end: End, zone: ZoneInfo, as_of: datetime) -> datetime:
    """Where an end lies, at a moment in a zone."""
    match end:
        case Fixed(local, later, after):
            return local_instant(local, zone, later=later) + after * _MICROSECOND
        case Midnight(months, days):
            day = shift_day(local_day(as_of, zone), months, "m")
            return day_start(day + timedelta(days=days), zone)
        case FromNow(apart):
            return as_of + apart


@settings(max_examples=settings().max_examples * 5)
@given(pairs())
def test_the_order_of_ends(drawn: tuple[ZoneInfo, datetime, End, End]) -> None:
    """What is never later is not later now."""
    zone, as_of, one, other = drawn
    if never_later(one, other):
        event(f"{type(one).__name__} before {type(other).__name__}")
        assert _position(one, zone, as_of) <= _position(other, zone, as_of)
