"""Turns a bound query into a plan: single tests, and the sets made of their answers."""

from __future__ import annotations

from typing import assert_never

from segmentry.plan.nodes import (
    NOBODY,
    Difference,
    Expression,
    Intersection,
    Leaf,
    Listed,
    Plan,
    Union,
)
from segmentry.query.bound import (
    All,
    AnniversaryTest,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    Lists,
    RecordTest,
)


def plan(query: BoundQuery) -> Plan:
    """The plan of a bound query."""
    segments = tuple((key, plan(other)) for key, other in query.segments)
    return Plan(_with_lists(_expression(query.root), query.lists), segments)


def _with_lists(rule: Expression, lists: Lists) -> Expression:
    """Who fits the rule or was put in by hand, and was not kept out by hand."""
    inside = NOBODY if lists.fixed else rule
    if lists.included:
        inside = Union((inside, Leaf(Listed(lists.included))))
    if lists.excluded:
        inside = Intersection((inside, Difference(Leaf(Listed(lists.excluded)))))
    return inside


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
