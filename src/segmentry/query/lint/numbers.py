"""Sets of numbers, exact: what is left of a number when conditions on it come together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Self, TypeAlias

from segmentry.facts.operators import (
    BETWEEN,
    EQUALS,
    GREATER,
    GREATER_OR_EQUAL,
    IN,
    LESS,
    LESS_OR_EQUAL,
    Operator,
)

Number: TypeAlias = int | Fraction
Cut: TypeAlias = tuple[Number, bool]
"""A place on the line: just before a number, or (True) just after it."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of which a condition holds, and whether it holds of a missing one.

    `below`: whether the smallest numbers are in; at each of `cuts`, which rise, that turns.
    """

    below: bool
    cuts: tuple[Cut, ...]
    missing: bool

    @property
    def present(self) -> bool:
        """Whether any number is in."""
        return self.below or bool(self.cuts)

    def meet(self, other: Self) -> Numbers:
        """Those in both."""
        return self._combined(other, both=True)

    def join(self, other: Self) -> Numbers:
        """Those in one or the other."""
        return self._combined(other, both=False)

    def complement(self) -> Numbers:
        """All others."""
        return Numbers(not self.below, self.cuts, not self.missing)

    def or_missing(self) -> Numbers:
        """These, and the missing one."""
        return Numbers(self.below, self.cuts, True)

    def _combined(self, other: Self, *, both: bool) -> Numbers:
        def inside(one: bool, two: bool) -> bool:
            return one and two if both else one or two

        first, second = self.below, other.below
        now = below = inside(first, second)
        cuts = []
        mine, theirs = set(self.cuts), set(other.cuts)
        for cut in sorted(mine | theirs):
            first ^= cut in mine
            second ^= cut in theirs
            if inside(first, second) != now:
                now = not now
                cuts.append(cut)
        return Numbers(below, tuple(cuts), inside(self.missing, other.missing))


def numbers(operator: Operator, operands: Iterable[Number], *, whole: bool) -> Numbers:
    """The numbers that compare so with the operands; `whole`: whole ones only are meant."""
    values = tuple(operands)
    first, last = values[0], values[-1]
    if operator is BETWEEN:
        return _range(_before(first, whole=whole), _after(last, whole=whole))
    if operator in (GREATER, GREATER_OR_EQUAL):
        cut = _after if operator is GREATER else _before
        return Numbers(False, (cut(first, whole=whole),), False)
    if operator in (LESS, LESS_OR_EQUAL):
        cut = _after if operator is LESS_OR_EQUAL else _before
        return Numbers(True, (cut(first, whole=whole),), False)
    assert operator in (EQUALS, IN), operator.symbol
    found = Numbers(False, (), False)
    for value in set(values):
        found = found.join(_range(_before(value, whole=whole), _after(value, whole=whole)))
    return found


def _range(start: Cut, end: Cut) -> Numbers:
    return Numbers(False, (start, end) if start < end else (), False)


def _before(value: Number, *, whole: bool) -> Cut:
    return (ceil(value) if whole else value, False)


def _after(value: Number, *, whole: bool) -> Cut:
    """Just after a number; after a whole one is before the next, so that 2 and 3 are neighbours."""
    return (floor(value) + 1, False) if whole else (value, True)
