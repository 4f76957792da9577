"""Rewrites a plan so that as little as possible of it depends on the moment.

The rewritten plan has the same members at every moment.
"""

from __future__ import annotations

from typing import assert_never

from segmentry.plan.nodes import (
    Compared,
    Difference,
    Expression,
    Intersection,
    Leaf,
    Listed,
    Plan,
    Union,
)
from segmentry.plan.rules import RULES, Rule


def optimized(plan: Plan) -> Plan:
    """The plan after all rewrites, those of the segments it refers to included."""
    root = plan.root
    for rule in RULES:
        root = _rewritten(root, rule)
    return Plan(root, tuple((name, optimized(other)) for name, other in plan.segments))


def _rewritten(node: Expression, rule: Rule) -> Expression:
    match node:
        case Leaf(step):
            return node if isinstance(step, Compared | Listed) else rule(step)
        case Intersection(parts):
            return Intersection(tuple(_rewritten(part, rule) for part in parts))
        case Union(parts):
            return Union(tuple(_rewritten(part, rule) for part in parts))
        case Difference(part):
            return Difference(_rewritten(part, rule))
    assert_never(node)
