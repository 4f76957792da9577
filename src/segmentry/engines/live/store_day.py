"""One day: how long ago things were, and what customers are measured against.

The average gap and the RFM scores are taken from the customers as they were at the last
local midnight and hold for the day, so that one customer's order changes nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property

import numpy as np

from segmentry.engines.base import AverageGap
from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.snapshot import Share, Snapshot
from segmentry.facts import lifecycle, rfm


class StoreDay:
    """The store on a day; `then` is what was known just before it began, in shares."""

    def __init__(self, then: Sequence[Share], date: date) -> None:
        self.then = then
        self.date = date

    def days_since_last_order(self, snapshot: Snapshot) -> Whole:
        """Calendar days since the latest order day; 0 for those who never ordered."""
        return np.where(snapshot.bought, number_of(self.date) - snapshot.last_order_day, 0)

    @cached_property
    def _buyers(self) -> list[tuple[Snapshot, Whole]]:
        """Customers with an order that counts, staff and tests left out."""
        return [
            (each.snapshot, np.flatnonzero(each.holds & each.snapshot.buying)) for each in self.then
        ]

    @cached_property
    def gap(self) -> AverageGap:
        """The mean of all gaps between successive order days of one customer."""
        number = sum(int(then.gaps[0][buyers].sum()) for then, buyers in self._buyers)
        days = sum(int(then.gaps[1][buyers].sum()) for then, buyers in self._buyers)
        repeat = sum(
            np.count_nonzero(then.number_of_orders[buyers] >= 2) for then, buyers in self._buyers
        )
        if repeat < lifecycle.FEWEST_REPEAT_BUYERS or not number:
            return AverageGap(lifecycle.ASSUMED_GAP, measured=False)
        return AverageGap(Fraction(days, number), measured=True)

    @cached_property
    def _ranked(self) -> tuple[Whole, ...]:
        """Recency, orders and spend of the buyers, each sorted."""
        measures = (
            [measure[buyers] for measure in self._measures(then)] for then, buyers in self._buyers
        )
        return tuple(np.sort(np.concatenate(each)) for each in zip(*measures, strict=True))

    def rfm_scores(self, snapshot: Snapshot) -> tuple[Numbers, ...]:
        """Recency, frequency and monetary score of the customers at a moment of the day."""
        population = sum(len(buyers) for _, buyers in self._buyers)
        bought = snapshot.bought
        if population < rfm.FEWEST_BUYERS:
            nobody = np.zeros(snapshot.size, np.bool_)
            return (Numbers(np.ones(snapshot.size, np.int64), nobody),) * 3
        limits = rfm.fewest_worse(population)
        return tuple(
            Numbers(1 + np.searchsorted(limits, np.searchsorted(ranked, own), "right"), bought)
            for ranked, own in zip(self._ranked, self._measures(snapshot), strict=True)
        )

    def _measures(self, snapshot: Snapshot) -> tuple[Whole, Whole, Whole]:
        """Recency (days, negative so that more is better), orders and spend."""
        recency = -self.days_since_last_order(snapshot)
        return recency, snapshot.number_of_orders, snapshot.amount_spent
