"""What is certain of a plan some of whose tests cannot be answered.

Of two plans made from it one holds where the plan holds whatever those tests would say, the
other where it can hold. Where both say the same, so does the plan.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from segmentry.facts.operators import RANKING
from segmentry.plan.nodes import (
    EVERYBODY,
    NOBODY,
    Difference,
    Expression,
    Intersection,
    Leaf,
    Plan,
    Step,
    Union,
)
from segmentry.query.bound import AttributeTest
from segmentry.query.values import StoreStatistic


@dataclass(frozen=True, slots=True)
class Bounds:
    """The plan of those who are in for certain, and that of those who can be."""

    certain: Plan
    possible: Plan


def without_the_store(plan: Plan) -> Bounds:
    """What is certain without knowing what customers are measured against: ranks, averages
    over the store, its rhythm and scores."""

    def unknown(step: Step) -> bool:
        return needs_the_store(step, plan)

    return without(plan, unknown)


def without(plan: Plan, unknown: Callable[[Step], bool]) -> Bounds:
    """What is certain without the answers to some steps."""
    certain = _bound(plan.root, unknown, possible=False)
    possible = _bound(plan.root, unknown, possible=True)
    return Bounds(Plan(certain, plan.segments), Plan(possible, plan.segments))


def needs_the_store(step: Step, plan: Plan) -> bool:
    """Whether the answer to a step of a plan depends on other customers of the store."""
    if not isinstance(step, AttributeTest):
        return False
    if step.field.name == "segments":
        return any(
            needs_the_store(each, other) for _, other in plan.segments for each in other.steps
        )
    against = step.operator in RANKING or step.field.relative
    return against or any(isinstance(operand, StoreStatistic) for operand in step.operands)


def _bound(node: Expression, unknown: Callable[[Step], bool], *, possible: bool) -> Expression:
    match node:
        case Leaf(step):
            return (EVERYBODY if possible else NOBODY) if unknown(step) else node
        case Intersection(parts):
            return Intersection(tuple(_bound(each, unknown, possible=possible) for each in parts))
        case Union(parts):
            return Union(tuple(_bound(each, unknown, possible=possible) for each in parts))
        case Difference(part):
            return Difference(_bound(part, unknown, possible=not possible))
    assert_never(node)
