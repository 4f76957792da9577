"""What the operands of a test mean at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from segmentry.facts.field import Attribute
from segmentry.facts.operators import BETWEEN, LESS, LESS_OR_EQUAL, Operator, Range, Type
from segmentry.query.bound import AttributeTest, FieldTest, Operand
from segmentry.query.dates import day_of, day_range, instant_of, local_day
from segmentry.query.values import (
    Day,
    DayOffset,
    Instant,
    NamedDay,
    Rank,
    StoreStatistic,
    TimeOffset,
)

Given: TypeAlias = tuple[Any, ...]
"""Operands as they are meant at a moment: numbers, texts, truths, ranges of dates."""

_INSTANT = timedelta(microseconds=1)


class Thresholds(Protocol):
    """What a value is held against when a query ranks or averages; fixed for the day."""

    def statistic(self, attribute: Attribute, wanted: StoreStatistic) -> Fraction | None:
        """An average or median times its factor; missing over nobody."""
        ...

    def threshold(
        self, attribute: Attribute, operator: Operator, rank: Rank
    ) -> int | Fraction | None:
        """The value of the last place in the top or bottom; missing over nobody."""
        ...


@dataclass(frozen=True, slots=True)
class Resolver:
    """Turns operands into what they mean at one moment."""

    as_of: datetime
    zone: ZoneInfo
    thresholds: Thresholds

    def given(self, test: AttributeTest | FieldTest) -> Given | None:
        """The operands of a test, or None where one of them is missing."""
        given = tuple(
            self._meaning(test, operand, upper=_is_upper(test, position))
            for position, operand in enumerate(test.operands)
        )
        return None if None in given else given

    def _meaning(self, test: AttributeTest | FieldTest, operand: Operand, *, upper: bool) -> Any:
        match operand:
            case Rank():
                assert isinstance(test.field, Attribute)
                return self.thresholds.threshold(test.field, test.operator, operand)
            case StoreStatistic():
                assert isinstance(test.field, Attribute)
                return self.thresholds.statistic(test.field, operand)
            case Day() | DayOffset() | NamedDay():
                if test.field.type is Type.DAY:
                    day = day_of(operand, local_day(self.as_of, self.zone))
                    return Range(day, day + timedelta(days=1))
                return Range(*day_range(operand, self.as_of, self.zone))
            case Instant() | TimeOffset():
                moment = instant_of(operand, self.as_of, self.zone, upper=upper)
                return Range(moment, moment + _INSTANT)
        return operand


def _is_upper(test: AttributeTest | FieldTest, position: int) -> bool:
    """Whether an operand bounds from above."""
    return test.operator in (LESS, LESS_OR_EQUAL) or (test.operator is BETWEEN and position == 1)
