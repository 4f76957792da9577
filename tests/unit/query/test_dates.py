"""What dates mean, against a search that knows nothing but how UTC shows on a zone's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.query.dates import (
    day_of,
    day_range,
    day_start,
    instant_of,
    kind,
    last_midnight,
    local_day,
    local_instant,
    shift_day,
)
from segmentry.query.values import Day, DayOffset, Instant, NamedDay, TimeOffset

CHANGES = [
    ("America/New_York", date(2026, 3, 8), 23),
    ("America/New_York", date(2026, 11, 1), 25),
    ("America/Havana", date(2026, 3, 8), 23),
    ("America/Havana", date(2023, 11, 5), 25),
    ("Africa/Cairo", date(2023, 4, 28), 23),
    ("Africa/Cairo", date(2023, 10, 26), 25),
    ("Asia/Beirut", date(2024, 3, 31), 23),
    ("Asia/Beirut", date(2023, 10, 29), 24),
    ("Asia/Beirut", date(2023, 10, 28), 25),
    ("Australia/Lord_Howe", date(2024, 10, 6), 23.5),
    ("Australia/Lord_Howe", date(2024, 4, 7), 24.5),
    ("Pacific/Apia", date(2011, 12, 29), 24),
    ("Pacific/Apia", date(2011, 12, 30), 0),
    ("Pacific/Apia", date(2011, 12, 31), 24),
    ("Pacific/Kwajalein", date(1993, 8, 21), 0),
    ("America/Sao_Paulo", date(2018, 11, 4), 23),
    ("Asia/Tehran", date(2022, 3, 22), 23),
    ("America/St_Johns", date(2006, 4, 2), 23),
    ("America/Moncton", date(2006, 4, 2), 23),
    ("Antarctica/Troll", date(2024, 3, 31), 22),
    ("Asia/Kolkata", date(2024, 3, 31), 24),
    ("UTC", date(2024, 3, 31), 24),
]
"""Zones, days on which something happens to their clocks, and how many hours those have."""


@lru_cache
def _seen(name: str, day: date) -> tuple[datetime, ...]:
    """Every UTC minute of the three days around `day` at which the zone shows that day."""
    zone = ZoneInfo(name)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=36)
    minutes = (start + timedelta(minutes=number) for number in range(96 * 60))
    return tuple(each for each in minutes if each.astimezone(zone).date() == day)


def _shown(moment: datetime, name: str) -> datetime:
    return moment.astimezone(ZoneInfo(name)).replace(tzinfo=None)


# -- days -------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "day", "hours"), CHANGES)
def test_a_day_is_what_the_clock_shows(name: str, day: date, hours: float) -> None:
    """TIM-02: a day is every minute at which the store's clock shows it, be it 0 or 25 hours."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    start, end = day_range(Day(day), noon, ZoneInfo(name))
    minutes = _seen(name, day)
    assert end - start == timedelta(hours=hours) == timedelta(minutes=len(minutes))
    if minutes:
        assert (start, end) == (minutes[0], minutes[-1] + timedelta(minutes=1))


@pytest.mark.parametrize(("name", "day", "hours"), CHANGES)
def test_days_follow_each_other(name: str, day: date, hours: float) -> None:
    """Each day ends where the next one starts, so every instant is in just one."""
    zone = ZoneInfo(name)
    for ahead in range(-3, 3):
        one, other = day + timedelta(days=ahead), day + timedelta(days=ahead + 1)
        now = datetime(2026, 1, 1, tzinfo=UTC)
        assert day_range(Day(one), now, zone)[1] == day_range(Day(other), now, zone)[0]


@pytest.mark.parametrize(("name", "day", "hours"), CHANGES)
@given(minute=st.integers(0, 3 * 24 * 60), tick=st.sampled_from([0, 1, 59_999_999]))
def test_today_holds_now(name: str, day: date, hours: float, minute: int, tick: int) -> None:
    """At any moment, now is in today, not in yesterday, and midnight was the start of today."""
    zone = ZoneInfo(name)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    now = noon + timedelta(minutes=minute - 36 * 60, microseconds=tick)
    start, end = day_range(NamedDay("today"), now, zone)
    assert start <= now < end
    assert start == last_midnight(now, zone) == day_start(local_day(now, zone), zone)
    assert day_range(DayOffset(0, "d"), now, zone) == (start, end)
    yesterday = day_range(NamedDay("yesterday"), now, zone)
    assert yesterday == day_range(DayOffset(-1, "d"), now, zone)
    assert yesterday[1] == start


zones = st.sampled_from(sorted({name for name, _, _ in CHANGES} | {"Europe/London", "Asia/Gaza"}))


@given(zones, st.dates(date(2010, 1, 1), date(2030, 12, 31)))
def test_any_day_of_any_zone(name: str, day: date) -> None:
    """Days of ordinary weeks and of clock changes alike are found by looking at the clock."""
    start, end = day_range(Day(day), datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo(name))
    minutes = _seen(name, day)
    found = (minutes[0], minutes[-1] + timedelta(minutes=1)) if minutes else (start, start)
    assert (start, end) == found


@given(zones, st.dates(date(1901, 1, 1), date(2199, 12, 30)))
def test_days_of_three_centuries(name: str, day: date) -> None:
    """In zones of the past, with offsets of odd seconds, a day is no less a day."""
    zone = ZoneInfo(name)
    start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    if start < end:
        assert local_day(start, zone) == local_day(end - timedelta(seconds=1), zone) == day
    assert local_day(start - timedelta(seconds=1), zone) < day
    assert local_day(end, zone) > day


# -- offsets ----------------------------------------------------------------------------


@given(
    st.dates(date(1950, 1, 1), date(2100, 12, 31)),
    st.integers(-600, 600),
    st.sampled_from(["d", "w", "m", "y"]),
)
def test_offsets_of_days(day: date, amount: int, unit: str) -> None:
    """Days and weeks are counted; months and years keep the day or clamp to the month's end."""
    amount = amount // 12 if unit == "y" else amount
    moved = shift_day(day, amount, unit)
    if unit in ("d", "w"):
        assert moved.toordinal() - day.toordinal() == amount * (7 if unit == "w" else 1)
    else:
        assert moved == _by_months(day, amount * (12 if unit == "y" else 1))


def _by_months(day: date, amount: int) -> date:
    """Month by month through the calendar, then to the last day that is there."""
    first = day.replace(day=1)
    for _ in range(abs(amount)):
        near = first + timedelta(days=31 if amount > 0 else -1)
        first = near.replace(day=1)
    found = [first + timedelta(days=ahead) for ahead in range(day.day)]
    return max(each for each in found if each.month == first.month)


@pytest.mark.parametrize(
    ("today", "offset", "expected"),
    [
        (date(2026, 3, 31), DayOffset(-1, "m"), date(2026, 2, 28)),
        (date(2024, 3, 31), DayOffset(-1, "m"), date(2024, 2, 29)),
        (date(2024, 2, 29), DayOffset(-1, "y"), date(2023, 2, 28)),
        (date(2024, 2, 29), DayOffset(-12, "m"), date(2023, 2, 28)),
        (date(2024, 2, 29), DayOffset(+4, "y"), date(2028, 2, 29)),
        (date(2023, 2, 28), DayOffset(+1, "y"), date(2024, 2, 28)),
        (date(2026, 1, 31), DayOffset(+1, "m"), date(2026, 2, 28)),
        (date(2026, 1, 15), DayOffset(-1, "m"), date(2025, 12, 15)),
        (date(2026, 12, 31), DayOffset(+2, "m"), date(2027, 2, 28)),
        (date(2026, 5, 15), DayOffset(-7, "d"), date(2026, 5, 8)),
        (date(2026, 5, 15), DayOffset(-4, "w"), date(2026, 4, 17)),
        (date(2026, 1, 1), NamedDay("yesterday"), date(2025, 12, 31)),
        (date(2026, 1, 1), NamedDay("today"), date(2026, 1, 1)),
        (date(2026, 1, 1), Day(date(1999, 9, 9)), date(1999, 9, 9)),
    ],
)
def test_days_meant(today: date, offset: Day | DayOffset | NamedDay, expected: date) -> None:
    """TIM-04: 31 March less a month is the end of February, as is 29 February less a year."""
    assert day_of(offset, today) == expected


@pytest.mark.parametrize("reach", [date(1900, 1, 1), date(2199, 12, 31)])
@pytest.mark.parametrize("unit", ["d", "w", "m", "y"])
def test_the_longest_offsets_stay_within_the_calendar(reach: date, unit: str) -> None:
    """TIM-05: a century from the ends of what queries may name is still a date."""
    most = {"d": 36_525, "w": 5_217, "m": 1_200, "y": 100}[unit]
    for amount in (most, -most):
        moved = shift_day(reach, amount, unit)
        assert 98 <= abs(moved.year - reach.year) <= 101


@pytest.mark.parametrize("name", ["America/New_York", "Australia/Lord_Howe", "UTC"])
def test_hours_do_not_follow_the_clock(name: str) -> None:
    """24 hours are 24 hours on the day that has 23, and a minute is a minute."""
    now = datetime(2026, 3, 9, 1, tzinfo=UTC)
    zone = ZoneInfo(name)
    assert instant_of(TimeOffset(-24, "h"), now, zone) == now - timedelta(hours=24)
    assert instant_of(TimeOffset(90, "min"), now, zone) == now + timedelta(minutes=90)


# -- instants ---------------------------------------------------------------------------


def _instants(name: str, local: datetime) -> list[datetime]:
    """Every UTC minute at which the zone's clock shows a time, by looking."""
    start = local.replace(tzinfo=UTC) - timedelta(hours=27)
    minutes = (start + timedelta(minutes=number) for number in range(54 * 60))
    return [each for each in minutes if _shown(each, name) == local]


@given(
    st.sampled_from([(name, day) for name, day, _ in CHANGES]),
    st.integers(-24 * 60, 48 * 60),
)
def test_local_times(change: tuple[str, date], minute: int) -> None:
    """A time shown once is that instant; shown twice, the earlier or for upper bounds the
    later; never shown, the first instant after the gap."""
    name, day = change
    zone = ZoneInfo(name)
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    found = _instants(name, local)
    earlier, later = local_instant(local, zone), local_instant(local, zone, later=True)
    if found:
        assert (earlier, later) == (found[0], found[-1])
        return
    assert earlier == later
    assert _shown(earlier, name) > local > _shown(earlier - timedelta(minutes=1), name)


def test_twice_in_autumn() -> None:
    """1:30 on the first of November in New York is 5:30 and 6:30 in UTC."""
    zone, now = ZoneInfo("America/New_York"), datetime(2026, 11, 2, tzinfo=UTC)
    value = Instant(datetime(2026, 11, 1, 1, 30))
    assert instant_of(value, now, zone) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert instant_of(value, now, zone, upper=True) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_never_in_spring() -> None:
    """2:30 on 8 March in New York is not; it means 3:00, which is 7:00 in UTC."""
    zone, now = ZoneInfo("America/New_York"), datetime(2026, 3, 9, tzinfo=UTC)
    value = Instant(datetime(2026, 3, 8, 2, 30))
    assert instant_of(value, now, zone) == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_havana_has_no_midnight() -> None:
    """The day on which Havana's clock jumps over midnight starts at one."""
    start = day_start(date(2026, 3, 8), ZoneInfo("America/Havana"))
    assert start == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert _shown(start, "America/Havana") == datetime(2026, 3, 8, 1)


def test_kinds() -> None:
    """Days and instants stand still; offsets and named days move with the moment."""
    assert {kind(Day(date(2026, 1, 1))), kind(Instant(datetime(2026, 1, 1)))} == {"fixed"}
    moving = (DayOffset(1, "d"), NamedDay("today"), TimeOffset(1, "h"))
    assert {kind(each) for each in moving} == {"relative"}
