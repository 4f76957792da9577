"""A range of dates that ends today or later has no end: nothing is later than now."""

from __future__ import annotations

from dataclasses import replace

from segmentry.facts.operators import BETWEEN, EQUALS, GREATER_OR_EQUAL
from segmentry.plan.nodes import Expression, Leaf
from segmentry.plan.rules.dates import is_when
from segmentry.query.bound import FieldTest, Operand, RecordTest, Test
from segmentry.query.values import DayOffset, NamedDay, TimeOffset


def open_end(test: Test) -> Expression:
    """`date BETWEEN -90d AND today` as `date >= -90d`, and `date = today` as `date >= today`.

    Only for the date of the record itself: others can be later than now.
    """
    match test:
        case RecordTest(filters=filters):
            return Leaf(replace(test, filters=tuple(map(_opened, filters))))
    return Leaf(test)


def _opened(test: FieldTest) -> FieldTest:
    """The same without its end; a missing date fits neither.

    A day to come begins after now, and so has no date of today in it either way.
    """
    ends = test.operator in (BETWEEN, EQUALS) and _is_to_come(test.operands[-1])
    if not is_when(test.field) or test.negated or not ends:
        return test
    return replace(test, operator=GREATER_OR_EQUAL, operands=test.operands[:1])


def _is_to_come(operand: Operand) -> bool:
    """Whether the end of what is named is never before now."""
    match operand:
        case NamedDay(name):
            return name == "today"
        case DayOffset(amount) | TimeOffset(amount):
            return amount >= 0
    return False
