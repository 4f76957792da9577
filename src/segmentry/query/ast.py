"""The syntax tree of a query, as written: names are not looked up yet.

Spans are character offsets [start, end) into the text; they and comments take no
part in equality, so two texts that say the same have equal trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from segmentry.base.errors import Problem
from segmentry.facts.operators import Operator
from segmentry.query.values import Value

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Literal:
    """A value and where it stands."""

    value: Value
    span: Span = field(compare=False)


@dataclass(frozen=True, slots=True)
class Condition:
    """`name operator operands`, for an attribute or for a parameter of a function."""

    name: str
    operator: Operator
    negated: bool
    operands: tuple[Literal, ...]
    span: Span = field(compare=False)
    name_span: Span = field(compare=False)
    operator_span: Span = field(compare=False)
    comments: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`function [NOT] MATCHES (parameters)`."""

    name: str
    negated: bool
    parameters: tuple[Condition, ...]
    span: Span = field(compare=False)
    name_span: Span = field(compare=False)
    comments: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Anniversary:
    """`anniversary('attribute') operator dates`; `condition` compares the named attribute."""

    condition: Condition
    span: Span = field(compare=False)
    comments: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All operands hold."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one operand holds."""

    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not hold."""

    operand: Node


Node: TypeAlias = Condition | Call | Anniversary | And | Or | Not


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `notes` are remarks on its form: it runs all the same."""

    root: Node
    text: str = field(compare=False)
    notes: tuple[Problem, ...] = field(default=(), compare=False)
    trailing_comments: tuple[str, ...] = field(default=(), compare=False)


def joined(kind: type[And] | type[Or], operands: Sequence[Node]) -> Node:
    """One node for operands of AND or OR; a group among them of the same kind is taken apart,
    since its brackets change nothing."""
    flat: list[Node] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, kind) else (operand,))
    return flat[0] if len(flat) == 1 else kind(tuple(flat))
