"""Ranks and statistics of attributes over the store, as of the last local midnight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import ceil

import numpy as np

from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.exact import Whole, total_by
from segmentry.engines.live.multisets import without_and_with
from segmentry.engines.live.snapshot import Share
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values import column_of, measured_against
from segmentry.facts.field import Attribute
from segmentry.facts.operators import IN_TOP, Operator
from segmentry.query.values import Rank, StoreStatistic

_FRACTION_BITS = 42
_SMALL_BOTTOM = 2**21
"""Two different fractions whose bottoms are below this differ in their first 42 bits, and
such a bottom shifted by 42 bits still fits 64."""


class Ranks:
    """What a value is held against when a query ranks or averages; fixed for the day.

    `ordered` has the populations that are known already.
    """

    def __init__(self, day: StoreDay, ordered: Mapping[Attribute, Numbers] | None = None) -> None:
        self.day = day
        self._ordered = dict(ordered or {})

    def after(self, day: StoreDay, left: Sequence[Share], came: Sequence[Share]) -> Ranks:
        """The same on that day as it is now, of whose customers those in `left` are now as in
        `came`. What cannot be changed by them alone is found anew when it is asked for."""
        ordered = {}
        for attribute, values in self._ordered.items():
            if measured_against(attribute, day) == measured_against(attribute, self.day):
                gone, come = (_population(attribute, each, day) for each in (left, came))
                if (changed := _replaced(values, gone, come)) is not None:
                    ordered[attribute] = changed
        return Ranks(day, ordered)

    def population(self, attribute: Attribute) -> Numbers:
        """The attribute's values over the people it is ranked among, ascending."""
        if attribute not in self._ordered:
            values = _population(attribute, self.day.then(), self.day)
            self._ordered[attribute] = values.taken(_order(values.top, values.bottom))
        return self._ordered[attribute]

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


def _population(attribute: Attribute, shares: Sequence[Share], day: StoreDay) -> Numbers:
    """The known values of those who are ranked, in no order."""
    return _joined([_values(attribute, each, day) for each in shares])


def _values(attribute: Attribute, share: Share, day: StoreDay) -> Numbers:
    column = column_of(attribute)(share.snapshot, day)
    assert isinstance(column, Numbers), "only numbers are ranked"
    ranked = share.holds & share.snapshot.population(attribute)
    return column.taken(np.flatnonzero(ranked & column.known))


def _replaced(values: Numbers, gone: Numbers, come: Numbers) -> Numbers | None:
    """Ordered values without some and with others; None where these are not whole numbers of
    one unit and differ."""
    bottoms = [each.bottom for each in (values, gone, come)]
    if all(isinstance(bottom, int) and bottom == bottoms[0] for bottom in bottoms):
        top = without_and_with(values.top, gone.top, come.top)
        return (
            values if top is values.top else Numbers(top, np.ones(len(top), np.bool_), bottoms[0])
        )
    same = _fractions(gone) == _fractions(come)
    return values if same else None


def _fractions(column: Numbers) -> Counter[Fraction]:
    return Counter(_at(column, row) for row in range(len(column.top)))


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
