"""What people look at in a segment: why one customer is in it, and a page of its members with
when each leaves, in a store that was asked before."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from segmentry.engines.live import LiveEngine
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.segments.page import page
from segmentry.segments.upcoming import Person, upcoming
from segmentry.segments.why import Question, why
from tests.bench.copies import high
from tests.bench.measuring import Cost, clocked, middle
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report
from tests.bench.workload.store import AS_OF, STORE, open_store

_SEGMENTS = (
    "number_of_orders >= 1 AND last_order_date < -180d AND last_active_date >= -180d",
    "amount_spent IN TOP 10% AND number_of_orders >= 3 AND last_order_date >= -120d",
    "orders_placed MATCHES (date >= -90d, count > 3)",
    "last_active_date >= -30d",
    "number_of_orders = 0 AND (email_subscription_status = 'SUBSCRIBED' OR "
    "last_active_date >= -30d)",
    "checkouts_abandoned MATCHES (date >= -24h)",
    "number_of_orders = 1 AND first_order_date >= -30d",
)
_MEMBERS = 50
_EACH = 5
"""Of so many members of each it is asked why."""
_TARGETS = {"why": "0.05 s wall", "page": "0.1 s wall"}
_FIRST = "the first why of a segment, which may read what records have, slowest"
_NAMES = {
    "why": "why one customer is in one segment, until and since when",
    "page": f"a page of {_MEMBERS} members with when each leaves",
}


def rows(settings: Settings) -> Iterator[Row]:
    """Measure in a process of its own: its memory is that of a store."""
    open_store(settings.size, settings.kept)
    found = measured_by("tests.bench.cells.looking", settings)
    for key, name in _NAMES.items():
        measured = found[key]
        yield Row(f"{name}, median", measured.cost, _TARGETS[key], measured.runs)
        yield Row("  slowest of twenty", found[f"{key} high"].cost, "", measured.runs)
    yield Row(_FIRST, found["why first"].cost, "", found["why first"].runs)


def main() -> None:
    """Ask for pages once, so that columns are there; then measure each question. The first
    why of each segment is told apart: it reads the fields of records for all customers."""
    settings = Settings.read(sys.argv[1])
    engine = LiveEngine(open_store(settings.size, settings.kept), STORE)
    costs: dict[str, list[Cost]] = {key: [] for key in (*_NAMES, "why first")}
    for text in _SEGMENTS:
        query = bind(text)
        _page(engine, text)
        for _ in range(settings.repeats):
            with clocked() as clock:
                found = _page(engine, text)
            costs["page"].append(clock.cost)
        for place, customer in enumerate(found[: _EACH + 1]):
            person = Person(customer, customer)
            with clocked() as clock:
                next = upcoming(engine, query, person, AS_OF, STORE, str)
                why(Question(engine, person, AS_OF, STORE.currency, str), query, next)
            costs["why" if place else "why first"].append(clock.cost)
    first = costs.pop("why first")
    report(Measured("why first", high(first, 1.0), len(first)))
    for key, each in costs.items():
        report(Measured(key, middle(each), len(each)))
        report(Measured(f"{key} high", high(each, 0.95), len(each)))


def _page(engine: LiveEngine, text: str) -> list[str]:
    found = page(engine, plan(bind(text)), AS_OF, 0, _MEMBERS, str, STORE.zone)
    ids: list[str] = found.members["customer_id"].to_pylist()
    return ids


if __name__ == "__main__":
    main()
