"""Live messages into the sample store: accepted on disk, then in facts, engine and segments.

In a process of its own, over a workspace that `segmentry demo` made.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

import segmentry as sg
from tests.bench.measuring import Cost, clocked, middle, run
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report

_Row: TypeAlias = dict[str, object]

_MESSAGES = 1_000
_THREADS = 4
_APPLIED = {1: "", 100: "", 500: "0.3 CPU s", 1_000: ""}
"""How many messages are applied at once, and what that should cost."""

_SEGMENTRY = (sys.executable, "-c", "from segmentry.cli import main; main()")


def rows(settings: Settings) -> Iterator[Row]:
    """What accepting and applying cost."""
    found = measured_by("tests.bench.cells.ingesting", settings)
    single, batched = found["single"], found["batched"]
    for name, measured in (
        (f"{_MESSAGES:,} messages accepted one by one by {_THREADS} threads", single),
        (f"{_MESSAGES:,} messages accepted in batches of 100", batched),
    ):
        yield Row(name, measured.cost, "1 s", measured.runs)
    for count, target in _APPLIED.items():
        measured = found[str(count)]
        of = "message" if count == 1 else "messages"
        yield Row(f"  {count:,} {of} applied, 20 segments", measured.cost, target, measured.runs)


@dataclass(slots=True)
class _Shop:
    """Messages about the customers of the sample store, each another."""

    customers: Sequence[str]
    source: str
    now: str
    random: Random = field(default_factory=lambda: Random(1))
    made: int = 0

    def batch(self, count: int) -> bytes:
        """So many messages, nine of ten about a visit and one about an order."""
        messages = [self._message() for _ in range(count)]
        return json.dumps({"source": self.source, "messages": messages}).encode()

    def _message(self) -> dict[str, object]:
        self.made += 1
        id, who = f"live-{self.made}", self.random.choice(self.customers)
        if self.made % 10:
            event = {"event_id": id, "name": "product_viewed", "occurred_at": self.now}
            return _of(id, events=event | {"customer_id": who, "properties": {"page": self.made}})
        order: _Row = {"order_id": id, "customer_id": who, "ordered_at": self.now, "paid": "12.50"}
        line: _Row = {"order_id": id, "line_number": 1, "product_id": "85123A", "amount": "12.50"}
        return _of(id, orders=order, order_lines=line)


def _of(id: str, **rows: _Row) -> _Row:
    return {"message_id": id, "records": {table: [row] for table, row in rows.items()}}


def main() -> None:
    """Measure, and report it."""
    settings = Settings.read(sys.argv[1])
    folder = settings.scratch / "ingest"
    run((*_SEGMENTRY, "demo", folder), os.environ)
    with sg.Workspace.open(folder) as store:
        keys = store.facts("customers").column("customer_id").to_pylist()
        (source,) = {key.partition(":")[0] for key in keys}
        ids = [key.partition(":")[2] for key in keys]
        shop = _Shop(ids, source, store.moment().isoformat())
        store.accept(shop.batch(10))
        store.apply_accepted()
        single, batched = [], []
        for _ in range(settings.repeats):
            each = [shop.batch(1) for _ in range(_MESSAGES)]
            with clocked() as clock, ThreadPoolExecutor(_THREADS) as threads:
                assert sum(done.count("accepted") for done in threads.map(store.accept, each))
            single.append(clock.cost)
            hundreds = [shop.batch(100) for _ in range(_MESSAGES // 100)]
            with clocked() as clock:
                for some in hundreds:
                    store.accept(some)
            batched.append(clock.cost)
        store.apply_accepted()
        _report("single", single)
        _report("batched", batched)
        for count in _APPLIED:
            applied = []
            for _ in range(settings.repeats):
                store.accept(shop.batch(count))
                with clocked() as clock:
                    store.apply_accepted()
                applied.append(clock.cost)
            _report(str(count), applied)


def _report(key: str, costs: list[Cost]) -> None:
    report(Measured(key, middle(costs), len(costs)))


if __name__ == "__main__":
    main()
