"""The engine: facts in, answers about any moment out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime

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
from segmentry.engines.columns import table_of
from segmentry.engines.reference.coming import next_change, next_due, since
from segmentry.engines.reference.evaluation import Evaluation
from segmentry.engines.reference.rows import StoreRows
from segmentry.engines.reference.view import ReferenceView
from segmentry.facts.field import Attribute
from segmentry.facts.store import Store
from segmentry.plan.nodes import Plan
from segmentry.query.bound import RecordTest

_KEPT_MOMENTS = 4


class ReferenceEngine:
    """Plain Python over the rows of one store."""

    def __init__(self, facts: FactSource, store: Store, keeping: Keeping | None = None) -> None:
        self._facts = facts
        self._rows = StoreRows(facts)
        self._store = store
        self._kept: dict[datetime, Evaluation] = {}

    def live(self, as_of: datetime) -> frozenset[str]:
        """The customers there are at a moment."""
        return frozenset(self.at(as_of).people)

    def members(
        self, plan: Plan, as_of: datetime, among: Iterable[str] | None = None
    ) -> frozenset[str]:
        """The customers, or those among some, for whom the plan holds at a moment."""
        at = self.at(as_of)
        return (at if among is None else at.among(among)).members(plan)

    def view(self, as_of: datetime) -> ReferenceView:
        """The customers of a moment in one order, as arrays."""
        return ReferenceView(self.at(as_of))

    def sizes(self, plan: Plan, moments: Sequence[datetime]) -> list[int]:
        """How many customers the plan holds for at each of these moments."""
        return [len(self.members(plan, moment)) for moment in moments]

    def next_change(self, plan: Plan, customer: str, as_of: datetime) -> NextChange:
        """When a customer next joins or leaves after a moment, within two years."""
        return next_change(self.at, self._facts, self._store, plan, customer, as_of)

    def next_changes(
        self, plan: Plan, customers: Iterable[str], as_of: datetime
    ) -> Mapping[str, NextChange]:
        """The same for each of some customers."""
        return {each: self.next_change(plan, each, as_of) for each in customers}

    def since(self, plan: Plan, customer: str, as_of: datetime) -> datetime | None:
        """The last moment up to one at which a customer joined or left, within two years."""
        return since(self.at, self._facts, self._store, plan, customer, as_of)

    def page(self, plan: Plan, as_of: datetime, offset: int, limit: int) -> Page:
        """How many members there are, and some of them in order of their ids."""
        members = sorted(self.members(plan, as_of))
        return Page(len(members), tuple(members[offset : offset + limit]))

    def next_due(self, plan: Plan, as_of: datetime) -> datetime | None:
        """The next moment after one at which anybody could join or leave by time alone."""
        return next_due(self.at(as_of), self._facts, self._store, plan, as_of)

    def values(
        self, attribute: Attribute, as_of: datetime, among: Iterable[str] | None = None
    ) -> Mapping[str, CustomerValue]:
        """An attribute's value for every live customer at a moment, or for those among some."""
        at = self.at(as_of)
        return (at if among is None else at.among(among)).values(attribute)

    def columns(
        self, attributes: Sequence[Attribute], as_of: datetime, among: Iterable[str] | None = None
    ) -> pa.Table:
        """The values of several attributes as columns, one row a customer."""
        at = self.at(as_of) if among is None else self.at(as_of).among(among)
        values = [(each, at.values(each)) for each in attributes]
        return table_of(sorted(at.people), values, self._store.zone)

    def records(self, test: RecordTest, customer: str, as_of: datetime) -> list[RecordValues]:
        """The records of one customer that the filters of a test leave at a moment."""
        return self.at(as_of).records(test, customer)

    def average_gap(self, as_of: datetime) -> AverageGap:
        """The store's average days between orders on the day of `as_of`."""
        return self.at(as_of).store.gap

    def change(
        self, facts: ChangingFacts, customers: Set[str], added: pa.Table | None = None
    ) -> None:
        """Answer by the facts as they are now; all are read again."""
        self._facts = facts
        self._rows = StoreRows(facts)
        self._kept.clear()

    def close(self, *, keep: bool = True) -> None:
        """Nothing is done beside, and nothing kept."""

    def at(self, as_of: datetime) -> Evaluation:
        """All questions about a moment; the last few moments asked about are kept."""
        if as_of not in self._kept:
            while len(self._kept) >= _KEPT_MOMENTS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[as_of] = Evaluation(self._rows, as_of, self._store)
        return self._kept[as_of]
