"""Tests of records from query texts, and what a rule makes of them."""

from __future__ import annotations

from segmentry.plan.nodes import Difference, Expression, Intersection, Leaf, Union
from segmentry.query.bind import bind
from segmentry.query.bound import RecordTest


def asked(text: str) -> RecordTest:
    """The test that a query of one condition on records is."""
    test = bind(text).root
    assert isinstance(test, RecordTest)
    return test


def leaf(text: str) -> Expression:
    """The same as a plan of its own."""
    return Leaf(asked(text))


def both(*parts: Expression) -> Expression:
    """Those in every part."""
    return Intersection(parts)


def either(*parts: Expression) -> Expression:
    """Those in one part at least."""
    return Union(parts)


def others(part: Expression) -> Expression:
    """Everybody else."""
    return Difference(part)
