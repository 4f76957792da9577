"""A plan, and a query part by part, for a person to read.

Words come from the language's sentences; counts from whoever can count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from segmentry.plan.nodes import Difference, Expression, Intersection, Leaf, Plan, Union
from segmentry.query.ast import And, Node, Not, Or, Query
from segmentry.query.bound import All, Any, Bound, BoundQuery, Complement
from segmentry.query.printer import print_node
from segmentry.query.sentence import describe

Kind: TypeAlias = Literal["all", "any", "not", "condition"]


@dataclass(frozen=True, slots=True)
class Explained:
    """One condition or group: its text, its words, how many it alone is true for."""

    kind: Kind
    text: str
    words: str
    count: int
    parts: tuple[Explained, ...]


def explain(bound: BoundQuery, currency: str, count: Callable[[BoundQuery], int]) -> Explained:
    """The query part by part, each part counted as a query of its own."""

    def part(node: Bound, written: Node) -> Explained:
        text = print_node(written)
        alone = BoundQuery(node, Query(written, text), (), bound.segments)
        parts = tuple(part(*inner) for inner in _parts(node, written))
        return Explained(_kind(node), text, describe(node, currency), count(alone), parts)

    return part(bound.root, bound.query.root)


def _parts(node: Bound, written: Node) -> Iterator[tuple[Bound, Node]]:
    """The parts of a group, each beside the text it comes from."""
    match node, written:
        case (All(parts), And(operands)) | (Any(parts), Or(operands)):
            yield from zip(parts, operands, strict=True)
        case Complement(inner), Not(operand):
            yield inner, operand


def _kind(node: Bound) -> Kind:
    match node:
        case All():
            return "all"
        case Any():
            return "any"
        case Complement():
            return "not"
    return "condition"


# -- plans ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanText:
    """A plan in words: its tests, numbered from 1 by their place, and how they combine.

    `segments` are the plans of segments that tests refer to, by name key.
    """

    tests: tuple[str, ...]
    members: str
    segments: tuple[tuple[str, PlanText], ...]

    def lines(self, indent: str = "") -> Iterator[str]:
        """The plan as lines of text."""
        for number, test in enumerate(self.tests, start=1):
            yield f"{indent}{number:>3}  {test}"
        yield f"{indent}members: {self.members}"
        for name, plan in self.segments:
            yield f"{indent}segment '{name}':"
            yield from plan.lines(indent + "  ")


def plan_text(plan: Plan, currency: str) -> PlanText:
    """The plan in words."""
    tests = tuple(describe(test, currency) for test in plan.tests)
    others = tuple((name, plan_text(other, currency)) for name, other in plan.segments)
    return PlanText(tests, _expression(plan.root), others)


def _expression(node: Expression) -> str:
    match node:
        case Leaf(test):
            return str(test + 1)
        case Intersection(parts):
            return " and ".join(_grouped(part, Union) for part in parts)
        case Union(parts):
            return " or ".join(_grouped(part) for part in parts)
        case Difference(part):
            return f"not {_grouped(part, Intersection, Union)}"
    assert_never(node)


def _grouped(node: Expression, *loose: type) -> str:
    return f"({_expression(node)})" if isinstance(node, loose) else _expression(node)
