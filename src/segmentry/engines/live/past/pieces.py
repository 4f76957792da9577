"""Rows and the moments at which each holds, and what they add up to for each customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentry.engines.live.columns import Dates
from segmentry.engines.live.comparing import holding
from segmentry.engines.live.exact import SAFE, Mask, Whole
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.past.moments import Bound, Moments, NotSpans, places_through
from segmentry.engines.live.past.spans import Spans
from segmentry.engines.operands import Given
from segmentry.facts.operators import (
    BETWEEN,
    EQUALS,
    GREATER,
    GREATER_OR_EQUAL,
    IS_NULL,
    LESS,
    LESS_OR_EQUAL,
    Operator,
)
from segmentry.query.bound import AttributeTest, FieldTest


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """Rows, each from a moment on, before another; a row can have several pieces."""

    rows: Whole
    begins: Whole
    ends: Whole

    def taken(self, which: Whole | Mask) -> Pieces:
        """Some of them."""
        return Pieces(self.rows[which], self.begins[which], self.ends[which])

    def within(self, begins: Whole, ends: Whole) -> tuple[Pieces, Whole]:
        """What of each lies between moments; and which pieces are left."""
        begins, ends = np.maximum(self.begins, begins), np.minimum(self.ends, ends)
        left = np.flatnonzero(begins < ends)
        return Pieces(self.rows[left], begins[left], ends[left]), left

    def and_those(self, other: Pieces) -> Pieces:
        """These and others after them."""
        return Pieces(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.begins, other.begins]),
            np.concatenate([self.ends, other.ends]),
        )


# -- dates ------------------------------------------------------------------------------


def when_holding(test: AttributeTest | FieldTest, column: Dates, moments: Moments) -> Pieces:
    """The rows of a column of dates, and the moments at which a test of it holds."""
    size, end = len(column.known), moments.count
    given = moments.given(test) if test.operator is not IS_NULL else []
    if all(each == given[0] for each in given[1:]):
        rows = np.flatnonzero(holding(test, given[0] if given else (), column))
        return Pieces(rows, np.zeros_like(rows), np.full_like(rows, end))
    begins, ends = _between(test, column.at, moments)
    begins, ends = np.where(column.known, begins, end), np.where(column.known, ends, end)
    rows = np.arange(size)
    found = Pieces(rows, begins, ends)
    if test.negated:
        ends = np.maximum(begins, ends)
        found = Pieces(
            np.concatenate([rows, rows]),
            np.concatenate([np.zeros_like(begins), ends]),
            np.concatenate([begins, np.full_like(ends, end)]),
        )
    return found.taken(found.begins < found.ends)


def _between(test: AttributeTest | FieldTest, at: Whole, moments: Moments) -> tuple[Whole, Whole]:
    """The places of the first moment at which each date fits, and of the first after it at
    which it does not."""
    begin, end = _BOUNDS.get(test.operator, (None, None))
    if begin is None and end is None:
        raise NotSpans
    begins, ends = np.zeros(len(at), np.int64), np.full(len(at), moments.count)
    if begin is not None:
        begins = places_through(moments.limits(test, begin), at)
    if end is not None:
        ends = places_through(moments.limits(test, end), at)
    return begins, ends


def start_of(given: Given) -> int:
    """The beginning of the first date meant."""
    return number_of(given[0].start)


def end_of(given: Given) -> int:
    """The end of the last."""
    return number_of(given[-1].end)


_BOUNDS: dict[Operator, tuple[Bound | None, Bound | None]] = {
    GREATER_OR_EQUAL: (None, start_of),
    GREATER: (None, end_of),
    LESS: (start_of, None),
    LESS_OR_EQUAL: (end_of, None),
    EQUALS: (end_of, start_of),
    BETWEEN: (end_of, start_of),
}
"""Which bound a date has to be before, so that it begins to fit once that has passed it; and
which it must not be before, so that it fits until that passes it."""

# -- sums -------------------------------------------------------------------------------


def running(
    owners: Whole, pieces: Pieces, values: Sequence[Whole], moments: Moments
) -> tuple[Whole, list[Whole]]:
    """The sums of values over the pieces that hold, for each owner: the places from which
    another sum holds, in order, and the sums. Before an owner's first place they are 0."""
    base = owners * moments.width
    stops = np.flatnonzero(pieces.ends < moments.count)
    places = np.concatenate([base + pieces.begins, (base + pieces.ends)[stops]])
    order = np.argsort(places, kind="stable")
    places = places[order]
    last = np.append(places[1:] != places[:-1], True)[: len(places)]
    places = places[last]
    first, lengths = _runs(places // moments.width)
    sums = []
    for each in values:
        sum_ = running_sum(np.concatenate([each, -each[stops]])[order])[last]
        before = np.append(np.zeros(1, sum_.dtype), sum_[first[1:] - 1])[: len(first)]
        sums.append(sum_ - np.repeat(before, lengths))
    return places, sums


def _runs(owners: Whole) -> tuple[Whole, Whole]:
    """Where the rows of each owner begin, and how many there are."""
    first = np.flatnonzero(np.append(True, owners[1:] != owners[:-1])[: len(owners)])
    return first, np.diff(np.append(first, len(owners)))


def running_sum(values: Whole) -> Whole:
    """The sum of the first so many values, exact."""
    if values.dtype != object and np.abs(values.astype(np.float64)).sum() >= SAFE:
        values = values.astype(object)
    return np.cumsum(values)


def spans_of(places: Whole, inside: Mask, moments: Moments) -> Spans:
    """Spans from places in order and whether each owner is in from there to their next, or
    to the end."""
    owners = places // moments.width
    last = np.append(owners[1:] != owners[:-1], True)[: len(owners)]
    goes_on = np.append(inside[1:], False)[: len(owners)] & ~last
    went_on = np.append(False, (inside & ~last)[:-1])[: len(owners)]
    stops = np.flatnonzero(inside & ~goes_on)
    next_place = np.append(places[1:], 0)[stops]
    closing = owners[stops] * moments.width + moments.count
    return Spans(places[inside & ~went_on], np.where(last[stops], closing, next_place))
