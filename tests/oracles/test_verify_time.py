"""A few of the zones and days that `make verify-time` goes through, the same each time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from segmentry.query import dates
from tests.oracles import verify_time
from tests.oracles.local_time import Clock, months_later
from tests.oracles.verify_time import Tally, verify, zones

SAMPLE = [
    ("America/New_York", 2026),
    ("America/Havana", 2024),
    ("Africa/Cairo", 2024),
    ("Asia/Beirut", 2024),
    ("Australia/Lord_Howe", 2024),
    ("Pacific/Apia", 2011),
    ("America/St_Johns", 2010),
    ("Antarctica/Casey", 2010),
    ("Asia/Kathmandu", 2026),
]


@pytest.mark.parametrize(("name", "year"), SAMPLE)
def test_dates_mean_what_the_clock_shows(name: str, year: int) -> None:
    """TIM-02: around every clock change of a year each form of date means the moments that a
    watched clock says, and both engines find the orders of these moments."""
    tally = Tally()
    verify(name, 0, tally, (year,))
    assert tally.findings == []
    assert tally.meanings > 1_000
    assert tally.answers == 160


def test_a_difference_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a day that of UTC, or a month 30 days, it would be seen."""
    with monkeypatch.context() as wrong:
        wrong.setattr(verify_time, "local_day", lambda moment, zone: moment.date())
        tally = Tally()
        verify("Asia/Kathmandu", 0, tally, (2026,))
        assert any("is of the day" in finding for finding in tally.findings)
    with monkeypatch.context() as wrong:
        wrong.setattr(dates, "monthrange", lambda year, month: (0, 28))
        tally = Tally()
        verify("UTC", 0, tally, (2026,))
        assert any(">= -3m" in finding for finding in tally.findings)


def test_a_zone_of_each_kind_is_there() -> None:
    """Every zone of the database that a store can be in is gone through."""
    assert len(zones()) > 500
    assert {name for name, _ in SAMPLE} <= set(zones())


def test_the_watched_clock_sees_what_is_known() -> None:
    """The oracle itself, on dates that can be looked up: New York's clock changes, the day
    that Apia left out, the midnight that Havana left out, and Newfoundland's two midnights."""
    york = Clock("America/New_York")
    assert york.changes(2026) == [_utc(2026, 3, 8, 7), _utc(2026, 11, 1, 6)]
    assert york.start(date(2026, 3, 9)) == _utc(2026, 3, 9, 4)
    assert york.moment(datetime(2026, 11, 1, 1, 30), last=False) == _utc(2026, 11, 1, 5, 30)
    assert york.moment(datetime(2026, 11, 1, 1, 30), last=True) == _utc(2026, 11, 1, 6, 30)
    assert york.moment(datetime(2026, 3, 8, 2, 30), last=True) == _utc(2026, 3, 8, 7)
    apia = Clock("Pacific/Apia")
    assert apia.start(date(2011, 12, 30)) == apia.end(date(2011, 12, 30)) == _utc(2011, 12, 30, 10)
    assert Clock("America/Havana").start(date(2026, 3, 8)) == _utc(2026, 3, 8, 5)
    newfoundland = Clock("America/St_Johns")
    assert newfoundland.start(date(2010, 11, 7)) == _utc(2010, 11, 7, 2, 30)
    assert newfoundland.day(_utc(2010, 11, 7, 3)) == date(2010, 11, 7)
    assert newfoundland.shown(_utc(2010, 11, 7, 3)) == datetime(2010, 11, 6, 23, 30)


def _utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_months_are_counted_as_by_hand() -> None:
    """TIM-04: 31 March less a month is the last of February, 29 February less a year the 28th."""
    assert months_later(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert months_later(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert months_later(date(2024, 2, 29), -12) == date(2023, 2, 28)
    assert months_later(date(2026, 12, 31), 2) == date(2027, 2, 28)
