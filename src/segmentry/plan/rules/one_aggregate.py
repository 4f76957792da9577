"""Several aggregates of the same records hold when each of them holds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from segmentry.facts.operators import GREATER_OR_EQUAL
from segmentry.plan.nodes import Expression, Intersection, Leaf
from segmentry.query.bound import FieldTest, RecordTest, Test


def one_aggregate(test: Test) -> Expression:
    """A test of records as tests of one aggregate each; without any, of a count of at least 1."""
    match test:
        case RecordTest(aggregates=()):
            return Leaf(replace(test, aggregates=(_any(test),)))
        case RecordTest(aggregates=several) if len(several) > 1:
            return Intersection(tuple(Leaf(replace(test, aggregates=(one,))) for one in several))
    return Leaf(test)


def _any(test: RecordTest) -> FieldTest:
    (count,) = (field for field in test.function.aggregates if field.name == "count")
    return FieldTest(count, GREATER_OR_EQUAL, False, (Fraction(1),))
