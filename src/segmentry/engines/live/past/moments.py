"""The moments asked about, in order, and what operands mean at each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

import numpy as np

from segmentry.engines.live.exact import Whole
from segmentry.engines.live.moments import number_of
from segmentry.engines.operands import Given, Resolver
from segmentry.facts.field import Attribute
from segmentry.facts.operators import Operator
from segmentry.query.bound import AttributeTest, FieldTest
from segmentry.query.dates import local_day
from segmentry.query.values import Rank, StoreStatistic

Bound = Callable[[Given], int]
"""One side of what the operands of a test mean."""


class NotSpans(Exception):
    """A step whose answers are not known in spans; it is asked at each moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Different moments in order: `when`, the same as numbers, and the local day of each."""

    when: tuple[datetime, ...]
    at: Whole
    days: Whole
    zone: ZoneInfo
    _given: dict[AttributeTest | FieldTest, list[Given]] = field(default_factory=dict)
    _limits: dict[tuple[AttributeTest | FieldTest, Bound], Whole] = field(default_factory=dict)

    @classmethod
    def of(cls, moments: Iterable[datetime], zone: ZoneInfo) -> Moments:
        """Any moments, put in order."""
        when = tuple(sorted(set(moments)))
        at, days = np.array([(number_of(m), number_of(local_day(m, zone))) for m in when]).T
        return cls(when, at, days, zone)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.when)

    @property
    def width(self) -> int:
        """So many numbers stand for one customer in spans: its moments, and the end."""
        return self.count + 1

    def since(self, effective: Whole) -> Whole:
        """The place of the first moment by which each fact has taken effect."""
        return places(self.at, effective)

    def given(self, test: AttributeTest | FieldTest) -> list[Given]:
        """What the operands of a test mean at each moment."""
        if test not in self._given:
            each = (Resolver(moment, self.zone, Unmeasured()).given(test) for moment in self.when)
            self._given[test] = [given for given in each if given is not None]
        return self._given[test]

    def limits(self, test: AttributeTest | FieldTest, bound: Bound) -> Whole:
        """A bound of the operands of a test at each moment; later moments have no earlier
        ones."""
        if (test, bound) not in self._limits:
            self._limits[test, bound] = np.array([bound(each) for each in self.given(test)])
        found = self._limits[test, bound]
        if (np.diff(found) < 0).any():
            raise NotSpans
        return found


def places(limits: Whole, values: Whole) -> Whole:
    """How many of the limits, which are in order, are below each value.

    Limits are mostly as far from each other as days are. Then a value is looked up in a
    table of stretches of time, each with few limits, and compared with these.
    """
    length, first, last = len(limits), int(limits[0]), int(limits[-1])
    step = (last - first) // length + 1
    below = np.searchsorted(limits, first + step * np.arange(-1, length + 2))
    most = int(np.diff(below).max())
    if most > _FEW_LIMITS or len(values) < length:
        return np.searchsorted(limits, values, "left")
    values = np.clip(values, first - 1, last + 1)
    found: Whole = below[(values - first) // step + 1]
    beyond = np.append(limits, last + 1)
    for _ in range(most):
        found += beyond[found] < values
    return found


def places_through(limits: Whole, values: Whole) -> Whole:
    """How many of the limits are below each value or the same."""
    return places(limits, values + 1)


_FEW_LIMITS = 3


class Unmeasured:
    """Nobody is measured against the store."""

    def statistic(self, attribute: Attribute, wanted: StoreStatistic) -> NoReturn:
        raise NotSpans

    def threshold(self, attribute: Attribute, operator: Operator, rank: Rank) -> NoReturn:
        raise NotSpans
