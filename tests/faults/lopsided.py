"""`make faults`: stores in which one has very much of something; time grows with it, not faster.

    python -m tests.faults.lopsided [--largest N]

One customer with very many events, one tag on all customers, very many tags on one. Each is
loaded, asked and changed at a quarter of its size and at all of it: four times as much may
take somewhat more than four times as long, and far less than the sixteen times of what looks
at every one for every other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any, TypeAlias

import pyarrow as pa

import segmentry as sg
from segmentry.facts.tables import TABLES

Records: TypeAlias = dict[str, Any]

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
BOUND, ALWAYS = 8.0, 1.0
"""The larger may take so many times as long as the smaller, and so many seconds anyway."""

QUERIES = (
    "storefront.product_viewed MATCHES (count > 10)",
    "storefront.product_viewed MATCHES (date >= -30d)",
    "customer_tags CONTAINS 't1'",
    "NOT (customer_tags CONTAINS ALL ('t1', 't2')) AND number_of_orders = 0",
)


def events_of_one(size: int) -> Records:
    """Two customers, one of whom did everything."""
    return {
        "customers": [{"customer_id": "c0"}, {"customer_id": "quiet"}],
        "events": _rows(
            "events",
            event_id=[f"s:{n}" for n in range(size)],
            customer_id=["s:c0"] * size,
            name=["product_viewed"] * size,
            occurred_at=[NOW - timedelta(seconds=n) for n in range(size)],
            product_id=[f"s:p{n % 50}" for n in range(size)],
        ),
    }


def tag_on_all(size: int) -> Records:
    """So many customers, all tagged alike."""
    names = [f"s:c{n}" for n in range(size)]
    return {
        "customers": _rows("customers", customer_id=names),
        "customer_tags": _rows("customer_tags", customer_id=names, tag=["t1"] * size),
    }


def tags_on_one(size: int) -> Records:
    """Two customers, one of whom has all tags."""
    tags = [f"t{n}" for n in range(size)]
    return {
        "customers": [{"customer_id": "c0"}, {"customer_id": "quiet"}],
        "customer_tags": _rows("customer_tags", customer_id=["s:c0"] * size, tag=tags),
    }


def _rows(table: str, /, **given: list[Any]) -> pa.Table:
    """Rows of a table by its columns; those that are not given are empty."""
    size = len(next(iter(given.values())))
    schema = TABLES[table].schema
    columns = [pa.array(given.get(each.name, [None] * size), each.type) for each in schema]
    return pa.table(columns, schema=schema)


STORES: dict[str, tuple[Callable[[int], Records], int, int]] = {
    "events of one customer": (events_of_one, 4_000, 1_000_000),
    "one tag on all customers": (tag_on_all, 1_000, 200_000),
    "tags on one customer": (tags_on_one, 1_000, 100_000),
}
"""What makes the records, how many in a test and how many in the long form."""

CHANGE: Records = {
    "events": [
        {"event_id": "late", "customer_id": "new", "name": "product_viewed", "occurred_at": NOW}
    ],
    "customers": [{"customer_id": "new"}],
    "customer_tags": [{"customer_id": "new", "tag": "t2"}],
}


@contextmanager
def opened() -> Iterator[sg.Workspace]:
    """An empty workspace with the queries as segments."""
    with sg.Workspace.create(
        None, timezone="Europe/London", currency="GBP", clock=lambda: NOW
    ) as store:
        for number, query in enumerate(QUERIES):
            store.segments.add(f"asked {number}", query)
        yield store


def steps(store: sg.Workspace, records: Records) -> Iterable[tuple[str, Callable[[], object]]]:
    """What is done with a store, by name."""
    yield "load", lambda: store.load(records, source="s")
    yield "change", lambda: store.load(CHANGE, source="s")
    yield "query", lambda: [store.query(text).count for text in QUERIES]
    yield "why", lambda: [store.why(text, "c0") for text in QUERIES]
    yield "values", lambda: store.suggest_values("customer_tags", "t1")


def main(arguments: Sequence[str] | None = None) -> int:
    """Time every step at both sizes; 1 where one grows too fast."""
    parser = argparse.ArgumentParser(prog="lopsided", description=__doc__.partition("\n")[0])
    parser.add_argument("--largest", type=int, help="no store has more than this")
    asked = parser.parse_args(arguments)
    wrong = 0
    for what, (make, _, size) in STORES.items():
        size = min(size, asked.largest or size)
        small, large = _timed(make(size // 4)), _timed(make(size))
        for step, seconds in large.items():
            ratio = seconds / max(small[step], 0.001)
            well = seconds <= ALWAYS or ratio <= BOUND
            wrong += not well
            said = "" if well else "  GROWS TOO FAST"
            print(f"{size:>9,} {what}, {step}: {seconds:.2f} s, {ratio:.1f} times a quarter{said}")
    return 1 if wrong else 0


def _timed(records: Records) -> dict[str, float]:
    """Seconds of the processor by step."""
    taken = {}
    with opened() as store:
        for name, step in steps(store, records):
            began = process_time()
            step()
            taken[name] = process_time() - began
    return taken


if __name__ == "__main__":
    sys.exit(main())
