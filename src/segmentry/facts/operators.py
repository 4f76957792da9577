"""How a value is compared: one object an operator.

Logic is two-valued. Every operator is positive: it is false where a value is
missing. Its negation is the exact complement and so true there; `!=` is nothing
but `=` negated. `IS NULL` is the one operator that asks for the missing value.

Values that are days in a query stand for the range [start, end) of instants that
the day covers in the store's zone; `on_ranges` is the meaning over such ranges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Type(Enum):
    """The type of what a query asks about."""

    MONEY = "amount of money"
    INTEGER = "whole number"
    DECIMAL = "number"
    DATE = "date"
    DAY = "day without a time"
    TEXT = "text"
    ID = "id"
    ENUM = "fixed word"
    BOOLEAN = "true or false"
    LIST = "list"

    @property
    def numeric(self) -> bool:
        """Whether values can be ranked and averaged."""
        return self in (Type.MONEY, Type.INTEGER, Type.DECIMAL)

    @property
    def dated(self) -> bool:
        """Whether values are compared with dates."""
        return self in (Type.DATE, Type.DAY)


@dataclass(frozen=True, slots=True)
class Range:
    """The instants [start, end) of one day (or, for a single instant, start == end)."""

    start: Any
    end: Any


Meaning = Callable[[Any, tuple[Any, ...]], bool]


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """One way to compare.

    `symbol` and `negated_symbol` are how it is written; a missing negated symbol
    means that only NOT (…) negates it. `on_values(value, operands)` is its meaning,
    `on_ranges` the same where operands are days.
    """

    symbol: str
    negated_symbol: str | None
    on_values: Meaning
    on_ranges: Meaning | None = None

    def written(self, negated: bool) -> str:
        """How a query writes it."""
        return (self.negated_symbol or self.symbol) if negated else self.symbol


def _in_range(value: Any, within: Range) -> bool:
    return bool(within.start <= value < within.end)


EQUALS = Operator(
    "=",
    "!=",
    lambda value, given: value == given[0],
    lambda value, given: _in_range(value, given[0]),
)
LESS = Operator(
    "<", None, lambda value, given: value < given[0], lambda value, given: value < given[0].start
)
LESS_OR_EQUAL = Operator(
    "<=", None, lambda value, given: value <= given[0], lambda value, given: value < given[0].end
)
GREATER = Operator(
    ">", None, lambda value, given: value > given[0], lambda value, given: value >= given[0].end
)
GREATER_OR_EQUAL = Operator(
    ">=", None, lambda value, given: value >= given[0], lambda value, given: value >= given[0].start
)
BETWEEN = Operator(
    "BETWEEN",
    None,
    lambda value, given: given[0] <= value <= given[1],
    lambda value, given: given[0].start <= value < given[1].end,
)
IN = Operator(
    "IN",
    "NOT IN",
    lambda value, given: value in given,
    lambda value, given: any(_in_range(value, day) for day in given),
)
CONTAINS = Operator(
    "CONTAINS", "NOT CONTAINS", lambda value, given: any(item in value for item in given)
)
CONTAINS_ANY = Operator(
    "CONTAINS ANY", "NOT CONTAINS ANY", lambda value, given: any(item in value for item in given)
)
CONTAINS_ALL = Operator(
    "CONTAINS ALL", "NOT CONTAINS ALL", lambda value, given: all(item in value for item in given)
)
CONTAINS_TEXT = Operator(
    "CONTAINS TEXT", "NOT CONTAINS TEXT", lambda value, given: given[0] in value
)
STARTS_WITH = Operator("STARTS WITH", None, lambda value, given: bool(value.startswith(given[0])))
ENDS_WITH = Operator("ENDS WITH", None, lambda value, given: bool(value.endswith(given[0])))
IS_NULL = Operator("IS NULL", "IS NOT NULL", lambda value, given: False)
IN_TOP = Operator("IN TOP", None, lambda value, given: value >= given[0])
IN_BOTTOM = Operator("IN BOTTOM", None, lambda value, given: value <= given[0])

ORDERING = (LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL)
EQUALITY = (EQUALS, IN)
COMPARISON = (*EQUALITY, *ORDERING, BETWEEN)
SEARCH = (CONTAINS_TEXT, STARTS_WITH, ENDS_WITH)
MEMBERSHIP = (CONTAINS, CONTAINS_ANY, CONTAINS_ALL)
RANKING = (IN_TOP, IN_BOTTOM)
OPERATORS = (*COMPARISON, *MEMBERSHIP, *SEARCH, IS_NULL, *RANKING)

BY_TYPE: dict[Type, tuple[Operator, ...]] = {
    Type.MONEY: (*COMPARISON, IS_NULL),
    Type.INTEGER: (*COMPARISON, IS_NULL),
    Type.DECIMAL: (*COMPARISON, IS_NULL),
    Type.DATE: (*COMPARISON, IS_NULL),
    Type.DAY: (*COMPARISON, IS_NULL),
    Type.TEXT: (*EQUALITY, *SEARCH, IS_NULL),
    Type.ID: (*EQUALITY, IS_NULL),
    Type.ENUM: (*EQUALITY, IS_NULL),
    Type.BOOLEAN: (*EQUALITY, IS_NULL),
    Type.LIST: (*MEMBERSHIP, IS_NULL),
}
"""Which operators each type takes; ranking comes with an attribute's declaration."""
