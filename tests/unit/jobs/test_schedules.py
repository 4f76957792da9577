"""Schedules: what is done again and again, at its times, once for each."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from segmentry.jobs import Daily, Every, Queue, Schedule, Wanted
from segmentry.jobs.schedules import put_in_due
from segmentry.jobs.testing import VirtualClock
from segmentry.storage.app_db import open_app_db

LONDON = ZoneInfo("Europe/London")
HOURLY = Schedule("hourly", Every(timedelta(hours=1)), Wanted("count", {}))


def _times(rule: Daily, first: datetime, days: int) -> list[datetime]:
    found = [rule.after(first)]
    while len(found) < days:
        found.append(rule.after(found[-1]))
    return found


def test_a_time_of_day_over_both_clock_changes() -> None:
    """TIM-03: 01:30 is skipped in March and comes twice in October: each day has it once."""
    seen = _times(Daily(time(1, 30), LONDON), datetime(2026, 3, 27, 12, tzinfo=UTC), 230)
    assert len({each.astimezone(LONDON).date() for each in seen}) == 230
    assert datetime(2026, 3, 29, 1, tzinfo=UTC) in seen
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) in seen
    assert datetime(2026, 10, 25, 1, 30, tzinfo=UTC) not in seen


@pytest.mark.parametrize("zone", ["America/St_Johns", "Pacific/Apia", "Africa/Cairo", "UTC"])
@pytest.mark.parametrize("at", [time(), time(0, 30), time(3, 30), time(23, 59)])
def test_each_day_that_there_is_has_it_once(zone: str, at: time) -> None:
    """Also where a day was skipped (Samoa), began twice (Newfoundland) or not at 0:00 (Cairo)."""
    place = ZoneInfo(zone)
    seen = _times(Daily(at, place), datetime(2010, 1, 1, 12, tzinfo=UTC), 730)
    days = [each.astimezone(place).date() for each in seen]
    assert sorted(set(days)) == days
    missing = {days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days)} - set(days)
    assert [f"{day}" for day in missing] == (["2011-12-30"] if zone == "Pacific/Apia" else [])


def test_it_is_done_at_any_moment_between_two_times() -> None:
    """What comes after a moment is later than it, and at the time just reached it is the next."""
    rule = Daily(time(3, 30), LONDON)
    first = datetime(2026, 6, 1, 2, 30, tzinfo=UTC)
    assert rule.after(first - timedelta(microseconds=1)) == first
    assert rule.after(first) == first + timedelta(days=1)


def test_what_was_missed_is_made_up_for_once(
    app: Engine, queue: Queue, clock: VirtualClock
) -> None:
    """A new schedule begins to count when it is first seen."""
    assert put_in_due(app, queue, [HOURLY]) == []
    clock.go_on(minutes=59)
    assert put_in_due(app, queue, [HOURLY]) == []
    clock.go_on(days=3)
    assert len(put_in_due(app, queue, [HOURLY])) == 1
    assert put_in_due(app, queue, [HOURLY]) == []


def test_a_clock_that_was_set_back_holds_nothing_up_for_long(
    app: Engine, queue: Queue, clock: VirtualClock
) -> None:
    """TIM-01: it begins to count anew, and does not do at once what was done already."""
    put_in_due(app, queue, [HOURLY])
    clock.go_on(days=-2)
    assert put_in_due(app, queue, [HOURLY]) == []
    clock.go_on(hours=1)
    assert len(put_in_due(app, queue, [HOURLY])) == 1


def test_workers_at_once_put_it_in_once(tmp_path: Path, clock: VirtualClock) -> None:
    """Each with connections of its own, again and again; also where one reads the clock, waits
    for the other, and goes on when it is done."""
    engines = [open_app_db(tmp_path / "app.sqlite") for _ in range(3)]
    queues = [Queue(engine, clock) for engine in engines]
    put_in_due(engines[0], queues[0], [HOURLY])
    together = Barrier(len(engines), timeout=60)

    def work(number: int) -> None:
        for _ in range(8):
            if together.wait() == 0:
                clock.go_on(hours=1)
            together.wait()
            put_in_due(engines[number], queues[number], [HOURLY])

    threads = [Thread(target=work, args=[number]) for number in range(len(engines))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert len(queues[0].listed()) == 8
    for engine in engines:
        engine.dispose()


def test_whoever_had_to_wait_does_not_take_it_for_the_future(
    app: Engine, queue: Queue, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker put it in after this one looked and before it had its turn."""
    put_in_due(app, queue, [HOURLY])
    clock.go_on(hours=1)
    other = Queue(app, lambda: clock.now + timedelta(seconds=1))
    looks: list[None] = []

    def now(self: Queue) -> datetime:
        looks.append(None)
        if self is queue and len(looks) == 1:
            found = clock.now  # the clock is read, and then somebody else is quicker
            assert len(put_in_due(app, other, [HOURLY])) == 1
            clock.go_on(seconds=2)
            return found
        return clock.now + timedelta(seconds=0 if self is queue else 1)

    monkeypatch.setattr(Queue, "now", property(now))
    assert put_in_due(app, queue, [HOURLY]) == []
