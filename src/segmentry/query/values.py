"""The values a query text can hold, before and after binding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias

DayUnit: TypeAlias = Literal["d", "w", "m", "y"]
TimeUnit: TypeAlias = Literal["h", "min"]


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text."""

    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A number, exact."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Boolean:
    """true or false."""

    value: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, whole, in the store's zone."""

    value: date


@dataclass(frozen=True, slots=True)
class DayOffset:
    """A day so many days, weeks, months or years from today: `-90d`, `+1m`."""

    amount: int
    unit: DayUnit


@dataclass(frozen=True, slots=True)
class NamedDay:
    """today or yesterday."""

    name: Literal["today", "yesterday"]


@dataclass(frozen=True, slots=True)
class Instant:
    """A date and time on the store's clock, without a zone of its own."""

    value: datetime


@dataclass(frozen=True, slots=True)
class TimeOffset:
    """An instant so many hours or minutes from now: `-24h`."""

    amount: int
    unit: TimeUnit


@dataclass(frozen=True, slots=True)
class StoreStatistic:
    """`factor * STORE_AVERAGE` or `STORE_MEDIAN` of the attribute it is compared with."""

    statistic: Literal["STORE_AVERAGE", "STORE_MEDIAN"]
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Rank:
    """The `n` or `n%` of IN TOP and IN BOTTOM."""

    amount: Decimal
    percent: bool


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word where a value belongs; never valid, kept for its error."""

    value: str


DayValue: TypeAlias = Day | DayOffset | NamedDay
InstantValue: TypeAlias = Instant | TimeOffset
DateValue: TypeAlias = DayValue | InstantValue
Value: TypeAlias = Text | Number | Boolean | DateValue | StoreStatistic | Rank | Word
