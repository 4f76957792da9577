"""A query bound to the catalogue: every name resolved, every value of the right type.

All nodes are frozen and hashable; equal nodes mean the same, whatever their texts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self, TypeAlias

from segmentry.base.errors import Problem
from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.operators import Operator
from segmentry.query.ast import Query
from segmentry.query.values import DateValue, Rank, StoreStatistic


class Written(str):
    """A text as it is compared, which remembers how it was written: equal texts are equal,
    however they were written."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, key: str, written: str) -> Self:
        """The key of a text."""
        text = super().__new__(cls, key)
        text.written = written
        return text


Operand: TypeAlias = str | int | Fraction | bool | DateValue | Rank | StoreStatistic
"""Money is an integer of ten-thousandths; other numbers are exact fractions; texts that
are compared without case are already folded, and remember how they were written."""


@dataclass(frozen=True, slots=True)
class FieldTest:
    """One field of a record, or one aggregate of records, compared."""

    field: Field
    operator: Operator
    negated: bool
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class AttributeTest:
    """One attribute of a customer, compared."""

    field: Attribute
    operator: Operator
    negated: bool
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class AnniversaryTest:
    """The month and day of a date of a customer, compared with days."""

    field: Attribute
    operator: Operator
    negated: bool
    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class RecordTest:
    """Records of a customer, filtered and then counted or added up.

    Without aggregates it holds when a record is left.
    """

    function: Function
    filters: tuple[FieldTest, ...]
    aggregates: tuple[FieldTest, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part holds."""

    parts: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Complement:
    """The part does not hold."""

    part: Bound


Test: TypeAlias = AttributeTest | AnniversaryTest | RecordTest
Bound: TypeAlias = Test | All | Any | Complement


@dataclass(frozen=True, slots=True)
class Lists:
    """The customers put into a segment and kept out of it by hand, by their keys.

    With `fixed` those put in are all who belong, whatever the query says.
    """

    included: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    fixed: bool = False


NO_LISTS = Lists()


@dataclass(frozen=True, slots=True)
class BoundQuery:
    """What a query means, what it was written as, and remarks on it.

    `segments` are the saved segments it refers to, by name key, bound as well; `lists` are
    those of the segment whose query it is.
    """

    root: Bound
    query: Query
    notes: tuple[Problem, ...]
    segments: tuple[tuple[str, BoundQuery], ...] = ()
    lists: Lists = NO_LISTS
