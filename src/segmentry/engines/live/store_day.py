"""One day: how long ago things were, and what customers are measured against.

The average gap and the RFM scores are taken from the customers as they were at the last
local midnight and hold for the day, so that one customer's order changes nobody else.
Facts that come to be known later can change them all the same, and then do so by as many
customers as changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property

import numpy as np

from segmentry.engines.base import AverageGap
from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.multisets import without_and_with
from segmentry.engines.live.snapshot import Share, Snapshot
from segmentry.facts import lifecycle, rfm


@dataclass(frozen=True, slots=True)
class Gaps:
    """How many gaps there are between the order days of customers, how many days they are
    together, and how many customers have one."""

    number: int
    days: int
    repeat: int

    def changed(self, left: Gaps, came: Gaps) -> Gaps:
        """These without the gaps of some customers, and with those of others."""
        return Gaps(
            self.number - left.number + came.number,
            self.days - left.days + came.days,
            self.repeat - left.repeat + came.repeat,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Buyers:
    """Recency, orders and spend of the buyers, each ascending."""

    measures: tuple[Whole, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.measures[0])

    @property
    def limits(self) -> tuple[Whole, ...]:
        """Of each measure what has to be exceeded for the scores 2, 3, 4 and 5: then so many
        do strictly worse."""
        worse = np.array(rfm.fewest_worse(self.count))
        return tuple(measure[worse - 1] for measure in self.measures)

    def changed(self, left: Buyers, came: Buyers) -> Buyers:
        """These without some and with others; the very same where nothing differs."""
        changed = tuple(
            without_and_with(*each)
            for each in zip(self.measures, left.measures, came.measures, strict=True)
        )
        same = all(map(lambda old, new: old is new, self.measures, changed))
        return self if same else Buyers(changed)


class StoreDay:
    """The store on a day; `then` gives what was known just before it began, in shares.

    `gaps` and `buyers` are those of the shares, where they are known already.
    """

    def __init__(
        self,
        then: Callable[[], Sequence[Share]],
        date: date,
        gaps: Gaps | None = None,
        buyers: Buyers | None = None,
    ) -> None:
        self.then = then
        self.date = date
        self._gaps = gaps
        self._buyers = buyers

    def after(
        self, then: Callable[[], Sequence[Share]], left: Sequence[Share], came: Sequence[Share]
    ) -> StoreDay:
        """The same day, of whose customers those in `left` are now as in `came`."""
        gaps, buyers = self._gaps, self._buyers
        if gaps is not None:
            gaps = gaps.changed(_gaps(left), _gaps(came))
        if buyers is not None:
            buyers = buyers.changed(self._measured(left), self._measured(came))
        return StoreDay(then, self.date, gaps, buyers)

    def of(self, then: Callable[[], Sequence[Share]]) -> StoreDay:
        """The same day of customers of whom nothing differs that they are measured by."""
        return StoreDay(then, self.date, self._gaps, self._buyers)

    def days_since_last_order(self, snapshot: Snapshot) -> Whole:
        """Calendar days since the latest order day; 0 for those who never ordered."""
        return np.where(snapshot.bought, number_of(self.date) - snapshot.last_order_day, 0)

    @cached_property
    def gap(self) -> AverageGap:
        """The mean of all gaps between successive order days of one customer."""
        if self._gaps is None:
            self._gaps = _gaps(self.then())
        gaps = self._gaps
        if gaps.repeat < lifecycle.FEWEST_REPEAT_BUYERS or not gaps.number:
            return AverageGap(lifecycle.ASSUMED_GAP, measured=False)
        return AverageGap(Fraction(gaps.days, gaps.number), measured=True)

    @property
    def buyers(self) -> Buyers:
        """What the customers who bought are scored by."""
        if self._buyers is None:
            self._buyers = self._measured(self.then())
        return self._buyers

    def rfm_scores(self, snapshot: Snapshot) -> tuple[Numbers, ...]:
        """Recency, frequency and monetary score of the customers at a moment of the day."""
        bought = snapshot.bought
        if self.buyers.count < rfm.FEWEST_BUYERS:
            nobody = np.zeros(snapshot.size, np.bool_)
            return (Numbers(np.ones(snapshot.size, np.int64), nobody),) * 3
        limits = self.buyers.limits
        return tuple(
            Numbers(1 + np.searchsorted(each, own, "left"), bought)
            for each, own in zip(limits, self._measures(snapshot), strict=True)
        )

    def _measured(self, shares: Sequence[Share]) -> Buyers:
        measures = (
            [measure[rows] for measure in self._measures(then)] for then, rows in _buying(shares)
        )
        return Buyers(tuple(np.sort(np.concatenate(each)) for each in zip(*measures, strict=True)))

    def _measures(self, snapshot: Snapshot) -> tuple[Whole, Whole, Whole]:
        """Recency (days, negative so that more is better), orders and spend."""
        recency = -self.days_since_last_order(snapshot)
        return recency, snapshot.number_of_orders, snapshot.amount_spent


def _buying(shares: Sequence[Share]) -> list[tuple[Snapshot, Whole]]:
    """Customers with an order that counts, staff and tests left out."""
    return [(each.snapshot, np.flatnonzero(each.holds & each.snapshot.buying)) for each in shares]


def _gaps(shares: Sequence[Share]) -> Gaps:
    buying = _buying(shares)
    return Gaps(
        sum(int(then.gaps[0][buyers].sum()) for then, buyers in buying),
        sum(int(then.gaps[1][buyers].sum()) for then, buyers in buying),
        sum(int(np.count_nonzero(then.number_of_orders[buyers] >= 2)) for then, buyers in buying),
    )
