"""Turns a bound query into a plan: single tests, and the sets made of their answers."""

from __future__ import annotations

from typing import assert_never

from segmentry.plan.nodes import Difference, Expression, Intersection, Leaf, Plan, Union
from segmentry.query.bound import (
    All,
    AnniversaryTest,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    RecordTest,
)


def plan(query: BoundQuery) -> Plan:
    """The plan of a bound query."""
    segments = tuple((key, plan(other)) for key, other in query.segments)
    return Plan(_expression(query.root), segments)


def _expression(node: Bound) -> Expression:
    match node:
        case All(parts):
            return Intersection(tuple(map(_expression, parts)))
        case Any(parts):
            return Union(tuple(map(_expression, parts)))
        case Complement(part):
            return Difference(_expression(part))
        case AttributeTest() | AnniversaryTest() | RecordTest():
            return Leaf(node)
    assert_never(node)
