"""Ranks and statistics of attributes over the store, as of the last local midnight."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil

import numpy as np

from segmentry.engines.live.columns import Numbers
from segmentry.engines.live.ranked_values import RankedValues
from segmentry.engines.live.snapshot import Share
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values import column_of, measured_against
from segmentry.facts.field import Attribute
from segmentry.facts.operators import IN_TOP, Operator
from segmentry.facts.tables import EVENTS
from segmentry.query.values import Rank, StoreStatistic


class Ranks:
    """What a value is held against when a query ranks or averages; fixed for the day.

    `ranked` has the values that are known already.
    """

    def __init__(
        self, day: StoreDay, ranked: Mapping[Attribute, RankedValues] | None = None
    ) -> None:
        self.day = day
        self._ranked = dict(ranked or {})

    def after(self, day: StoreDay, left: Sequence[Share], came: Sequence[Share]) -> Ranks:
        """The same on that day as it is now, of whose customers those in `left` are now as in
        `came`. What cannot be changed by them alone is found anew when it is asked for."""
        ranked = {}
        for attribute, values in self._ranked.items():
            if measured_against(attribute, day) == measured_against(attribute, self.day):
                changed = values.changed(
                    _columns(attribute, left, day), _columns(attribute, came, day)
                )
                if changed is not None:
                    ranked[attribute] = changed
        return Ranks(day, ranked)

    def after_events(
        self, then: Callable[[], list[Share]], left: list[Share], came: list[Share]
    ) -> Ranks:
        """The same where to those in `left`, who are now as in `came`, events were added."""
        by_events = [each for each in self._ranked if EVENTS.name in each.needs]
        others = {each: self._ranked[each] for each in self._ranked if each not in by_events}
        day = self.day.of(then)
        if not by_events:
            return Ranks(day, others)
        changed = Ranks(day, {each: self._ranked[each] for each in by_events})
        return Ranks(day, others | changed.after(day, left, came)._ranked)

    def of(self, attribute: Attribute) -> RankedValues:
        """The attribute's values over the people it is ranked among."""
        if attribute not in self._ranked:
            columns = _columns(attribute, self.day.then(), self.day)
            self._ranked[attribute] = RankedValues.of(columns)
        return self._ranked[attribute]

    def statistic(self, attribute: Attribute, wanted: StoreStatistic) -> Fraction | None:
        """An average or median times its factor; missing over nobody."""
        values = self.of(attribute)
        if not values.count:
            return None
        average = wanted.statistic == "STORE_AVERAGE"
        return (values.average if average else values.median) * Fraction(wanted.factor)

    def threshold(self, attribute: Attribute, operator: Operator, rank: Rank) -> Fraction | None:
        """The value of the last place in the top or bottom; everybody equal to it is in.

        Missing over nobody. A percentage takes at least one place.
        """
        values = self.of(attribute)
        if not values.count:
            return None
        share = Fraction(rank.amount) * values.count / 100
        places = max(1, ceil(share)) if rank.percent else min(int(rank.amount), values.count)
        return values.at(values.count - places if operator is IN_TOP else places - 1)


def _columns(attribute: Attribute, shares: Sequence[Share], day: StoreDay) -> list[Numbers]:
    """The known values of those who are ranked, of each share."""
    return [_values(attribute, each, day) for each in shares]


def _values(attribute: Attribute, share: Share, day: StoreDay) -> Numbers:
    column = column_of(attribute)(share.snapshot, day)
    assert isinstance(column, Numbers), "only numbers are ranked"
    ranked = share.holds & share.snapshot.population(attribute)
    return column.taken(np.flatnonzero(ranked & column.known))
