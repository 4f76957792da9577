"""Stored members brought up to date: the first time, as a day passes, after one order.

In a process of its own, over the facts of a database as a workspace has them, in memory.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from segmentry.base.errors import UserError
from segmentry.base.text import text_key
from segmentry.engines.live import LiveEngine
from segmentry.facts.tables import CUSTOMERS, TABLES
from segmentry.facts.touched import Touched
from segmentry.membership.memberships import Memberships, Sources
from segmentry.query.bind import bind
from segmentry.query.bound import BoundQuery
from segmentry.query.names import Names, SavedQuery
from segmentry.storage.app_db import Segment, open_app_db
from segmentry.storage.facts_db import FactsDb
from tests.bench.asking.segments import draw_segments
from tests.bench.asking.texts import name_of, text_of
from tests.bench.cells.changing import orders_of
from tests.bench.measuring import Cost, clocked, middle
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report
from tests.bench.workload.store import AS_OF, STORE, open_store


def rows(settings: Settings) -> Iterator[Row]:
    """What a refresh costs by what happened before."""
    open_store(settings.size, settings.kept)
    found = measured_by("tests.bench.cells.refreshing", settings)
    count = f"members of {settings.all_segments} segments"
    for key, name in (
        ("first", f"stored {count}, the first time"),
        ("nothing", "  again, nothing being due"),
        ("day", "  a day later, each moment on the way"),
        ("order", "  after an order of one customer, without taking it in"),
    ):
        yield Row(name, found[key].cost, "", found[key].runs)


def main() -> None:
    """Measure, and report it."""
    settings = Settings.read(sys.argv[1])
    tables = open_store(settings.size, settings.kept)
    facts = FactsDb(None)
    facts.apply({name: tables.read(table) for name, table in TABLES.items()}, 1)
    ids = facts.read(CUSTOMERS.only("customer_id")).column(0).to_pylist()
    described = draw_segments("standard", settings.all_segments, settings.size.customers)
    texts = {name_of(n): text_of(each) for n, each in enumerate(described)}
    names = Names(segments={text_key(name): SavedQuery(name, t) for name, t in texts.items()})
    engine = LiveEngine(facts, STORE)

    def bound(wanted: Iterable[str]) -> Iterator[BoundQuery | UserError]:
        yield from (bind(texts[name], names, (text_key(name),)) for name in wanted)

    with tempfile.TemporaryDirectory(prefix="segmentry-bench-") as folder:
        app = open_app_db(Path(folder, "app.sqlite"))
        with Session(app) as session, session.begin():
            session.add_all(
                Segment(name=n, name_key=text_key(n), query=t, description="", created_at=AS_OF)
                for n, t in texts.items()
            )
        kept = Memberships(app, Sources(lambda: STORE, facts, lambda: engine, bound))
        _report("first", [_timed(kept, AS_OF)])
        _report("nothing", [_timed(kept, AS_OF) for _ in range(settings.repeats)])
        passing = [AS_OF + timedelta(days=day) for day in range(1, settings.repeats + 1)]
        _report("day", [_timed(kept, now) for now in passing])
        orders = []
        for number in range(settings.repeats):
            facts.apply(orders_of(ids[number : number + 1], number), 2 + number)
            engine.change(facts, (facts.touched_since(1 + number) or Touched()).customers)
            orders.append(_timed(kept, passing[-1]))
        _report("order", orders)
        app.dispose()


def _timed(kept: Memberships, now: datetime) -> Cost:
    with clocked() as clock:
        kept.refresh(now)
    return clock.cost


def _report(key: str, costs: list[Cost]) -> None:
    report(Measured(key, middle(costs), len(costs)))


if __name__ == "__main__":
    main()
