"""What of a plan the passing of time alone can change: at midnights, at moments so far from the
dates of facts, and by facts that take effect then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from segmentry.facts.operators import (
    BETWEEN,
    GREATER,
    GREATER_OR_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    ORDERING,
)
from segmentry.plan.bounds import Bounds, needs_the_store, without
from segmentry.plan.nodes import Compared, Listed, Plan, Step
from segmentry.query.bound import AnniversaryTest, AttributeTest, FieldTest, RecordTest
from segmentry.query.values import DayOffset, NamedDay, TimeOffset

_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cut:
    """A date that a test compares with a moment so far from now: of the customer or, with
    `of`, of one of their records. The answer can change so long `after` that date."""

    test: AttributeTest | FieldTest
    after: timedelta
    of: RecordTest | None = None


def cuts(plan: Plan) -> Iterator[Cut]:
    """All cuts of a plan and of the segments it refers to."""
    return (cut for step in _steps(plan) for cut in _cuts(step))


def _cuts(step: Step) -> Iterator[Cut]:
    match step:
        case AttributeTest():
            yield from (Cut(step, after) for after in _afters(step))
        case RecordTest(filters=filters):
            for each in filters:
                yield from (Cut(each, after, step) for after in _afters(each))


def _afters(test: AttributeTest | FieldTest) -> Iterator[timedelta]:
    for position, operand in enumerate(test.operands):
        if isinstance(operand, TimeOffset):
            unit = timedelta(hours=1) if operand.unit == "h" else timedelta(minutes=1)
            until = -operand.amount * unit
            lower = test.operator is BETWEEN and position == 0
            upper = test.operator is BETWEEN and position == 1
            # Up to that moment itself a date is on or after the bound, and not before it.
            if lower or test.operator not in (GREATER, LESS_OR_EQUAL, BETWEEN):
                yield until + _TICK
            if upper or test.operator not in (GREATER_OR_EQUAL, LESS, BETWEEN):
                yield until


def without_time(plan: Plan) -> Bounds:
    """What is certain of a plan whatever the time is, while the same facts are in effect."""
    return without(plan, lambda step: _by_time(step, plan))


def _by_time(step: Step, plan: Plan) -> bool:
    if isinstance(step, AttributeTest) and step.field.name == "segments":
        return any(_by_time(each, other) for _, other in plan.segments for each in other.steps)
    return _by_the_day(step, plan) or any(_cuts(step))


def by_the_day(plan: Plan) -> bool:
    """Whether answers to a plan can change at a midnight of the store, because it asks about
    days, or measures customers against the store."""
    return any(_by_the_day(step, each) for each in _plans(plan) for step in each.steps)


def _by_the_day(step: Step, plan: Plan) -> bool:
    if needs_the_store(step, plan):
        return True
    match step:
        case Listed():
            return False
        case AnniversaryTest():
            return step.operator in ORDERING or names_days(step)
        case RecordTest():
            return any(map(names_days, step.filters))
        case AttributeTest() if not step.field.type.dated:
            return step.field.moves
        case AttributeTest():
            return names_days(step)
    raise AssertionError("asked for plans as they were bound")


def names_days(test: AttributeTest | AnniversaryTest | FieldTest) -> bool:
    """Whether a test compares with days that are told by their distance from today."""
    return any(isinstance(each, DayOffset | NamedDay) for each in test.operands)


def moves(test: FieldTest) -> bool:
    """Whether a test compares with a day or a moment that moves with time."""
    return any(isinstance(each, DayOffset | NamedDay | TimeOffset) for each in test.operands)


def tables(plan: Plan) -> frozenset[str]:
    """The canonical tables whose facts answer a plan."""
    return frozenset(table for step in _steps(plan) for table in _tables(step))


def _tables(step: Step) -> tuple[str, ...]:
    assert not isinstance(step, Compared), "asked for plans as they were bound"
    if isinstance(step, Listed):
        return ()
    return step.function.needs if isinstance(step, RecordTest) else step.field.needs


def _plans(plan: Plan) -> Iterator[Plan]:
    """A plan and those of the segments it refers to."""
    yield plan
    for _, other in plan.segments:
        yield from _plans(other)


def _steps(plan: Plan) -> Iterator[Step]:
    return (step for each in _plans(plan) for step in each.steps)
