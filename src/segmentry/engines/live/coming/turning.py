"""The moments at which the passing of time alone can change the answer to a test.

They follow from the dates and numbers that the test compares of a customer while the same
facts are in effect. There can be more of them than changes, and never fewer: between two of
them the answer stays.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from heapq import merge
from itertools import count, groupby
from math import floor
from zoneinfo import ZoneInfo

import numpy as np

from segmentry.engines.live.columns import Column, dated
from segmentry.engines.live.moments import day_of_number
from segmentry.engines.live.records import records_of
from segmentry.engines.live.snapshot import Snapshot
from segmentry.facts.anniversaries import anniversary
from segmentry.facts.channels import PREFERENCE_DAYS
from segmentry.facts.field import Attribute
from segmentry.facts.operators import ORDERING
from segmentry.plan.bounds import needs_the_store
from segmentry.plan.nodes import Plan
from segmentry.query.bound import AnniversaryTest, AttributeTest, FieldTest, Operand, RecordTest
from segmentry.query.dates import day_of, day_start, local_day, shift_day
from segmentry.query.values import Day, DayOffset, NamedDay, TimeOffset

_TICK = timedelta(microseconds=1)
_AROUND = range(-1, 3)
"""Days from the one that a date is on to those on which it comes into a day and out of it, and
one on either side, which cost little."""
_AROUND_MONTHS = range(-4, 5)
"""The same by months and years, whose last days stand for each other."""


@dataclass(frozen=True, slots=True)
class Turning:
    """Days at whose beginning, and moments at which, an answer can change.

    `yearly` gives further days of any year, `daily` means every day.
    """

    days: frozenset[date] = frozenset()
    moments: frozenset[datetime] = frozenset()
    yearly: tuple[Callable[[int], Iterable[date]], ...] = ()
    daily: bool = False

    def with_those_of(self, other: Turning) -> Turning:
        """Both together."""
        return Turning(
            self.days | other.days,
            self.moments | other.moments,
            self.yearly + other.yearly,
            self.daily or other.daily,
        )


def in_order(turning: Turning, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The moments at which an answer can change after one, in order; without an end where
    some come every year."""
    first = local_day(after, zone)
    years = count(first.year) if turning.daily or turning.yearly else ()
    yearly = (moment for year in years for moment in _of_year(turning, year, zone))
    days = {each for each in turning.days if first <= each}
    once = {*turning.moments, *(day_start(day, zone) for day in days)}
    found = merge(sorted(once), yearly)
    return (moment for moment, _ in groupby(found) if moment > after)


def _of_year(turning: Turning, year: int, zone: ZoneInfo) -> list[datetime]:
    """The moments at which an answer can change in a year."""
    if turning.daily:
        days = {date(year, 1, 1) + timedelta(days=n) for n in range(365 + isleap(year))}
    else:
        found = (day for of_year in turning.yearly for day in of_year(year))
        days = {day for day in found if day.year == year}
    return sorted({day_start(day, zone) for day in days})


@dataclass(frozen=True, slots=True)
class Subject:
    """Customers while the same facts are in effect, and their dates by the store's clock."""

    now: Snapshot
    zone: ZoneInfo
    value: Callable[[Attribute], Column]

    def day(self, moment: date) -> date:
        """The local day of a moment, or the day itself."""
        return _local(moment, self.zone)


def _local(moment: date, zone: ZoneInfo) -> date:
    return local_day(moment, zone) if isinstance(moment, datetime) else moment


def turning(plan: Plan, subject: Subject) -> Turning:
    """When time alone can change the answer to any test of a plan, those of the segments it
    refers to included. What is measured against the store is not looked at."""
    found = Turning()
    for step in plan.steps:
        match step:
            case AttributeTest() if step.field.name == "segments" or needs_the_store(step, plan):
                pass
            case AttributeTest():
                found = found.with_those_of(_of_attribute(step, subject))
            case AnniversaryTest():
                found = found.with_those_of(_of_anniversary(step, subject))
            case RecordTest():
                for each in step.filters:
                    found = found.with_those_of(_of_filter(each, step, subject))
    for _, other in plan.segments:
        found = found.with_those_of(turning(other, subject))
    return found


# -- dates ------------------------------------------------------------------------------


def _of_filter(test: FieldTest, of: RecordTest, subject: Subject) -> Turning:
    if not (test.field.type.dated and any(map(_moves, test.operands))):
        return Turning()
    column = records_of(of.function, of.filters).column(test.field, subject.now)
    return _of_dates(_dates(column), test.operands, subject.zone)


def _moves(operand: Operand) -> bool:
    return isinstance(operand, DayOffset | NamedDay | TimeOffset)


def _dates(column: Column) -> frozenset[date]:
    """The known dates of a column, all of them."""
    values = column.listed(np.arange(len(column.known)))
    return frozenset(value for value in values if isinstance(value, date))


@lru_cache(maxsize=64)
def _of_dates(values: frozenset[date], operands: tuple[Operand, ...], zone: ZoneInfo) -> Turning:
    """When days and moments that move with time come to these dates, or past them. Kept for the
    last few, since those of records are often the same whatever is in effect."""
    days = {_local(value, zone) for value in values}
    exact = {value for value in values if isinstance(value, datetime)}
    found: set[date] = set()
    moments: set[datetime] = set()
    for operand in operands:
        match operand:
            case NamedDay() | DayOffset():
                found.update(_reaching(days, operand))
            case TimeOffset(amount, unit):
                step = timedelta(hours=amount) if unit == "h" else timedelta(minutes=amount)
                moments.update(value - step for value in exact)
                moments.update(value - step + _TICK for value in exact)
    return Turning(frozenset(found), frozenset(moments))


def _reaching(days: Iterable[date], operand: DayOffset | NamedDay) -> Iterator[date]:
    """The days on which an operand means one of some days, or one beside it."""
    for day in days:
        match operand:
            case NamedDay(name):
                yield from _around(day, 0 if name == "today" else 1)
            case DayOffset(amount, unit) if unit in ("d", "w"):
                yield from _around(day, -amount * (7 if unit == "w" else 1))
            case DayOffset(amount, unit) if MINYEAR < day.year - amount // 12 < MAXYEAR:
                yield from _around(shift_day(day, -amount, unit), 0, _AROUND_MONTHS)


def _around(day: date, later: int, around: range = _AROUND) -> Iterator[date]:
    """The days around the one so many days later, those of no year that is written left out."""
    middle = day.toordinal() + later
    for number in range(middle + around.start, middle + around.stop):
        if date.min.toordinal() <= number <= date.max.toordinal():
            yield date.fromordinal(number)


# -- attributes -------------------------------------------------------------------------


def _of_attribute(test: AttributeTest, subject: Subject) -> Turning:
    field = test.field
    if field.type.dated:
        if not any(map(_moves, test.operands)):
            return Turning()
        return _of_dates(_dates(subject.value(field)), test.operands, subject.zone)
    return _MOVING.get(field.name, _every_day)(test, subject) if field.moves else Turning()


def _every_day(test: AttributeTest, subject: Subject) -> Turning:
    return Turning(daily=True)


def _numbers(test: AttributeTest) -> list[int | Fraction]:
    return [each for each in test.operands if isinstance(each, int | Fraction)]


def _days_since_order(test: AttributeTest, subject: Subject) -> Turning:
    return _since_order(test, subject, (Fraction(1),))


def _own_gaps_since_order(test: AttributeTest, subject: Subject) -> Turning:
    number, days = subject.now.gaps
    return _since_order(
        test,
        subject,
        (
            Fraction(together, count)
            for together, count in zip(days.tolist(), number.tolist(), strict=True)
            if count
        ),
    )


def _since_order(test: AttributeTest, subject: Subject, gaps: Iterable[Fraction]) -> Turning:
    """When so many gaps have passed since the last order day."""
    last = [day_of_number(n) for n in subject.now.last_order_day[subject.now.bought].tolist()]
    later = {floor(number * gap) for gap in gaps for number in _numbers(test)}
    return Turning(frozenset(each for day in last for n in later for each in _around(day, n)))


def _age(test: AttributeTest, subject: Subject) -> Turning:
    """Around the birthdays with an age that is asked for, and with the next."""
    born = _dates(subject.now.customers.dates("birth_date"))
    ages = {floor(number) + more for number in _numbers(test) for more in (0, 1)}
    return Turning(
        frozenset(
            each
            for day in born
            for age in ages
            if MINYEAR <= day.year + age <= MAXYEAR
            for each in _around(anniversary(day, day.year + age), 0)
        )
    )


def _preferred_channel(test: AttributeTest, subject: Subject) -> Turning:
    """When messages are too long ago to count."""
    messages = _dates(dated(subject.now.columns.events.every.at))
    days = {subject.day(moment) for moment in messages}
    return Turning(frozenset(each for day in days for each in _around(day, PREFERENCE_DAYS)))


_MOVING: dict[str, Callable[[AttributeTest, Subject], Turning]] = {
    "days_since_last_order": _days_since_order,
    "own_gap_ratio": _own_gaps_since_order,
    "customer_age": _age,
    "preferred_channel": _preferred_channel,
}
"""When attributes without a date change as time passes; any other is looked at every day."""


# -- anniversaries ----------------------------------------------------------------------


def _of_anniversary(test: AnniversaryTest, subject: Subject) -> Turning:
    """Around the anniversaries of the customer's dates and of the days that are named, and at
    the beginning of a year, whose days some comparisons are about."""
    moving = [each for each in test.operands if isinstance(each, DayOffset | NamedDay)]
    if not moving and test.operator not in ORDERING:
        return Turning()
    days = {subject.day(value) for value in _dates(subject.value(test.field))}
    if not days:
        return Turning()
    days |= {each.value for each in test.operands if isinstance(each, Day)}

    def of_year(year: int) -> Iterator[date]:
        yield date(year, 1, 1)
        for operand in moving:
            for meant in _years_meant(operand, year):
                yield from _reaching({anniversary(day, meant) for day in days}, operand)

    return Turning(yearly=(of_year,))


def _years_meant(operand: DayOffset | NamedDay, year: int) -> range:
    """The years in which an operand means a day when it is that year, and those beside."""
    first, last = (day_of(operand, date(year, *day)).year for day in ((1, 1), (12, 31)))
    return range(max(MINYEAR, first - 1), min(MAXYEAR, last + 1) + 1)
