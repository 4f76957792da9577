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
    means that only NOT (…) negates it. `words` say it to a person, `negated_words` what its
    negated symbol says. `on_values(value, operands)` is its meaning, `on_ranges` the same
    where operands are days.
    """

    symbol: str
    negated_symbol: str | None
    words: str
    negated_words: str
    on_values: Meaning
    on_ranges: Meaning | None = None

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Copied to another process it is the one there, whose meaning cannot be copied."""
        return _with_symbol, (self.symbol,)

    def written(self, negated: bool) -> str:
        """How a query writes it."""
        return (self.negated_symbol or self.symbol) if negated else self.symbol


def _in_range(value: Any, within: Range) -> bool:
    return bool(within.start <= value < within.end)


EQUALS = Operator(
    "=",
    "!=",
    "is this",
    "is another, or missing",
    lambda value, given: value == given[0],
    lambda value, given: _in_range(value, given[0]),
)
LESS = Operator(
    "<",
    None,
    "is below, or before",
    "",
    lambda value, given: value < given[0],
    lambda value, given: value < given[0].start,
)
LESS_OR_EQUAL = Operator(
    "<=",
    None,
    "is at most, or no later than",
    "",
    lambda value, given: value <= given[0],
    lambda value, given: value < given[0].end,
)
GREATER = Operator(
    ">",
    None,
    "is above, or after",
    "",
    lambda value, given: value > given[0],
    lambda value, given: value >= given[0].end,
)
GREATER_OR_EQUAL = Operator(
    ">=",
    None,
    "is at least, or no earlier than",
    "",
    lambda value, given: value >= given[0],
    lambda value, given: value >= given[0].start,
)
BETWEEN = Operator(
    "BETWEEN",
    None,
    "lies between two values, both included",
    "",
    lambda value, given: given[0] <= value <= given[1],
    lambda value, given: given[0].start <= value < given[1].end,
)
IN = Operator(
    "IN",
    "NOT IN",
    "is one of these",
    "is none of these, or missing",
    lambda value, given: value in given,
    lambda value, given: any(_in_range(value, day) for day in given),
)
CONTAINS = Operator(
    "CONTAINS",
    "NOT CONTAINS",
    "has this element",
    "does not have this element",
    lambda value, given: any(item in value for item in given),
)
CONTAINS_ANY = Operator(
    "CONTAINS ANY",
    "NOT CONTAINS ANY",
    "has at least one of these elements",
    "has none of these elements",
    lambda value, given: any(item in value for item in given),
)
CONTAINS_ALL = Operator(
    "CONTAINS ALL",
    "NOT CONTAINS ALL",
    "has every one of these elements",
    "lacks at least one of these elements",
    lambda value, given: all(item in value for item in given),
)
CONTAINS_TEXT = Operator(
    "CONTAINS TEXT",
    "NOT CONTAINS TEXT",
    "has this text in it, in any case",
    "does not have this text in it",
    lambda value, given: given[0] in value,
)
STARTS_WITH = Operator(
    "STARTS WITH",
    None,
    "begins with this text, in any case",
    "",
    lambda value, given: bool(value.startswith(given[0])),
)
ENDS_WITH = Operator(
    "ENDS WITH",
    None,
    "ends with this text, in any case",
    "",
    lambda value, given: bool(value.endswith(given[0])),
)
IS_NULL = Operator(
    "IS NULL", "IS NOT NULL", "has no value", "has a value", lambda value, given: False
)
IN_TOP = Operator(
    "IN TOP",
    None,
    "ranks among the highest: so many customers, or so many in a hundred",
    "",
    lambda value, given: value >= given[0],
)
IN_BOTTOM = Operator(
    "IN BOTTOM",
    None,
    "ranks among the lowest: so many customers, or so many in a hundred",
    "",
    lambda value, given: value <= given[0],
)

ORDERING = (LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL)
EQUALITY = (EQUALS, IN)
COMPARISON = (*EQUALITY, *ORDERING, BETWEEN)
SEARCH = (CONTAINS_TEXT, STARTS_WITH, ENDS_WITH)
MEMBERSHIP = (CONTAINS, CONTAINS_ANY, CONTAINS_ALL)
RANKING = (IN_TOP, IN_BOTTOM)
OPERATORS = (*COMPARISON, *MEMBERSHIP, *SEARCH, IS_NULL, *RANKING)


def _with_symbol(symbol: str) -> Operator:
    return next(each for each in OPERATORS if each.symbol == symbol)


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
