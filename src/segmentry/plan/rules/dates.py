"""Which of a test's filters are about dates, and to which side these are open."""

from __future__ import annotations

from typing import Literal, TypeAlias

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


def dates_of(test: RecordTest) -> tuple[FieldTest, ...]:
    """The filters on dates."""
    return tuple(each for each in test.filters if each.field.type.dated)


def rows_of(test: RecordTest) -> Rows:
    """The records that the other filters leave."""
    others = frozenset(each for each in test.filters if not each.field.type.dated)
    return Rows(test.function, others)


def open_side(test: RecordTest) -> Side | None:
    """The side to which all its dates are open: every later row passes, or every earlier one.

    None where there is no date, or where dates are bounded on both sides.
    """
    sides = {None if each.negated else _SIDES.get(each.operator) for each in dates_of(test)}
    return sides.pop() if len(sides) == 1 else None
