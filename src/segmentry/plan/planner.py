"""Turns a bound query into a plan in which equal conditions are one test."""

from __future__ import annotations

from typing import assert_never

from segmentry.plan.nodes import Difference, Expression, Intersection, Leaf, Plan, Union
from segmentry.query.bound import (
    All,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    RecordTest,
    Test,
)


def plan(query: BoundQuery) -> Plan:
    """The plan of a bound query."""
    numbers: dict[Test, int] = {}
    root = _expression(query.root, numbers)
    segments = tuple((key, plan(other)) for key, other in query.segments)
    return Plan(tuple(numbers), root, segments)


def _expression(node: Bound, numbers: dict[Test, int]) -> Expression:
    match node:
        case All(parts):
            return Intersection(tuple(_expression(part, numbers) for part in parts))
        case Any(parts):
            return Union(tuple(_expression(part, numbers) for part in parts))
        case Complement(part):
            return Difference(_expression(part, numbers))
        case AttributeTest() | RecordTest():
            return Leaf(numbers.setdefault(node, len(numbers)))
    assert_never(node)
