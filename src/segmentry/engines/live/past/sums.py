"""Comparisons of sums and averages over the pieces that hold at a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.comparing import holding
from segmentry.engines.live.exact import Whole, times
from segmentry.engines.live.past.facts import Facts
from segmentry.engines.live.past.pieces import Pieces, running, spans_of
from segmentry.engines.live.past.spans import Spans, without
from segmentry.query.bound import AttributeTest, FieldTest


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """Values of pieces, over one bottom, added up for their owners; with `number`, which is 1
    for each that takes part in it, an average: missing where none does."""

    owners: Whole
    pieces: Pieces
    values: Whole
    number: Whole | None = None
    bottom: int = 1


def compared(test: AttributeTest | FieldTest, of: Sum, facts: Facts) -> Spans:
    """The customers for whom a test of a sum holds."""
    wanted = (of.values,) if of.number is None else (of.values, of.number)
    places, sums = running(of.owners, of.pieces, wanted, facts.moments)
    tops, *numbers = (np.append(each, 0) for each in sums)  # the last is that of nothing
    if numbers:
        number = numbers[0]
        column = Numbers(tops, number > 0, times(np.maximum(1, number), of.bottom))
    else:
        column = Numbers(tops, np.ones(len(tops), np.bool_), of.bottom)
    inside = holding(test, facts.meanings.given(test), column)
    if inside[-1]:
        return without(facts.live, spans_of(places, ~inside[:-1], facts.moments))
    return spans_of(places, inside[:-1], facts.moments)
