"""Events as columns, without a moment, by customer and time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.base import FactSource
from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE, Coded
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.groups import spread
from segmentry.engines.live.keys import Keys
from segmentry.engines.properties import Properties, properties_of
from segmentry.facts.tables import EVENTS


class EventTable:
    """Columns of all events of the customers, in order, each read when it is asked for: few
    questions are about more than who did what when."""

    def __init__(self, facts: FactSource, ids: pa.ChunkedArray) -> None:
        self._facts = facts
        self._columns = {"event_id": ids}

    def column(self, name: str) -> pa.ChunkedArray:
        """A column, in the order of the events."""
        if name not in self._columns:
            more = self._facts.read(EVENTS.only("event_id", name))
            rows = Keys(more.column("event_id").combine_chunks()).rows_of(self.column("event_id"))
            self._columns[name] = more.column(name).take(pa.array(rows, mask=rows == NONE))
        return self._columns[name]


class Events:
    """Some events: whose each is, when it was, what it is called, and its place among all."""

    def __init__(
        self, table: EventTable, places: Whole, owners: Whole, at: Whole, names: Coded
    ) -> None:
        self._table = table
        self._places = places
        self.owners = owners
        self.at = at
        self.names = names

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.owners)

    def named(self, names: Collection[str]) -> Events:
        """Those of some names."""
        wanted = np.array([*(name in names for name in self.names.words.values), False])
        rows = np.flatnonzero(wanted[self.names.codes])
        return self._taken(rows, self.owners[rows])

    def of(self, customers: Whole) -> tuple[Events, Whole]:
        """Those of some customers, in order; and their rows."""
        rows, owners = spread(self.owners, customers)
        return self._taken(rows, owners), rows

    def _taken(self, rows: Whole, owners: Whole) -> Events:
        places = self._places[rows]
        return Events(self._table, places, owners, self.at[rows], self.names.taken(rows))

    def column(self, name: str) -> pa.ChunkedArray:
        """A column of theirs."""
        return self._table.column(name).take(pa.array(self._places))

    def told(self, tell: Callable[[Properties], Any]) -> tuple[Coded, list[Any]]:
        """What properties tell, each different JSON text read once: the texts of all events,
        and what is told by each."""
        return self._raw, [tell(properties_of(each)) for each in self._raw.words.values]

    @cached_property
    def _raw(self) -> Coded:
        return reading.coded(self.column("properties"))

    def with_source(self, rows: Whole, ids: Sequence[str | None]) -> pa.ChunkedArray:
        """Ids that some of the events give, with the source of the event before them."""
        events = self.column("event_id").take(pa.array(rows))
        source = pc.list_element(pc.split_pattern(events, ":", max_splits=1), 0)
        return pc.binary_join_element_wise(source, pa.array(ids, pa.string()), ":")


def read_events(facts: FactSource, customers: Customers) -> Events:
    """All events of the customers."""
    table = facts.read(EVENTS.only("event_id", "customer_id", "name", "occurred_at"))
    owners = customers.keys.rows_of(table.column("customer_id"))
    at = reading.dates(table.column("occurred_at")).at
    rows = reading.in_order(owners, at, table.column("event_id"))
    names = reading.coded(table.column("name"))
    # There can be twenty for each customer, so what is small is kept in few bytes.
    short = Coded(names.codes.astype(np.min_scalar_type(-len(names.words.values) - 1)), names.words)
    ids = EventTable(facts, table.column("event_id").take(pa.array(rows)))
    places = np.arange(len(rows), dtype=np.min_scalar_type(-len(rows) - 1))
    return Events(ids, places, owners[rows], at[rows], short.taken(rows))
