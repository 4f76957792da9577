"""The parts of a query, each with its place in the text; what is denied is denied below.

NOT (a AND b) is here "any of: not a, not b", so that each part holds of the customers that
count for the query, and no rule needs to think of what stands around it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, assert_never

from segmentry.query.ast import And, Anniversary, Call, Condition, Node, Not, Or, Span
from segmentry.query.bound import (
    All,
    AnniversaryTest,
    Any,
    AttributeTest,
    Bound,
    BoundQuery,
    Complement,
    RecordTest,
    Test,
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition, which has to hold, or not to hold, to count."""

    test: Test
    holds: bool
    node: Condition | Call | Anniversary

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.node.span


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of which all have to hold, or any."""

    kind: Literal["all", "any"]
    parts: tuple[Part, ...]

    @property
    def span(self) -> Span:
        """From the start of the first to the end of the last."""
        return self.parts[0].span[0], self.parts[-1].span[1]


Part: TypeAlias = Leaf | Group


def parts_of(query: BoundQuery) -> Part:
    """The parts of a query."""
    return _part(query.root, query.query.root, holds=True)


def leaves(part: Part) -> Iterator[Leaf]:
    """Every condition, in the order of the text."""
    match part:
        case Leaf():
            yield part
        case Group(parts=parts):
            for each in parts:
                yield from leaves(each)


def _part(bound: Bound, node: Node, *, holds: bool) -> Part:
    match bound:
        case Complement(part):
            assert isinstance(node, Not)
            return _part(part, node.operand, holds=not holds)
        case All(parts) | Any(parts):
            assert isinstance(node, And | Or)
            below = zip(parts, node.operands, strict=True)
            kind: Literal["all", "any"] = "all" if isinstance(bound, All) == holds else "any"
            return _group(kind, [_part(each, of, holds=holds) for each, of in below])
        case AttributeTest() | RecordTest() | AnniversaryTest():
            assert isinstance(node, Condition | Call | Anniversary)
            return Leaf(bound, holds, node)
    assert_never(bound)


def _group(kind: Literal["all", "any"], parts: list[Part]) -> Group:
    """A group of its kind; groups of the same kind in it are taken apart."""
    flat: list[Part] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Group) and part.kind == kind else (part,))
    return Group(kind, tuple(flat))
