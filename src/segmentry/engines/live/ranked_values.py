"""The values of an attribute over the people it is ranked among, ascending and exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.exact import Whole, total_by
from segmentry.engines.live.multisets import without_and_with

_FRACTION_BITS = 42
_SMALL_BOTTOM = 2**21
"""Two different fractions whose bottoms are below this differ in their first 42 bits, and
such a bottom shifted by 42 bits still fits 64."""


@dataclass(frozen=True, eq=False)
class RankedValues:
    """The values, ascending, none of them missing."""

    values: Numbers

    @classmethod
    def of(cls, columns: Sequence[Numbers]) -> RankedValues:
        """Those of some columns, in which none is missing, put in order."""
        values = _joined(columns)
        return cls(values.taken(_order(values.top, values.bottom)))

    def changed(self, gone: Sequence[Numbers], come: Sequence[Numbers]) -> RankedValues | None:
        """Without some values and with others; the very same where nothing differs. None where
        they have to be put in order anew: where they are no whole numbers of one unit."""
        left, new = _joined(gone), _joined(come)
        bottoms = [each.bottom for each in (self.values, left, new)]
        if all(isinstance(bottom, int) and bottom == bottoms[0] for bottom in bottoms):
            top = without_and_with(self.values.top, left.top, new.top)
            known = np.ones(len(top), np.bool_)
            same = top is self.values.top
            return self if same else RankedValues(Numbers(top, known, bottoms[0]))
        return self if _fractions(left) == _fractions(new) else None

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.values.top)

    def at(self, place: int) -> Fraction:
        """The value at a place, from 0 for the lowest."""
        return _at(self.values, place)

    @cached_property
    def average(self) -> Fraction:
        """The mean; there is at least one value."""
        return _sum(self.values) / self.count

    @property
    def median(self) -> Fraction:
        """The middle value, or the mean of the two in the middle."""
        return (self.at((self.count - 1) // 2) + self.at(self.count // 2)) / 2


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
