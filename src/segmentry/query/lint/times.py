"""Spans of time whose ends may move: which comes first, whenever and wherever it is asked.

Ends are compared only where the answer is the same at every moment and in every zone. So
-90d and -3m, or a fixed day and a moving one, are in no order here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self, TypeAlias, assert_never

from segmentry.facts.operators import (
    BETWEEN,
    GREATER,
    GREATER_OR_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    Operator,
)
from segmentry.query.values import DateValue, Day, DayOffset, Instant, NamedDay, TimeOffset

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_CLOCKS_DIFFER = timedelta(hours=50)
"""More than a day of a zone and any change of its clock can come to."""

_MONTHS = {"m": 1, "y": 12}
_DAYS = {"d": 1, "w": 7}
_MONTH = 30.436875
_MONTH_ENDS = 4
"""How many days so many months can differ from that many of the average length."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A time on the store's clock. One that the clock shows twice is the first, or `later`;
    one that it skips is the first instant after. `after`: just after that."""

    local: datetime
    later: bool = False
    after: bool = False


@dataclass(frozen=True, slots=True)
class Midnight:
    """The start of a day so many months, and then days, from today."""

    months: int
    days: int


@dataclass(frozen=True, slots=True)
class FromNow:
    """An instant so far from now."""

    apart: timedelta


End: TypeAlias = Fixed | Midnight | FromNow


def start_of(value: DateValue) -> End:
    """Where a day begins; an instant as a lower bound."""
    match value:
        case Day(day):
            return Fixed(datetime.combine(day, time()))
        case NamedDay(name):
            return Midnight(0, 0 if name == "today" else -1)
        case DayOffset(amount, unit):
            months, days = _MONTHS.get(unit, 0) * amount, _DAYS.get(unit, 0) * amount
            return Midnight(months, days)
        case Instant(local):
            return Fixed(local)
        case TimeOffset():
            return FromNow(_apart(value))
    assert_never(value)


def end_of(value: DateValue) -> End:
    """Where a day ends; just after an instant, as an upper bound."""
    match value:
        case Day(day):
            return Fixed(datetime.combine(day + _DAY, time()))
        case NamedDay() | DayOffset():
            start = start_of(value)
            assert isinstance(start, Midnight)
            return Midnight(start.months, start.days + 1)
        case Instant(local):
            return Fixed(local, later=True, after=True)
        case TimeOffset():
            return FromNow(_apart(value) + _MICROSECOND)
    assert_never(value)


def just_below(value: DateValue) -> End:
    """Where what is less than a value ends."""
    return Fixed(value.value, later=True) if isinstance(value, Instant) else start_of(value)


def just_above(value: DateValue) -> End:
    """Where what is greater than a value starts."""
    return Fixed(value.value, after=True) if isinstance(value, Instant) else end_of(value)


def _apart(offset: TimeOffset) -> timedelta:
    unit = timedelta(hours=1) if offset.unit == "h" else timedelta(minutes=1)
    return offset.amount * unit


NOW = FromNow(_MICROSECOND)
"""Just after now."""


def never_later(one: End, other: End) -> bool:
    """Whether `one` is never later than `other`, whenever it is asked and in any zone."""
    match one, other:
        case Fixed(), Fixed():
            return _never_later_on_a_clock(one, other)
        case Midnight(), Midnight():
            return _never_later_day(one, other)
        case FromNow(apart), FromNow(than):
            return apart <= than
        case Midnight(), FromNow(apart):
            most = _days(one)[1]
            begun = most <= 0 <= apart // _MICROSECOND
            return begun or _DAY * most + _CLOCKS_DIFFER <= apart
        case FromNow(apart), Midnight():
            return apart <= _DAY * _days(other)[0] - _CLOCKS_DIFFER
    return False


def _never_later_on_a_clock(one: Fixed, other: Fixed) -> bool:
    if (one.local, one.later) == (other.local, other.later):
        return one.after <= other.after
    if one.after or (one.later and not other.later):
        return one.local + _CLOCKS_DIFFER <= other.local
    return one.local <= other.local


def _never_later_day(one: Midnight, other: Midnight) -> bool:
    if one.months == other.months:
        return one.days <= other.days
    if one.months < other.months and one.days <= other.days + 1:
        return True  # a day in an earlier month, or the day after it, and later days to come
    return _days(one)[1] <= _days(other)[0]


def _days(midnight: Midnight) -> tuple[int, int]:
    """How many days from today, at the least and at the most."""
    if not midnight.months:
        return midnight.days, midnight.days
    about = round(midnight.months * _MONTH)
    return about - _MONTH_ENDS + midnight.days, about + _MONTH_ENDS + midnight.days


@dataclass(frozen=True, slots=True)
class Span:
    """Dates from the latest of `starts` to before the earliest of `ends`, or missing ones.

    `dated`: whether dates can be in at all.
    """

    starts: frozenset[End]
    ends: frozenset[End]
    missing: bool
    dated: bool = True

    @property
    def present(self) -> bool:
        """Whether a date can be in at some moment."""
        return self.dated and not any(
            never_later(end, start) for end in self.ends for start in self.starts
        )

    def meet(self, other: Self) -> Span:
        """Those in both."""
        return Span(
            self.starts | other.starts,
            self.ends | other.ends,
            self.missing and other.missing,
            self.dated and other.dated,
        )

    def join(self, other: Self) -> Span:
        """Those in one or the other, and those between."""
        missing = self.missing or other.missing
        if not (self.present and other.present):
            return (self if self.present else other).with_missing(missing)
        starts = [
            start
            for one, two in ((self, other), (other, self))
            for start in one.starts
            if any(never_later(start, each) for each in two.starts)
        ]
        ends = [
            end
            for one, two in ((self, other), (other, self))
            for end in one.ends
            if any(never_later(each, end) for each in two.ends)
        ]
        return Span(frozenset(starts), frozenset(ends), missing)

    def with_missing(self, missing: bool) -> Span:
        """The same dates, with those that are missing or without."""
        return Span(self.starts, self.ends, missing, self.dated)


ANY_TIME = Span(frozenset(), frozenset(), True)
NO_TIME = Span(frozenset(), frozenset(), True, dated=False)
"""No date: just the missing one."""


def _span(start: End | None, end: End | None) -> Span:
    return Span(frozenset([start] if start else []), frozenset([end] if end else []), False)


def spans(operator: Operator, operands: tuple[DateValue, ...], *, holds: bool) -> tuple[Span, ...]:
    """The spans in one of which a date lies where the comparison holds, or does not."""
    if operator in _BOUNDS:
        found = [_meant(operator, operands)]
    else:
        found = [(start_of(each), end_of(each)) for each in operands]
    if holds:
        return tuple(_span(start, end) for start, end in found)
    if len(found) > 1:
        return (ANY_TIME,)
    start, end = found[0]
    before = [_span(None, start)] if start else []
    after = [_span(end, None)] if end else []
    return (*before, *after, NO_TIME)


_BOUNDS = (BETWEEN, GREATER, GREATER_OR_EQUAL, LESS, LESS_OR_EQUAL)


def _meant(operator: Operator, operands: tuple[DateValue, ...]) -> tuple[End | None, End | None]:
    """Where the dates that are meant start and end, one of them at least."""
    first, last = operands[0], operands[-1]
    if operator is BETWEEN:
        return start_of(first), end_of(last)
    if operator is GREATER:
        return just_above(first), None
    if operator is GREATER_OR_EQUAL:
        return start_of(first), None
    return None, just_below(first) if operator is LESS else end_of(first)
