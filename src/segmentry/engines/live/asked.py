"""Plans as they are asked: each different step is one object, whatever plans have it.

To look a step up by what it says is to go through all of it, several times a moment. Here
that is done once a plan; then steps are told apart by which object they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never

from segmentry.plan.nodes import (
    Compared,
    Difference,
    Expression,
    Intersection,
    Leaf,
    Listed,
    Plan,
    Step,
    Union,
)
from segmentry.plan.optimizer import optimized
from segmentry.query.bound import AnniversaryTest, AttributeTest, FieldTest, RecordTest

_PLAIN = (str, int, Fraction, bool)
"""Operands of these kinds mean the same at every moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A step. It is `lasting` where it means the same at every moment, so that its answer
    changes with facts alone."""

    step: Step
    lasting: bool


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """How the answers to some steps combine: as `Intersection`, `Union` or `Difference`."""

    how: type[Intersection | Union | Difference]
    parts: tuple[Node, ...]


Node: TypeAlias = Asked | Combined


@dataclass(frozen=True, slots=True, eq=False)
class AskedPlan:
    """A plan: how its different `steps` combine, and the plans of other segments that it
    refers to, by name key."""

    root: Node
    steps: tuple[Asked, ...]
    segments: tuple[tuple[str, AskedPlan], ...]


_MOST_KEPT = 10_000
"""So many plans are remembered; then all are forgotten, and those still asked come again."""


class AskedPlans:
    """The plans that an engine was asked, each rewritten once."""

    def __init__(self) -> None:
        self._plans: dict[Plan, AskedPlan] = {}
        self._same: dict[int, tuple[Plan, AskedPlan]] = {}
        self._steps: dict[Step, Asked] = {}

    def __iter__(self) -> Iterator[AskedPlan]:
        """All of them."""
        return iter(tuple(self._plans.values()))

    def asked(self, plan: Plan) -> AskedPlan:
        """A plan as it is asked."""
        known = self._same.get(id(plan))
        if known is None:
            if len(self._same) >= _MOST_KEPT:
                for kept in (self._same, self._plans, self._steps):
                    kept.clear()
            if plan not in self._plans:
                self._plans[plan] = self._made(optimized(plan))
            # The plan stays, so no other gets its number.
            known = self._same[id(plan)] = plan, self._plans[plan]
        return known[1]

    def _made(self, plan: Plan) -> AskedPlan:
        root = self._node(plan.root)
        segments = tuple((name, self._made(other)) for name, other in plan.segments)
        return AskedPlan(root, tuple(dict.fromkeys(_steps(root))), segments)

    def _node(self, node: Expression) -> Node:
        match node:
            case Leaf(step):
                if step not in self._steps:
                    self._steps[step] = Asked(step, _lasting(step))
                return self._steps[step]
            case Intersection(parts) | Union(parts):
                return Combined(type(node), tuple(map(self._node, parts)))
            case Difference(part):
                return Combined(Difference, (self._node(part),))
        assert_never(node)


def _steps(node: Node) -> Iterator[Asked]:
    if isinstance(node, Asked):
        yield node
    else:
        for part in node.parts:
            yield from _steps(part)


def _lasting(step: Step) -> bool:
    match step:
        case AttributeTest(field):
            return not field.moves and field.name != "segments" and _plain(step)
        case AnniversaryTest():
            return False
        case Compared(_, test):
            return _plain(test)
        case Listed():
            return True
        case RecordTest(_, filters, aggregates):
            return all(map(_plain, (*filters, *aggregates)))
    assert_never(step)


def _plain(test: AttributeTest | FieldTest) -> bool:
    return all(isinstance(operand, _PLAIN) for operand in test.operands)
