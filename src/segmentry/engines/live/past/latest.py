"""Comparisons of the date of somebody's first or last record with days that move.

The last is on a day or later just as long as one of all of them is.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from segmentry.engines.live.exact import Whole
from segmentry.engines.live.past.facts import Facts
from segmentry.engines.live.past.moments import Bound, NotSpans, places_through
from segmentry.engines.live.past.pieces import Pieces, end_of, start_of
from segmentry.engines.live.past.spans import Spans, without
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
from segmentry.query.bound import AttributeTest

_Side = Callable[[Bound], Spans]
"""Whose date is not before a bound."""


def by_last(test: AttributeTest, owners: Whole, pieces: Pieces, at: Whole, facts: Facts) -> Spans:
    """A test of the last date of each customer's pieces."""

    def reaching(limits: Whole) -> Spans:
        ends = places_through(limits, at)
        found, left = pieces.within(np.zeros_like(ends), ends)
        return facts.spans(owners[left], found)

    return _compared(test, facts.spans(owners, pieces), reaching, facts)


def by_first(test: AttributeTest, owners: Whole, pieces: Pieces, at: Whole, facts: Facts) -> Spans:
    """A test of the first one: that is on a day or later unless one is before it."""
    everybody = facts.spans(owners, pieces)

    def reaching(limits: Whole) -> Spans:
        begins = places_through(limits, at)
        found, left = pieces.within(begins, np.full_like(begins, facts.moments.count))
        return without(everybody, facts.spans(owners[left], found))

    return _compared(test, everybody, reaching, facts)


def _compared(
    test: AttributeTest, everybody: Spans, reaching: Callable[[Whole], Spans], facts: Facts
) -> Spans:
    """A test of the date of `everybody` who has one, by who has it not before a bound."""
    if test.operator is IS_NULL:
        return everybody if test.negated else without(facts.live, everybody)
    if test.operator not in _MEANINGS:
        raise NotSpans

    def side(bound: Bound) -> Spans:
        return reaching(facts.moments.limits(test, bound))

    found = _MEANINGS[test.operator](everybody, side)
    return without(facts.live, found) if test.negated else found


_MEANINGS: dict[Operator, Callable[[Spans, _Side], Spans]] = {
    GREATER_OR_EQUAL: lambda everybody, side: side(start_of),
    GREATER: lambda everybody, side: side(end_of),
    LESS: lambda everybody, side: without(everybody, side(start_of)),
    LESS_OR_EQUAL: lambda everybody, side: without(everybody, side(end_of)),
    EQUALS: lambda everybody, side: without(side(start_of), side(end_of)),
    BETWEEN: lambda everybody, side: without(side(start_of), side(end_of)),
}
