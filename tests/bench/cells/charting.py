"""The size of a segment on each day of two years, of a query that nobody asked before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta

from segmentry.engines.live import LiveEngine
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.dates import day_start, local_day
from tests.bench.copies import in_a_copy, repeated
from tests.bench.measuring import Cost, clocked
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report
from tests.bench.workload.store import AS_OF, STORE, open_store

_DAYS = 730
_TICK = timedelta(microseconds=1)
_TARGET = "2 s wall on 2 cores"
_ASKED = (
    "customer_tags CONTAINS 'vip'",
    "email_subscription_status = 'SUBSCRIBED'",
    "number_of_orders >= 2",
    "amount_spent > 100",
    "last_order_date >= -90d",
    "number_of_orders >= 2 AND last_order_date < -90d",
    "orders_placed MATCHES (date >= -90d, count > 3)",
    "orders_placed MATCHES (date BETWEEN -90d AND -30d, amount >= 20, count >= 2)",
    "products_purchased MATCHES (tag = 'sale', date >= -1y)",
    "products_purchased MATCHES (sum_quantity > 5)",
)
_OF_EVENTS = ("storefront.product_viewed MATCHES (date >= -30d, count >= 3)",)


def rows(settings: Settings) -> Iterator[Row]:
    """Measure in a process of its own: its memory is that of a store."""
    open_store(settings.size, settings.kept)
    for key, measured in measured_by("tests.bench.cells.charting", settings).items():
        yield Row(f"sizes on {_DAYS + 1} days: {key}", measured.cost, _TARGET, measured.runs)


def main() -> None:
    """Have all columns read, then ask each query of a copy that has no answers."""
    settings = Settings.read(sys.argv[1])
    engine = LiveEngine(open_store(settings.size, settings.kept), STORE)
    asked = (*_ASKED, *(_OF_EVENTS if settings.size.events else ()))
    for text in asked:
        engine.count(plan(bind(text)), AS_OF)
    for text in asked:
        report(_measured(engine, text, settings.repeats))


def _measured(engine: LiveEngine, text: str, repeats: int) -> Measured:
    cost, runs = repeated(lambda: in_a_copy(lambda: _sizes(engine, text)), repeats)
    return Measured(text, cost, runs)


def _sizes(engine: LiveEngine, text: str) -> Cost:
    with clocked() as clock:
        engine.sizes(plan(bind(text)), _moments())
    return clock.cost


def _moments() -> list[datetime]:
    """The ends of the days before today, and now."""
    today = local_day(AS_OF, STORE.zone)
    days = (today - timedelta(days=number) for number in range(_DAYS - 1, -1, -1))
    return [*(day_start(day, STORE.zone) - _TICK for day in days), AS_OF]


if __name__ == "__main__":
    main()
