"""Comparisons of counts and sums come down to one question: are they at least so much?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import cast

from segmentry.facts.operators import (
    BETWEEN,
    EQUALS,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    IS_NULL,
    LESS,
    LESS_OR_EQUAL,
)
from segmentry.plan.nodes import (
    EVERYBODY,
    NOBODY,
    Difference,
    Expression,
    Intersection,
    Leaf,
    Union,
)
from segmentry.plan.rules.dates import open_side
from segmentry.query.bound import FieldTest, RecordTest, Test


def at_least(test: Test) -> Expression:
    """`count = 2` as "at least 2 and not at least 3", and so on for each operator.

    Only for a whole number that further rows never lower, of rows open to one side of
    time. A count or sum is never missing.
    """
    match test:
        case RecordTest(aggregates=(aggregate,)) if aggregate.field.rising and open_side(test):
            found = _meaning(test, aggregate)
            return Difference(found) if aggregate.negated else found
    return Leaf(test)


def _meaning(test: RecordTest, aggregate: FieldTest) -> Expression:
    """The aggregate's positive meaning."""
    operator = aggregate.operator
    if operator is IS_NULL:
        return NOBODY
    values = [Fraction(cast("int | Fraction", operand)) for operand in aggregate.operands]
    first, last = values[0], values[-1]
    if operator in (EQUALS, IN):
        each = [_within(test, value, value) for value in values if value.denominator == 1]
        return each[0] if len(each) == 1 else Union(tuple(each))
    if operator is BETWEEN:
        return _within(test, first, last)
    if operator in (GREATER_OR_EQUAL, LESS):
        found = _reaching(test, ceil(first))
    else:
        assert operator in (GREATER, LESS_OR_EQUAL), operator.symbol
        found = _reaching(test, floor(first) + 1)
    return Difference(found) if operator in (LESS, LESS_OR_EQUAL) else found


def _within(test: RecordTest, first: Fraction, last: Fraction) -> Expression:
    """From the first value to the last, both included."""
    enough = _reaching(test, ceil(first))
    not_more = Difference(_reaching(test, floor(last) + 1))
    return not_more if enough == EVERYBODY else Intersection((enough, not_more))


def _reaching(test: RecordTest, amount: int) -> Expression:
    """At least so much; everybody has at least nothing."""
    if amount <= 0:
        return EVERYBODY
    (aggregate,) = test.aggregates
    enough = FieldTest(aggregate.field, GREATER_OR_EQUAL, False, (amount,))
    return Leaf(replace(test, aggregates=(enough,)))
