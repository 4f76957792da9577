"""The engine: facts in, answers about any moment out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

import numpy as np
import pyarrow as pa

from segmentry.engines.base import (
    AverageGap,
    ChangingFacts,
    CustomerValue,
    FactSource,
    Keeping,
    NextChange,
    Page,
    RecordValues,
)
from segmentry.engines.live import memory
from segmentry.engines.live.among import columns_among, members_among, records_left, values_among
from segmentry.engines.live.asked import AskedPlans
from segmentry.engines.live.bits import Bits, count
from segmentry.engines.live.coming import next_changes, next_due, since
from segmentry.engines.live.exact import Mask
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.kept import KeptColumns
from segmentry.engines.live.layer import Layer
from segmentry.engines.live.past import sizes
from segmentry.engines.live.renewing import Renewal
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.live.view import LiveView
from segmentry.facts.field import Attribute
from segmentry.facts.store import Store
from segmentry.plan.nodes import Plan
from segmentry.query.bound import RecordTest

_CHANGED_SHARE = 16
_CHANGED_AT_LEAST = 10_000
"""How many customers can have changed before all are read again beside: a share, and some."""

_ADDED_AT_LEAST = 250_000
"""How many events can be kept beside the facts before all are read again: one a customer, and
some."""


class LiveEngine:
    """The facts of one store in memory, as columns."""

    def __init__(self, facts: FactSource, store: Store, keeping: Keeping | None = None) -> None:
        self._store = store
        self._kept = KeptColumns(keeping, store.zone, facts) if keeping else None
        kept = self._kept.columns if self._kept else None
        columns = kept or StoreColumns(facts, store.zone)
        self._generation = Generation.first(Layer(columns, store.order_rules), store)
        self._plans = AskedPlans()
        self._asked_last: datetime | None = None
        self._renewal: Renewal | None = None
        self._renewable = True
        self._facts: ChangingFacts | None = None
        if self._kept is not None and self._kept.touched:
            assert isinstance(facts, ChangingFacts), "facts that something is kept of change"
            self.change(facts, self._kept.touched)

    def live(self, as_of: datetime) -> frozenset[str]:
        """The customers there are at a moment."""
        at = self._now(as_of).at(as_of)
        return at.ids(at.live())

    def members(
        self, plan: Plan, as_of: datetime, among: Iterable[str] | None = None
    ) -> frozenset[str]:
        """The customers, or those among some, for whom the plan holds at a moment."""
        if among is not None:
            return members_among(self._now(as_of), frozenset(among), self._plans.asked(plan), as_of)
        at = self._now(as_of).at(as_of)
        return at.ids(at.members(self._plans.asked(plan)))

    def next_change(self, plan: Plan, customer: str, as_of: datetime) -> NextChange:
        """When a customer next joins or leaves after a moment, as far as is known."""
        return self.next_changes(plan, [customer], as_of)[customer]

    def next_changes(
        self, plan: Plan, customers: Iterable[str], as_of: datetime
    ) -> Mapping[str, NextChange]:
        """The same for each of some customers, whose moments are looked at together."""
        return next_changes(self._now(as_of), plan, customers, as_of)

    def view(self, as_of: datetime) -> LiveView:
        """All customers of a moment in one order, as arrays."""
        return LiveView(self._now(as_of), as_of, self._plans.asked)

    def since(self, plan: Plan, customer: str, as_of: datetime) -> datetime | None:
        """The last moment up to one at which a customer joined or left, as far as is known."""
        return since(self._now(as_of), plan, customer, as_of)

    def page(self, plan: Plan, as_of: datetime, offset: int, limit: int) -> Page:
        """How many members there are, and some of them in order of their ids."""
        generation = self._now(as_of)
        members = np.flatnonzero(generation.in_order(self._members(plan, as_of)))
        return Page(len(members), generation.ids_at(members[offset : offset + limit]))

    def next_due(self, plan: Plan, as_of: datetime) -> datetime | None:
        """A moment after one before which nobody joins or leaves by time alone."""
        return next_due(self._now(as_of), plan, as_of)

    def members_mask(self, plan: Plan, as_of: datetime) -> Mask:
        """The same, one truth a customer in the order of their ids."""
        return self._now(as_of).in_order(self._members(plan, as_of))

    def count(self, plan: Plan, as_of: datetime) -> int:
        """How many customers the plan holds for at a moment."""
        return sum(map(count, self._members(plan, as_of)))

    def sizes(self, plan: Plan, moments: Sequence[datetime]) -> list[int]:
        """How many customers the plan holds for at each of these moments."""
        if not moments:
            return []
        return sizes(self._now(max(moments)), self._plans.asked(plan), moments)

    def values(
        self, attribute: Attribute, as_of: datetime, among: Iterable[str] | None = None
    ) -> Mapping[str, CustomerValue]:
        """An attribute's value for every live customer at a moment, or for those among some."""
        if among is not None:
            return values_among(self._now(as_of), frozenset(among), attribute, as_of)
        return self._now(as_of).at(as_of).values(attribute)

    def columns(
        self, attributes: Sequence[Attribute], as_of: datetime, among: Iterable[str] | None = None
    ) -> pa.Table:
        """The values of several attributes as columns, one row a customer."""
        now = self._now(as_of)
        if among is not None:
            return columns_among(now, frozenset(among), attributes, as_of)
        return now.at(as_of).columns(attributes)

    def records(self, test: RecordTest, customer: str, as_of: datetime) -> list[RecordValues]:
        """The records of one customer that the filters of a test leave at a moment."""
        return records_left(self._now(as_of), customer, test, as_of)

    def average_gap(self, as_of: datetime) -> AverageGap:
        """The store's average days between orders on the day of `as_of`."""
        return self._now(as_of).day(as_of).day.gap

    def change(
        self, facts: ChangingFacts, customers: Set[str], added: pa.Table | None = None
    ) -> None:
        """Answer by the facts as they are now, of which those of these customers differ, and
        those of others by the events that were `added`.

        Facts of the former alone are read. When many have changed since all were read, all are
        read again by another thread, and what it made takes the place of what is there. If
        that fails once, it is not tried again.
        """
        self._facts = facts
        self._generation = self._generation.after(facts, customers, added)
        if self._renewal is not None:
            self._renewal.changed |= customers
            if added is not None:
                self._renewal.changed |= set(added.column("customer_id").to_pylist())
        elif self._renewable and self._many_changed() and memory.room_for_another():
            self._renewal = self._renew(facts)

    def close(self, *, keep: bool = True) -> None:
        """Keep the columns if they are to be, and end what is still being read beside; nothing
        can be asked afterwards."""
        if self._renewal is not None:
            self._renewal.stop()
            self._renewal = None
        if keep and self._kept is not None:
            self._kept.keep(self._generation.held[0].layer.columns)

    def _many_changed(self) -> bool:
        generation = self._generation
        changed = generation.changed > generation.size // _CHANGED_SHARE + _CHANGED_AT_LEAST
        return changed or generation.added > generation.size + _ADDED_AT_LEAST

    def _renew(self, facts: ChangingFacts) -> Renewal | None:
        """Begin to read all facts beside; there is no use before anything was asked."""
        if self._asked_last is None:
            return None
        return Renewal(facts.beside(), self._store, self._plans, self._asked_last)

    def _now(self, as_of: datetime) -> Generation:
        """What is known now, by which a question about a moment is answered."""
        self._asked_last = as_of
        renewal = self._renewal
        if renewal is not None and renewal.done:
            self._renewal = None
            made = renewal.taken()
            self._renewable = made is not None
            if made is not None and self._facts is not None:
                changed = renewal.changed
                if self._kept is not None:
                    self._kept.position = renewal.position
                self._generation = made.after(self._facts, changed) if changed else made
        return self._generation

    def _members(self, plan: Plan, as_of: datetime) -> list[Bits]:
        return self._now(as_of).at(as_of).members(self._plans.asked(plan))
