"""Ranks and statistics of attributes over the store, as of the last local midnight."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import numpy as np

from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.exact import Whole, total_by
from segmentry.engines.live.snapshot import Share
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values import column_of
from segmentry.facts.field import Attribute
from segmentry.facts.operators import IN_TOP, Operator
from segmentry.query.values import Rank, StoreStatistic

_FRACTION_BITS = 42
_SMALL_BOTTOM = 2**21
"""Two different fractions whose bottoms are below this differ in their first 42 bits, and
such a bottom shifted by 42 bits still fits 64."""


class Ranks:
    """What a value is held against when a query ranks or averages; fixed for the day."""

    def __init__(self, day: StoreDay) -> None:
        self.day = day
        self._sorted: dict[str, Numbers] = {}

    def population(self, attribute: Attribute) -> Numbers:
        """The attribute's values over the people it is ranked among, ascending."""
        if attribute.name not in self._sorted:
            values = _joined([self._values(attribute, each) for each in self.day.then])
            self._sorted[attribute.name] = values.taken(_order(values.top, values.bottom))
        return self._sorted[attribute.name]

    def _values(self, attribute: Attribute, share: Share) -> Numbers:
        column = column_of(attribute)(share.snapshot, self.day)
        assert isinstance(column, Numbers), "only numbers are ranked"
        ranked = share.holds & share.snapshot.population(attribute)
        return column.taken(np.flatnonzero(ranked & column.known))

    def statistic(self, attribute: Attribute, wanted: StoreStatistic) -> Fraction | None:
        """An average or median times its factor; missing over nobody."""
        values = self.population(attribute)
        count = len(values.top)
        if not count:
            return None
        if wanted.statistic == "STORE_AVERAGE":
            middle = _sum(values) / count
        else:
            middle = (_at(values, (count - 1) // 2) + _at(values, count // 2)) / 2
        return middle * Fraction(wanted.factor)

    def threshold(self, attribute: Attribute, operator: Operator, rank: Rank) -> Fraction | None:
        """The value of the last place in the top or bottom; everybody equal to it is in.

        Missing over nobody. A percentage takes at least one place.
        """
        values = self.population(attribute)
        count = len(values.top)
        if not count:
            return None
        share = Fraction(rank.amount) * count / 100
        places = max(1, ceil(share)) if rank.percent else min(int(rank.amount), count)
        return _at(values, count - places if operator is IN_TOP else places - 1)


def _joined(columns: Sequence[Numbers]) -> Numbers:
    """One column after another."""
    bottoms = [each.bottom for each in columns]
    return Numbers(
        np.concatenate([each.top for each in columns]),
        np.concatenate([each.known for each in columns]),
        bottoms[0]
        if isinstance(bottoms[0], int)
        else np.concatenate([np.broadcast_to(each.bottom, each.top.shape) for each in columns]),
    )


def _order(top: Whole, bottom: Whole | int) -> Whole:
    """The rows by rising value, exactly."""
    if isinstance(bottom, int):
        return np.argsort(top, kind="stable")
    if object in (top.dtype, bottom.dtype) or bottom.max(initial=1) >= _SMALL_BOTTOM:
        return np.array(sorted(range(len(top)), key=lambda row: _ratio(top, bottom, row)))
    whole, rest = np.divmod(top, bottom)
    return np.lexsort(((rest << _FRACTION_BITS) // bottom, whole))


def _at(column: Numbers, row: int) -> Fraction:
    return _ratio(column.top, np.broadcast_to(column.bottom, column.top.shape), row)


def _ratio(top: Whole, bottom: Whole, row: int) -> Fraction:
    return Fraction(int(top[row]), int(bottom[row]))


def _sum(column: Numbers) -> Fraction:
    """The exact sum: tops with one bottom are added first."""
    bottoms, which = np.unique(np.broadcast_to(column.bottom, len(column.top)), return_inverse=True)
    tops = total_by(which, column.top, len(bottoms))
    pairs = zip(tops.tolist(), bottoms.tolist(), strict=True)
    return sum((Fraction(top, bottom) for top, bottom in pairs), Fraction(0))
