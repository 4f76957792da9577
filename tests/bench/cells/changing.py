"""Members after new orders, and after new events, of some customers: the rows taken in, and
every segment asked; where events alone were added, those that ask about events.

In a process of its own, over the facts of a database as a workspace has them, in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from segmentry.engines.live import LiveEngine
from segmentry.facts.tables import (
    CUSTOMERS,
    EVENTS,
    MOMENT,
    ORDER_LINES,
    ORDERS,
    TABLES,
    Table,
)
from segmentry.facts.touched import Touched
from segmentry.plan.passing import tables as tables_of
from segmentry.storage.facts_db import FactsDb
from segmentry.storage.versions import AT, TIE, Arrival
from tests.bench.asking.plans import planned
from tests.bench.asking.segments import draw_segments
from tests.bench.measuring import Cost, clocked, middle
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report
from tests.bench.workload.store import AS_OF, STORE, open_store

_CHANGED = {1: "0.005 CPU s", 1_000: "0.04 CPU s", 10_000: "0.2 CPU s"}
"""How many customers order, and what that should cost."""


def rows(settings: Settings) -> Iterator[Row]:
    """New orders of so many customers, one after another."""
    open_store(settings.size, settings.kept)
    found = measured_by("tests.bench.cells.changing", settings)
    for count, target in _CHANGED.items():
        of = "customer" if count == 1 else "customers"
        for part, name in (
            ("", f"new orders of {count:,} {of} to members of {settings.all_segments} segments"),
            (" stored", "  of which storing the rows"),
        ):
            measured = found[f"{count}{part}"]
            yield Row(name, measured.cost, "" if part else target, measured.runs)
        added = found[f"{count} events"]
        yield Row("  live events of so many instead", added.cost, target, added.runs)


def main() -> None:
    """Measure, and report it."""
    settings = Settings.read(sys.argv[1])
    tables = open_store(settings.size, settings.kept)
    facts = FactsDb(None)
    facts.apply({name: tables.read(table) for name, table in TABLES.items()}, 1)
    ids = facts.read(CUSTOMERS.only("customer_id")).column(0).to_pylist()
    plans = planned(draw_segments("standard", settings.all_segments, settings.size.customers))
    engine, random = LiveEngine(facts, STORE), np.random.default_rng(settings.size.seed)
    asking = [each for each in plans if EVENTS.name in tables_of(each)]
    for each in plans:
        engine.count(each, AS_OF)
    position = 1
    for count in _CHANGED:
        stored, all_of_it = [], []
        for _ in range(settings.repeats):
            position += 1
            owners = [ids[number] for number in random.integers(0, len(ids), count)]
            batch = orders_of(owners, position)
            with clocked() as clock:
                facts.apply(batch, position)
            stored.append(clock.cost)
            with clocked() as clock:
                engine.change(facts, (facts.touched_since(position - 1) or Touched()).customers)
                for each in plans:
                    engine.count(each, AS_OF)
            all_of_it.append(stored[-1] + clock.cost)
        by_events = []
        for _ in range(settings.repeats):
            position += 1
            owners = [ids[number] for number in random.integers(0, len(ids), count)]
            arrival = Arrival({"events": events_of(owners, position)}, triggers=True)
            with clocked() as clock:
                facts.take([arrival], position)
                touched = facts.touched_since(position - 1) or Touched()
                engine.change(facts, touched.customers, touched.added)
                for each in asking:
                    engine.members(each, AS_OF, touched.everybody)
            by_events.append(clock.cost)
        _report(str(count), all_of_it)
        _report(f"{count} events", by_events)
        _report(f"{count} stored", stored)


def _report(key: str, costs: list[Cost]) -> None:
    report(Measured(key, middle(costs), len(costs)))


def orders_of(owners: list[str], number: int) -> Mapping[str, pa.Table]:
    """An order of each customer, of one line, placed at the moment that is asked about."""
    keys = [f"shop:new-{number}-{place}" for place in range(len(owners))]
    orders = {"order_id": keys, "customer_id": owners, "ordered_at": AS_OF, "state": "PAID"}
    lines = {"order_id": keys, "line_number": 1, "kind": "PRODUCT", "quantity": 1}
    return {
        "orders": _table(ORDERS, orders | {"placed": True, "paid": 200_000}, len(keys)),
        "order_lines": _table(
            ORDER_LINES, lines | {"product_id": "shop:1", "amount": 200_000}, len(keys)
        ),
    }


def events_of(owners: list[str], number: int) -> pa.Table:
    """A product that each customer looked at, as messages tell of it."""
    keys = [f"shop:live-{number}-{place}" for place in range(len(owners))]
    seen = {"event_id": keys, "customer_id": owners, "name": "product_viewed"}
    table = _table(EVENTS, seen | {"occurred_at": AS_OF, "product_id": "shop:1"}, len(keys))
    at = pa.array([AS_OF] * len(keys), MOMENT)
    return table.append_column(AT, at).append_column(TIE, pa.array([-1] * len(keys), pa.int64()))


def _table(table: Table, columns: Mapping[str, object], count: int) -> pa.Table:
    """A table whose columns have a value for each row, or one for all."""
    arrays = (columns.get(column.name) for column in table.columns)
    values = [each if isinstance(each, list) else [each] * count for each in arrays]
    return pa.Table.from_arrays(
        [pa.array(value, column.type) for value, column in zip(values, table.columns, strict=True)],
        schema=table.schema,
    )


if __name__ == "__main__":
    main()
