"""One comparison of one value, two-valued."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from segmentry.engines.reference.thresholds import Thresholds
from segmentry.facts.field import Attribute
from segmentry.facts.operators import (
    BETWEEN,
    IS_NULL,
    LESS,
    LESS_OR_EQUAL,
    MEMBERSHIP,
    Range,
    Type,
)
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

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A test whose operands are resolved for one moment; `given` is None where one of
    them is missing, so that nothing compares with it."""

    test: AttributeTest | FieldTest
    given: tuple[Any, ...] | None

    def holds(self, value: Any) -> bool:
        """False where the value is missing; the negation is the exact complement."""
        missing = value is None or value == frozenset()
        if self.test.operator is IS_NULL:
            return missing != self.test.negated
        if missing or self.given is None:
            return self.test.negated
        return self._compares(self._comparable(value), self.given) != self.test.negated

    def _compares(self, value: Any, given: tuple[Any, ...]) -> bool:
        """The positive meaning. Of several values one that fits is enough."""
        field, operator = self.test.field, self.test.operator
        if isinstance(value, frozenset) and operator not in MEMBERSHIP:
            return any(operator.on_values(each, given) for each in value)
        if field.type.dated and operator.on_ranges is not None:
            return operator.on_ranges(value, given)
        return operator.on_values(value, given)

    def _comparable(self, value: Any) -> Any:
        """The value in the form operands have: folded, and ids in both their forms."""
        field = self.test.field
        if field.type is Type.ID or field.ids:
            ids = value if isinstance(value, frozenset) else {value}
            return frozenset(form for each in ids for form in (each, each.partition(":")[2]))
        if isinstance(value, frozenset):
            return frozenset(field.key(each, self.test.operator) for each in value)
        return field.key(value, self.test.operator) if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Resolver:
    """Turns operands into what they mean at one moment."""

    as_of: datetime
    zone: ZoneInfo
    thresholds: Thresholds

    def comparison(self, test: AttributeTest | FieldTest) -> Comparison:
        """The test with its operands resolved."""
        given = tuple(
            self._meaning(test, operand, upper=_is_upper(test, position))
            for position, operand in enumerate(test.operands)
        )
        return Comparison(test, None if None in given else given)

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
