"""The engine: facts in, answers about any moment out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np

from segmentry.engines.base import AverageGap, CustomerValue, FactSource
from segmentry.engines.live.answers import Answers
from segmentry.engines.live.bits import Bits, count, unpacked
from segmentry.engines.live.exact import Mask
from segmentry.engines.live.known import AtMoment, Base, Known
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.ranks import Ranks
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.live.store_day import StoreDay
from segmentry.facts.field import Attribute
from segmentry.facts.store import Store
from segmentry.plan.nodes import Plan
from segmentry.plan.optimizer import optimized
from segmentry.query.dates import last_midnight, local_day

_KEPT_MOMENTS = 4
_KEPT_BASES = 3
_JUST_BEFORE = timedelta(microseconds=1)
T = TypeVar("T")


class LiveEngine:
    """The facts of one store in memory, as columns."""

    def __init__(self, facts: FactSource, store: Store) -> None:
        self._columns = StoreColumns(facts, store.zone)
        self._store = store
        self._moments: dict[datetime, AtMoment] = {}
        self._days: dict[datetime, Ranks] = {}
        self._known: list[Known] = []
        self._bases: list[Base] = []
        self._optimized: dict[Plan, Plan] = {}

    def live(self, as_of: datetime) -> frozenset[str]:
        """The customers there are at a moment."""
        return self._ids(unpacked(self.at(as_of).live, self._columns.customers.size))

    def members(self, plan: Plan, as_of: datetime) -> frozenset[str]:
        """The customers for whom the plan holds at a moment."""
        return self._ids(self.members_mask(plan, as_of))

    def members_mask(self, plan: Plan, as_of: datetime) -> Mask:
        """The same, one truth a customer in the order of their ids."""
        return unpacked(self._members(plan, as_of), self._columns.customers.size)

    def count(self, plan: Plan, as_of: datetime) -> int:
        """How many customers the plan holds for at a moment."""
        return count(self._members(plan, as_of))

    def values(self, attribute: Attribute, as_of: datetime) -> Mapping[str, CustomerValue]:
        """An attribute's value for every live customer at a moment."""
        at = self.at(as_of)
        live = np.flatnonzero(unpacked(at.live, self._columns.customers.size))
        values = at.values(attribute, live)
        return dict(zip(self._columns.customers.ids[live].tolist(), values, strict=True))

    def average_gap(self, as_of: datetime) -> AverageGap:
        """The store's average days between orders on the day of `as_of`."""
        return self._day(as_of).day.gap

    def at(self, as_of: datetime) -> AtMoment:
        """All questions about a moment; the last few moments asked about are kept."""
        return _kept(self._moments, as_of, self._at)

    def _members(self, plan: Plan, as_of: datetime) -> Bits:
        """The customers for whom a plan holds, which is rewritten once."""
        if plan not in self._optimized:
            self._optimized[plan] = optimized(plan)
        return self.at(as_of).members(self._optimized[plan])

    def _at(self, as_of: datetime) -> AtMoment:
        ranks = self._day(as_of)
        meanings = Meanings(as_of, self._store.zone, ranks)
        return AtMoment(self._known_by(as_of), meanings, ranks.day)

    def _known_by(self, moment: datetime) -> Known:
        """What is known by a moment, from what was known before it if that is near."""
        until = number_of(moment)
        for known in self._known:
            if known.holds_at(until):
                return known
        latest_first = sorted(self._bases, key=lambda base: -base.answers.now.until)
        found = (base.known_by(until) for base in latest_first)
        made = next(filter(None, found), None) or self._known_anew(until)
        self._known = [made, *self._known][:_KEPT_MOMENTS]
        return made

    def _known_anew(self, until: int) -> Known:
        """The same, all customers asked; the last few bases are kept."""
        base = Base(Answers(Snapshot(self._columns, until, self._store.order_rules)))
        self._bases = [base, *self._bases][:_KEPT_BASES]
        known = base.known_by(until)
        assert known is not None, "a base is known by its own moment"
        return known

    def _day(self, as_of: datetime) -> Ranks:
        """What customers are measured against on the day of a moment."""
        return _kept(self._days, last_midnight(as_of, self._store.zone), self._ranks)

    def _ranks(self, midnight: datetime) -> Ranks:
        then = self._known_by(midnight - _JUST_BEFORE).shares()
        return Ranks(StoreDay(then, local_day(midnight, self._store.zone)))

    def _ids(self, members: Mask) -> frozenset[str]:
        return frozenset(self._columns.customers.ids[members].tolist())


def _kept(kept: dict[datetime, T], key: datetime, make: Callable[[datetime], T]) -> T:
    """What was made for a key, and made now if it was not; the last few are kept."""
    if key not in kept:
        while len(kept) >= _KEPT_MOMENTS:
            kept.pop(next(iter(kept)))
        kept[key] = make(key)
    return kept[key]
