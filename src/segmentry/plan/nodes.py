"""The parts of a plan.

A plan comes from the planner with the tests of its query. Rewrites put comparisons of
features in the place of tests: what is compared then follows from facts alone, and only
what it is compared with moves with time. Every part is frozen and hashable, so that equal
parts are made once however many plans have them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from segmentry.facts.field import Field, Function
from segmentry.query.bound import FieldTest, Test

# -- features ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rows:
    """Records of a customer that pass filters, of which none is about dates."""

    function: Function
    filters: frozenset[FieldTest]


@dataclass(frozen=True, slots=True)
class Total:
    """A count, sum or average of a customer's rows, whenever they were."""

    rows: Rows
    aggregate: Field


@dataclass(frozen=True, slots=True)
class Reached:
    """The date of the row at which a count or sum reaches an amount, row by row.

    Rows are taken from the latest on backwards or, with `forwards`, from the first on.
    The date is missing where all rows together do not reach the amount.
    """

    rows: Rows
    aggregate: Field
    amount: int
    forwards: bool = False


Feature: TypeAlias = Total | Reached


@dataclass(frozen=True, slots=True)
class Compared:
    """A feature of each customer, compared: a total with a number, a date with a cut."""

    feature: Feature
    test: FieldTest


@dataclass(frozen=True, slots=True)
class Listed:
    """Customers named one by one, by their keys."""

    customers: frozenset[str]


# -- expressions ------------------------------------------------------------------------

Step: TypeAlias = Test | Compared | Listed


@dataclass(frozen=True, slots=True)
class Leaf:
    """The customers for whom one step holds."""

    step: Step


@dataclass(frozen=True, slots=True)
class Intersection:
    """Customers in every part; all live ones where there is no part."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """Customers in at least one part; nobody where there is no part."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Live customers not in the part."""

    part: Expression


Expression: TypeAlias = Leaf | Intersection | Union | Difference

EVERYBODY = Intersection(())
NOBODY = Union(())


@dataclass(frozen=True, slots=True)
class Plan:
    """Which customers are wanted, as sets made of the answers to single steps.

    `segments` are the plans of other segments that tests refer to, by name key.
    """

    root: Expression
    segments: tuple[tuple[str, Plan], ...] = ()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The different steps, in the order in which the query has them."""
        return tuple(dict.fromkeys(_steps(self.root)))


def _steps(node: Expression) -> Iterator[Step]:
    match node:
        case Leaf(step):
            yield step
        case Intersection(parts) | Union(parts):
            for part in parts:
                yield from _steps(part)
        case Difference(part):
            yield from _steps(part)
        case _:
            assert_never(node)
