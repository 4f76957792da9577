"""Suggestions while a query is typed, letter by letter, in a store with saved segments."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import segmentry as sg
from segmentry.facts.tables import TABLES
from tests.bench.copies import high
from tests.bench.measuring import Cost, clocked, middle
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report
from tests.bench.workload.store import AS_OF, STORE, open_store

_TYPED = (
    "number_of_orders >= 2 AND last_order_date < -90d AND customer_countries CONTAINS 'GB'",
    "customer_tags CONTAINS ANY ('vip', 'press') OR segments CONTAINS 'Segment 12'",
    "products_purchased MATCHES (tag = 'sale', vendor = 'Vendor 01', id = 12, date >= -1y)",
    "orders_placed MATCHES (discount_code = 'WELCOME10', channel = 'web', count > 3)",
    "events MATCHES (name = 'product_viewed', property.url STARTS WITH 'https', date = today)",
)
_SEGMENTS = 500
_TARGET = "0.02 s wall at 100,000 customers"


def rows(settings: Settings) -> Iterator[Row]:
    """Measure in a process of its own: its memory is that of a store."""
    open_store(settings.size, settings.kept)
    found = measured_by("tests.bench.cells.completing", settings)
    for key, measured in found.items():
        target = "" if "first" in key else _TARGET
        yield Row(f"suggest while typing, {key}", measured.cost, target, measured.runs)


def main() -> None:
    """Type every query, and report what a letter takes; the first time apart, for then the
    values are read from the facts."""
    settings = Settings.read(sys.argv[1])
    tables = open_store(settings.size, settings.kept)
    with sg.Workspace.create(
        None, timezone=STORE.zone.key, currency=STORE.currency, clock=lambda: AS_OF
    ) as workspace:
        workspace.load({n: tables.read(t) for n, t in TABLES.items()}, source="bench")
        for number in range(_SEGMENTS):
            workspace.segments.add(f"Segment {number}", f"number_of_orders > {number}")
        first = list(_letters(workspace))
        later = [cost for _ in range(settings.repeats) for cost in _letters(workspace)]
    slowest = max(first, key=lambda cost: cost.wall)
    report(Measured("the first time that values are read, slowest", slowest))
    report(Measured("median of all letters", middle(later), len(later)))
    report(Measured("95 in 100 letters take no longer", high(later, 0.95), len(later)))


def _letters(workspace: sg.Workspace) -> Iterator[Cost]:
    for text in _TYPED:
        for end in range(len(text) + 1):
            with clocked() as clock:
                workspace.complete(text[:end])
            yield clock.cost


if __name__ == "__main__":
    main()
