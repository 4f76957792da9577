"""Columns of events that are read later belong to the events that were read at first."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa

from segmentry.engines.live.customers import Customers
from segmentry.engines.live.events import read_events
from segmentry.facts.tables import Table
from segmentry.ingest.records import canonical

_ROWS = {
    "customers": [{"customer_id": "ann"}, {"customer_id": "ben"}],
    "events": [
        {"event_id": number, "customer_id": customer, "name": "searched"}
        | {"occurred_at": f"2026-06-{day:02}", "activity_id": f"of {number}"}
        for number, customer, day in ((1, "ben", 2), (2, "ann", 3), (3, "ann", 1), (4, None, 4))
    ],
}


class _Reversing:
    """Facts that give no more columns than asked for, in another order each time."""

    def __init__(self) -> None:
        self._tables = canonical(_ROWS, "shop", ZoneInfo("UTC"))

    def read(self, table: Table) -> pa.Table:
        """All rows of a table."""
        found = self._tables[table.name]
        self._tables[table.name] = found.take(pa.array(range(found.num_rows - 1, -1, -1)))
        return found.select(table.schema.names)


def test_columns_read_later_are_of_the_same_events() -> None:
    """Each column is that of the event it stands with, in whatever order it was read."""
    facts = _Reversing()
    events = read_events(facts, Customers(facts))
    assert events.owners.tolist() == [0, 0, 1]
    assert events.column("event_id").to_pylist() == ["shop:3", "shop:2", "shop:1"]
    assert events.column("activity_id").to_pylist() == ["shop:of 3", "shop:of 2", "shop:of 1"]
    assert events.column("product_id").null_count == events.size
