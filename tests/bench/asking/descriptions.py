"""What a segment asks, in no language: conditions, and how they are joined.

Money is in ten-thousandths, as in the facts. Days are counted back from today: 30 is the
day that was 30 days ago.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

MONEY = frozenset(
    {"amount_spent", "gross_spent", "average_order_value", "customer_income", "refunded_amount"}
    | {"amount", "price", "sum_amount", "average_amount"}
)
"""Names of what is money, of customers and of records."""

Comparison: TypeAlias = Literal["=", ">", ">=", "<", "<="]
Statistic: TypeAlias = Literal["STORE_AVERAGE", "STORE_MEDIAN"]


@dataclass(frozen=True, slots=True)
class Number:
    """An attribute that is a number, compared."""

    name: str
    comparison: Comparison
    value: int | Fraction


@dataclass(frozen=True, slots=True)
class Dated:
    """An attribute that is a date: on that day or since, or before that day."""

    name: str
    comparison: Literal[">=", "<"]
    days: int


@dataclass(frozen=True, slots=True)
class DatedBetween:
    """An attribute that is a date: from one day to another, both included."""

    name: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Word:
    """An attribute that is one of these words."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """An attribute with several values, of which one is among these words."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """An attribute without a value."""

    name: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """In the top or bottom of the store: so many percent, or so many places."""

    name: str
    end: Literal["TOP", "BOTTOM"]
    amount: int
    percent: bool


@dataclass(frozen=True, slots=True)
class Against:
    """An attribute compared with the store's average or median, times a factor."""

    name: str
    comparison: Comparison
    factor: Fraction
    statistic: Statistic


@dataclass(frozen=True, slots=True)
class Window:
    """Records since a day and, if `last` is given, up to that day; or of the last `hours`."""

    first: int = 0
    last: int | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A field of a record, compared with one value, or among several texts."""

    name: str
    comparison: Comparison
    values: tuple[str | int | bool, ...]


@dataclass(frozen=True, slots=True)
class Total:
    """A count, sum or average of records, compared."""

    name: str
    comparison: Comparison
    value: int

    @property
    def fits_none(self) -> bool:
        """Whether somebody without any record is in; an average of none is missing."""
        if self.name.startswith("average"):
            return False
        return {
            "=": self.value == 0,
            ">": self.value < 0,
            ">=": self.value <= 0,
            "<": self.value > 0,
            "<=": self.value >= 0,
        }[self.comparison]


@dataclass(frozen=True, slots=True)
class Records:
    """Records of a customer that pass all filters: at least one, or a total of them."""

    function: Literal["orders_placed", "products_purchased", "refunds"]
    window: Window | None = None
    filters: tuple[Filter, ...] = ()
    total: Total | None = None


@dataclass(frozen=True, slots=True)
class InSegment:
    """Membership of another segment, by its place among those drawn."""

    number: int


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody else."""

    part: Described


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Described, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Described, ...]


Condition: TypeAlias = (
    Number | Dated | DatedBetween | Word | Listed | Missing | Ranked | Against | Records | InSegment
)
Described: TypeAlias = Condition | Not | All | AnyOf


def conditions(described: Described) -> Iterator[Condition]:
    """The conditions of a segment, from left to right."""
    match described:
        case Not(part):
            yield from conditions(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from conditions(part)
        case _:
            yield described
