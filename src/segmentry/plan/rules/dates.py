"""Which of a test's filters are about when its records were, and to which side they are open."""

from __future__ import annotations

from typing import Literal, TypeAlias

from segmentry.facts.field import Field
from segmentry.facts.functions.parameters import DATE
from segmentry.facts.operators import GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL
from segmentry.plan.nodes import Rows
from segmentry.query.bound import FieldTest, RecordTest

Side: TypeAlias = Literal["later", "earlier"]

_SIDES: dict[object, Side] = {
    GREATER: "later",
    GREATER_OR_EQUAL: "later",
    LESS: "earlier",
    LESS_OR_EQUAL: "earlier",
}


def is_when(field: Field) -> bool:
    """Whether a field is the date of the record itself, which is never later than now."""
    return field == DATE


def dates_of(test: RecordTest) -> tuple[FieldTest, ...]:
    """The filters on the dates of records."""
    return tuple(each for each in test.filters if is_when(each.field))


def rows_of(test: RecordTest) -> Rows | None:
    """The records that the other filters leave; None where one of these is about a date as
    well, so that time alone changes what it leaves."""
    others = frozenset(each for each in test.filters if not is_when(each.field))
    if any(each.field.type.dated for each in others):
        return None
    return Rows(test.function, others)


def open_side(test: RecordTest) -> Side | None:
    """The side to which all its dates are open: every later row passes, or every earlier one.

    None where there is no date, or where dates are bounded on both sides.
    """
    sides = {None if each.negated else _SIDES.get(each.operator) for each in dates_of(test)}
    return sides.pop() if len(sides) == 1 else None
