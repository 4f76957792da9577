"""Several aggregates of the same records hold when each of them holds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from segmentry.facts.functions.parameters import COUNT
from segmentry.facts.operators import GREATER_OR_EQUAL
from segmentry.plan.nodes import Expression, Intersection, Leaf
from segmentry.query.bound import FieldTest, RecordTest, Test


def one_aggregate(test: Test) -> Expression:
    """A test of records as tests of one aggregate each; without any, of a count of at least 1."""
    match test:
        case RecordTest(aggregates=()) if count := _count(test):
            return Leaf(replace(test, aggregates=(count,)))
        case RecordTest(aggregates=several) if len(several) > 1:
            return Intersection(tuple(Leaf(replace(test, aggregates=(one,))) for one in several))
    return Leaf(test)


def _count(test: RecordTest) -> FieldTest | None:
    """A count of at least 1, where the records are counted at all."""
    for field in test.function.aggregates:
        if field == COUNT:
            return FieldTest(field, GREATER_OR_EQUAL, False, (Fraction(1),))
    return None
