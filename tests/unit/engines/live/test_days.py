"""Local days of many moments at once."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from segmentry.engines.live.days import local_days
from segmentry.engines.live.moments import DAY, moment_of_number, number_of
from segmentry.query.dates import local_day

ZONES = (
    *("America/St_Johns", "America/Havana", "Europe/London", "Pacific/Apia", "Asia/Beirut"),
    *("Australia/Lord_Howe", "Asia/Kathmandu", "America/Caracas", "Africa/Monrovia", "UTC"),
)


@pytest.mark.parametrize("name", ZONES)
def test_local_days_are_those_of_single_moments(name: str) -> None:
    """Each moment has the day that zoneinfo gives it, around clock changes too."""
    zone, random = ZoneInfo(name), Random(name)
    first, last = (number_of(datetime(year, 1, 1, tzinfo=UTC)) for year in (1900, 2100))
    midnights = [random.randrange(first, last) // DAY * DAY for _ in range(300)]
    near = [m + random.choice([-1, 0, 1]) + random.randrange(48) * DAY // 48 for m in midnights]
    found = local_days(np.array(near), zone)
    assert found.tolist() == [number_of(local_day(moment_of_number(m), zone)) for m in near]


@pytest.mark.parametrize("name", ZONES)
def test_the_instant_of_a_clock_change_is_found(name: str) -> None:
    """The last microsecond before a clock change and the first after it have their own days."""
    zone = ZoneInfo(name)
    start = number_of(datetime(2010, 1, 1, tzinfo=UTC))
    quarters = np.arange(start, start + 730 * DAY, DAY // 96)
    edges = np.sort(np.concatenate([quarters, quarters - 1]))
    found = local_days(edges, zone)
    assert found.tolist() == [number_of(local_day(moment_of_number(m), zone)) for m in edges]


def test_no_moments_have_no_days() -> None:
    """Nothing comes of nothing."""
    assert len(local_days(np.empty(0, np.int64), ZoneInfo("UTC"))) == 0
