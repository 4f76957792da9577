"""The parts of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from segmentry.query.bound import Test


@dataclass(frozen=True, slots=True)
class Leaf:
    """The customers for whom test number `test` holds."""

    test: int


@dataclass(frozen=True, slots=True)
class Intersection:
    """Customers in every part."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """Customers in at least one part."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Live customers not in the part."""

    part: Expression


Expression: TypeAlias = Leaf | Intersection | Union | Difference


@dataclass(frozen=True, slots=True)
class Plan:
    """Tests that are each made once, and the sets of customers made of their answers.

    `segments` are the plans of other segments that tests refer to, by name key.
    """

    tests: tuple[Test, ...]
    root: Expression
    segments: tuple[tuple[str, Plan], ...] = ()
