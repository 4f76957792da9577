"""When a customer next joins or leaves, by asking at every moment that could matter.

Slow and obvious: each local midnight for two years, and each moment that facts name or that
lies as far from one as the query says, with the microseconds before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from segmentry.engines.base import FactSource, NextChange
from segmentry.engines.reference.evaluation import Evaluation
from segmentry.engines.reference.records import RECORDS
from segmentry.engines.reference.values import value_of
from segmentry.facts.checkouts import ABANDONED_AFTER
from segmentry.facts.store import Store
from segmentry.facts.tables import TABLES
from segmentry.plan.nodes import Compared, Listed, Plan
from segmentry.plan.passing import by_the_day
from segmentry.query.bound import AnniversaryTest, AttributeTest, RecordTest
from segmentry.query.values import TimeOffset

DAYS = 800
"""So many days are looked at."""
_TICK = timedelta(microseconds=1)


def next_change(
    at: Callable[[datetime], Evaluation],
    facts: FactSource,
    store: Store,
    plan: Plan,
    customer: str,
    as_of: datetime,
) -> NextChange:
    """When a customer next joins or leaves after a moment, within two years."""
    end = as_of + timedelta(days=DAYS)

    def inside(moment: datetime) -> bool:
        return bool(at(moment).among([customer]).members(plan))

    before = inside(as_of)
    named = {*_of_facts(facts), *_of_values(at(end), plan, customer)}
    for moment in sorted({*_near(named, plan), *_midnights(as_of, store)}):
        if as_of < moment < end and inside(moment) != before:
            return NextChange(before, at=moment)
    return NextChange(before, unknown_from=end)


def since(
    at: Callable[[datetime], Evaluation],
    facts: FactSource,
    store: Store,
    plan: Plan,
    customer: str,
    as_of: datetime,
) -> datetime | None:
    """The last moment up to one at which a customer joined or left, within two years."""

    def inside(moment: datetime) -> bool:
        return bool(at(moment).among([customer]).members(plan))

    now, begin = inside(as_of), as_of - timedelta(days=DAYS)
    named = {*_of_facts(facts), *_of_values(at(as_of), plan, customer)}
    moments = {*_near(named, plan), *_midnights(begin, store)}
    for moment in sorted(moments, reverse=True):
        if begin < moment <= as_of and inside(moment - _TICK) != now:
            return moment
    return None


def _near(named: set[datetime], plan: Plan) -> set[datetime]:
    """Moments that lie as far from some as the plan says, and those beside."""
    steps = [timedelta(), ABANDONED_AFTER, *(-step for step in _steps(plan))]
    ticks = (-_TICK, timedelta(), _TICK)
    return {moment + step + tick for moment in named for step in steps for tick in ticks}


def next_due(
    at: Evaluation, facts: FactSource, store: Store, plan: Plan, as_of: datetime
) -> datetime | None:
    """The next moment at which anybody could join or leave: any that a fact names or that lies
    so far from one as the query says, and any midnight if it asks about days."""
    named = {*_of_facts(facts)}
    for customer in at.people:
        named.update(_of_values(at, plan, customer))
    midnights = _midnights(as_of, store) if by_the_day(plan) else ()
    return min((each for each in (*_near(named, plan), *midnights) if each > as_of), default=None)


def _midnights(as_of: datetime, store: Store) -> Iterator[datetime]:
    """Each time the clock shows midnight; where it is set over one, each minute around it."""
    for n in range(-2, DAYS + 2):
        midnight = datetime.combine(as_of.date() + timedelta(days=n), time(), store.zone)
        first, last = sorted(midnight.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
        while first <= last:
            yield first
            first += timedelta(minutes=1)


def _of_facts(facts: FactSource) -> Iterator[datetime]:
    """Every moment that is written in a table."""
    for table in TABLES.values():
        for row in facts.read(table).to_pylist():
            yield from (value for value in row.values() if isinstance(value, datetime))


def _of_values(at: Evaluation, plan: Plan, customer: str) -> Iterator[datetime]:
    """Every moment that is a value which a test of the plan looks at."""
    for person in at.among([customer]).people.values():
        for step in plan.steps:
            found: list[Any] = []
            match step:
                case AttributeTest(field=field) | AnniversaryTest(field=field):
                    if field.type.dated:
                        found = [value_of(field)(person, at.store)]
                case RecordTest():
                    records = RECORDS[step.function.name]
                    dated = [each.field for each in step.filters if each.field.type.dated]
                    readers = [records.reader(field) for field in dated]
                    found = [read(each) for each in records.of(person, step) for read in readers]
                case Compared():
                    raise AssertionError("asked for plans as they were bound")
            yield from (value for value in found if isinstance(value, datetime))
    for _, other in plan.segments:
        yield from _of_values(at, other, customer)


def _steps(plan: Plan) -> Iterator[timedelta]:
    """The hours and minutes from now that a plan names."""
    for step in plan.steps:
        assert not isinstance(step, Compared), "asked for plans as they were bound"
        if isinstance(step, Listed):
            continue
        tests = step.filters if isinstance(step, RecordTest) else (step,)
        for operand in (operand for test in tests for operand in test.operands):
            if isinstance(operand, TimeOffset):
                yield timedelta(**{"hours" if operand.unit == "h" else "minutes": operand.amount})
    for _, other in plan.segments:
        yield from _steps(other)
