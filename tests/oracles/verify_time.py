"""`make verify-time`: dates of every zone, against a clock that is only watched.

    python -m tests.oracles.verify_time [--part K/N] [--zone NAME] [--seed N]

For every zone of the database, on the days around each clock change of some years and on
random ones, it is worked out what every form of date and relative date means, by the package
and by `local_time`. Then both engines are asked who ordered when, about customers who ordered
just before and after days and clocks change. A difference is a finding; the program ends with
1 if there is any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from random import Random
from time import monotonic
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from segmentry.engines.live.days import local_days
from segmentry.engines.live.moments import day_of_number, number_of
from segmentry.engines.operands import Resolver
from segmentry.facts.field import Attribute
from segmentry.facts.operators import Operator, Range
from segmentry.query.bind import bind
from segmentry.query.bound import AttributeTest
from segmentry.query.dates import last_midnight, local_day
from segmentry.query.values import Rank, StoreStatistic
from tests.conformance.engines import ENGINES
from tests.conformance.stores import asked

from .local_time import Clock, day_meant, holds, is_anniversary, meant

YEARS = (2006, 2010, 2011, 2024, 2026)
"""Until 2010 some clocks went back over midnight; in 2011 one skipped a day."""

RELATIVE = (
    *("today", "yesterday", "-0d", "-1d", "-2d", "-7d", "-30d", "-90d", "-365d", "+1d", "+7d"),
    *("-1w", "-4w", "+2w", "-1m", "-3m", "-12m", "+1m", "+6m", "-1y", "-4y", "+1y"),
    *("7_days_ago", "30_days_ago", "90_days_ago", "12_months_ago"),
    *("-1h", "-24h", "-720h", "+24h", "-1min", "-90min", "+30min"),
)
"""Each form and unit of a relative date, and those in common use."""

TIMES = ("00:00:00", "00:30:00", "01:30:00", "02:30:00", "23:30:00")
_RANDOM_DAYS = 6
_ASKED = 20
_TICK = timedelta(microseconds=1)
_DAY = timedelta(days=1)


@dataclass
class Tally:
    """What was compared, and what differed."""

    zones: int = 0
    days: int = 0
    meanings: int = 0
    answers: int = 0
    findings: list[str] = field(default_factory=list)

    def expect(self, ours: object, seen: object, *about: object) -> None:
        """Note a difference between the package and the watched clock."""
        if ours != seen:
            words = " ".join(map(str, about))
            self.findings.append(f"{words}: the package says {ours}, the clock {seen}")


class _NoThresholds:
    """Dates need none."""

    def statistic(self, attribute: Attribute, wanted: StoreStatistic) -> None:
        """Not asked for."""

    def threshold(self, attribute: Attribute, operator: Operator, rank: Rank) -> None:
        """Not asked for."""


def zones() -> list[str]:
    """The names of all zones that a store can be in."""
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


def verify(name: str, seed: int, tally: Tally, years: Sequence[int] = YEARS) -> None:
    """Compare everything about one zone."""
    clock, random = Clock(name), Random(f"{seed}/{name}")
    days = _days(clock, random, years)
    for day in days:
        for now in _moments(clock, day):
            _verify_day(clock, now, tally)
            _verify_meanings(clock, now, day, tally)
    _verify_days_at_once(clock, days, tally)
    _verify_answers(clock, random, days, tally)
    tally.zones += 1
    tally.days += len(days)


def _days(clock: Clock, random: Random, years: Sequence[int]) -> list[date]:
    """The days before, of and after each clock change, and a few others."""
    changes = [change for year in years for change in clock.changes(year)]
    near = [clock.shown(change).date() + n * _DAY for change in changes for n in (-1, 0, 1)]
    others = [
        date(random.choice(years), 1, 1) + random.randrange(365) * _DAY for _ in range(_RANDOM_DAYS)
    ]
    ends = [date(2024, 2, 29), date(2026, 3, 31)]
    return sorted({*near, *others, *(end for end in ends if end.year in years)})


def _moments(clock: Clock, day: date) -> list[datetime]:
    """Moments of a day: its first and last, noon in UTC, and those at which the clock changes."""
    start, end = clock.start(day), clock.end(day)
    changes = [c for year in {start.year, end.year} for c in clock.changes(year)]
    at_changes = [c + tick for c in changes if start <= c <= end for tick in (-_TICK, 0 * _TICK)]
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return sorted({start, end - _TICK, noon, *at_changes})


# -- single meanings --------------------------------------------------------------------


def _verify_day(clock: Clock, now: datetime, tally: Tally) -> None:
    zone = ZoneInfo(clock.name)
    today = clock.day(now)
    tally.expect(local_day(now, zone), today, clock.name, now, "is of the day")
    tally.expect(last_midnight(now, zone), clock.start(today), clock.name, now, "began")


def _verify_meanings(clock: Clock, now: datetime, day: date, tally: Tally) -> None:
    resolver = Resolver(now, ZoneInfo(clock.name), _NoThresholds())
    fixed = [day.isoformat(), *(f"{day}T{time}" for time in TIMES)]
    for expression in (*RELATIVE, *fixed):
        for operator, upper in ((">=", False), ("<=", True))[: 1 + ("T" in expression)]:
            seen = meant(expression, clock, now, upper=upper)
            given = resolver.given(_test(f"last_order_date {operator} {expression}"))
            expected = (Range(seen.start, seen.end),)
            tally.expect(given, expected, clock.name, now, operator, expression)
            tally.meanings += 1
    for expression in (each for each in RELATIVE if not each.endswith(("h", "min"))):
        bare = day_meant(expression, clock.day(now))
        given = resolver.given(_test(f"customer_birth_date = {expression}"))
        tally.expect(given, (Range(bare, bare + _DAY),), clock.name, now, "bare", expression)
        tally.meanings += 1


@cache
def _test(text: str) -> AttributeTest:
    root = bind(text).root
    assert isinstance(root, AttributeTest)
    return root


def _verify_days_at_once(clock: Clock, days: Sequence[date], tally: Tally) -> None:
    """The days of many moments, as the engine that is fast finds them."""
    moments = [moment for day in days for moment in _moments(clock, day)]
    found = local_days(np.array([number_of(each) for each in moments]), ZoneInfo(clock.name))
    for moment, number in zip(moments, found.tolist(), strict=True):
        tally.expect(day_of_number(number), clock.day(moment), clock.name, moment, "at once")


# -- answers ----------------------------------------------------------------------------


def _verify_answers(clock: Clock, random: Random, days: Sequence[date], tally: Tally) -> None:
    """Who ordered when, asked of engines about orders at the edges of some of the days."""
    chosen = random.sample(days, min(6, len(days)))
    orders = {
        f"c{number}": moment
        for number, moment in enumerate(sorted({m for d in chosen for m in _moments(clock, d)}))
    }
    rows = {
        "customers": [{"customer_id": each, "created_at": _KNOWN} for each in ("none", *orders)],
        "orders": [
            {"order_id": each, "customer_id": each, "ordered_at": at, "paid": "1"}
            for each, at in orders.items()
        ],
    }
    for engine, make in ENGINES.items():
        store = asked(make, rows, zone=clock.name)
        for now in random.sample(sorted(orders.values()), min(4, len(orders))):
            placed = {each: at if at <= now else None for each, at in orders.items()}
            placed["none"] = None
            for query, expected in islice(_questions(clock, now, placed, random), _ASKED):
                tally.answers += 1
                ours = sorted(store.members(query, now))
                tally.expect(ours, sorted(expected), clock.name, now, engine, query)


_KNOWN = datetime(1980, 1, 1, tzinfo=UTC)


def _questions(
    clock: Clock, now: datetime, orders: dict[str, datetime | None], random: Random
) -> Iterator[tuple[str, set[str]]]:
    """Conditions, each with the customers for whom the watched clock says it holds."""
    today = clock.day(now)
    dates = {each: clock.day(at) for each, at in orders.items() if at is not None}
    for one, day in random.sample(sorted(dates.items()), min(2, len(dates))):
        apart = (today - day).days
        same = {each for each in dates if (today - dates[each]).days == apart}
        yield f"days_since_last_order = {apart}", same
        same = {each for each in dates if is_anniversary(dates[each], dates[one])}
        yield f"anniversary('last_order_date') = {day}", same
    while True:
        comparison = random.choice(("=", "!=", "<", "<=", ">", ">=", "IN", "NOT IN", "BETWEEN"))
        expressions = _expressions(comparison, dates, random)
        members = {e for e, at in orders.items() if holds(at, comparison, expressions, clock, now)}
        yield f"last_order_date {_written(comparison, expressions)}", members


def _expressions(comparison: str, dates: dict[str, date], random: Random) -> list[str]:
    """What to compare with: days on which somebody ordered, times of them, relative dates."""
    day = random.choice(sorted(dates.values()))
    if comparison == "BETWEEN":
        near = day + random.randrange(3) * _DAY
        return random.choice(
            [[f"{day}", f"{near}"], ["-1y", "today"], [f"{day}T01:30:00", f"{near}"]]
        )
    whole = [each for each in RELATIVE if not each.endswith(("h", "min"))]
    if comparison in ("=", "!="):
        return [random.choice([f"{day}", f"{day}", random.choice(whole)])]
    if comparison in ("IN", "NOT IN"):
        return [f"{day}", random.choice(whole)]
    return [random.choice([f"{day}", f"{day}T{random.choice(TIMES)}", random.choice(RELATIVE)])]


def _written(comparison: str, expressions: list[str]) -> str:
    if comparison == "BETWEEN":
        return f"BETWEEN {' AND '.join(expressions)}"
    if comparison in ("IN", "NOT IN"):
        return f"{comparison} ({', '.join(expressions)})"
    return f"{comparison} {expressions[0]}"


# -- the program ------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify all zones, or those asked for; 1 if anything differs."""
    parser = argparse.ArgumentParser(prog="verify_time", description=__doc__.partition("\n")[0])
    parser.add_argument("--part", default="1/1", metavar="K/N", help="only this part of them")
    parser.add_argument("--zone", metavar="NAME", help="only this one")
    parser.add_argument("--seed", type=int, default=0, help="what random days begin from")
    wanted = parser.parse_args(arguments)
    names = [wanted.zone] if wanted.zone else zones()
    part, parts = map(int, wanted.part.split("/"))
    tally, began = Tally(), monotonic()
    for name in names[part - 1 :: parts]:
        verify(name, wanted.seed, tally)
        _test.cache_clear()
    for finding in tally.findings[:50]:
        print(finding)
    print(
        f"{tally.zones:,} zones, {tally.days:,} days, {len(RELATIVE)} relative dates, "
        f"{tally.meanings:,} meanings, {tally.answers:,} answers in {monotonic() - began:,.0f} s: "
        f"{len(tally.findings):,} findings"
    )
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
