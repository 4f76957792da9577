"""Customers of a layer with events that were added since its facts were read.

All else is that of the layer, without a look at the facts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.live import reading
from segmentry.engines.live.columns import Coded, Column, Words
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.event_log import EventLog
from segmentry.engines.live.events import Events, EventTable
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.part import Part
from segmentry.engines.live.store import RowsOf, StoreColumns


class WithAdded(Part):
    """The customers at these ordinals of a layer's columns, to whom events were `added`, rows of
    the canonical table. None of these is the first thing that is known of its customer."""

    def __init__(self, whole: StoreColumns, ordinals: Whole, added: pa.Table) -> None:
        super().__init__(whole, ordinals)
        self.facts = whole.facts
        self._added = added

    @cached_property
    def events(self) -> EventLog:
        """What the customers did."""
        return _WithAdded(self._whole.events, self._ordinals, self.customers, self._added)

    def kept(
        self, name: str, read: Callable[[StoreColumns], Column], of: RowsOf = "customers"
    ) -> Column:
        """A column that does not depend on a moment; one of events is read of these alone."""
        if of != "events" and not isinstance(of, tuple):
            return super().kept(name, read, of)
        if name not in self._kept:
            self._kept[name] = read(self)
        return self._kept[name]


class _WithAdded(EventLog):
    def __init__(
        self, whole: EventLog, ordinals: Whole, customers: Customers, added: pa.Table
    ) -> None:
        self._whole = whole
        self._ordinals = ordinals
        self._customers = customers
        self._added = added
        self._named = {}
        self._machines = {}
        self._ends = {}

    @cached_property
    def every(self) -> Events:
        """All of them."""
        before = self._whole.every.of(self._ordinals)[0]
        # Of facts that are read only now, what was added since may be some.
        known = pc.is_in(self._added.column("event_id"), before.column("event_id").combine_chunks())
        return _together(before, self._added.filter(pc.invert(known)), self._customers)


def _together(before: Events, added: pa.Table, customers: Customers) -> Events:
    """Events of customers and some more of theirs, in order."""
    owners = customers.keys.rows_of(added.column("customer_id"))
    owners = np.concatenate([before.owners, owners])
    at = np.concatenate([before.at, reading.dates(added.column("occurred_at")).at])
    ids = [*before.column("event_id").chunks, *added.column("event_id").chunks]
    rows = reading.in_order(owners, at, pa.chunked_array(ids, pa.string()))
    names = _either(before.names, reading.coded(added.column("name")))
    table = _Together(before, added)
    return Events(table, rows, owners[rows], at[rows], names.taken(rows))


def _either(first: Coded, then: Coded) -> Coded:
    """The values of one column and, after them, those of another."""
    words = Words(dict.fromkeys([*first.words.values, *then.words.values]))
    places = {word: place for place, word in enumerate(words.values)}
    again = np.array([places[word] for word in then.words.values], np.int64)
    codes = np.concatenate([first.codes.astype(np.int64), again[then.codes]])
    return Coded(codes.astype(np.min_scalar_type(-len(places) - 1)), words)


class _Together(EventTable):
    def __init__(self, before: Events, added: pa.Table) -> None:
        self._before = before
        self._added = added
        self._columns = {}

    def column(self, name: str) -> pa.ChunkedArray:
        """A column of those before and, after them, those that were added."""
        if name not in self._columns:
            both = [*self._before.column(name).chunks, *self._added.column(name).chunks]
            self._columns[name] = pa.chunked_array(both, self._added.schema.field(name).type)
        return self._columns[name]
