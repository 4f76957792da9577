"""The engine in a process of its own: made from tables, then asked, each time in a copy that
has the facts and no answers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from segmentry.engines.live import LiveEngine
from segmentry.facts.tables import CUSTOMERS, ORDER_LINES, ORDERS, REFUNDS
from segmentry.plan.nodes import Plan
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from tests.bench.asking.draws import POPULATIONS, Population
from tests.bench.asking.plans import bytes_per_second, bytes_to_compare, bytes_to_read, planned
from tests.bench.asking.previews import previews
from tests.bench.asking.sample import sampled
from tests.bench.asking.segments import draw_segments
from tests.bench.asking.texts import text_of
from tests.bench.copies import high, in_a_copy, repeated
from tests.bench.measuring import Cost, clocked, middle
from tests.bench.members import leave
from tests.bench.settings import Measured, Settings, report
from tests.bench.workload.store import AS_OF, STORE, StoreTables, open_store

_TOUCHED = (
    "orders_placed MATCHES (channel = 'web', shipping_country = 'GB', discounted = true)",
    "orders_placed MATCHES (discount_code = 'WELCOME10', sum_amount > 1)",
    "products_purchased MATCHES (tag = 'new', category = 'Category 01', vendor = 'Vendor 01')",
    "products_purchased MATCHES (id = 1, sum_quantity > 1, sum_amount > 1)",
    "refunds MATCHES (date >= -30d)",
    "customer_tags CONTAINS 'vip' OR customer_countries CONTAINS 'GB' OR companies IS NULL",
    "customer_language = 'en' OR customer_account_status = 'ENABLED' OR customer_gender = 'x'",
    "customer_interests CONTAINS 'art' OR customer_age > 30 OR customer_added_date >= -30d",
    "email_subscription_status = 'SUBSCRIBED' OR sms_subscription_status = 'SUBSCRIBED'",
    "last_active_date >= -30d OR lifecycle_stage = 'NONE' OR order_gap_ratio > 1",
)
"""Queries that together make the engine read every column that the segments ask about."""

_BEFORE = AS_OF - timedelta(days=1)
_MIDNIGHT = datetime(2026, 6, 15, 23, tzinfo=UTC)
"""The end of the day of AS_OF in London's summer."""
_HALF = timedelta(seconds=30)

_TEN_CONDITIONS = (
    "number_of_orders >= 2 AND amount_spent > 149.95 AND last_order_date >= -180d "
    "AND first_order_date < 2025-01-01 AND customer_tags CONTAINS ANY ('vip', 'press') "
    "AND (customer_countries CONTAINS 'GB' OR email_subscription_status = 'SUBSCRIBED') "
    "AND orders_placed MATCHES (date BETWEEN -90d AND -30d, amount >= 20, count >= 2) "
    "AND NOT (products_purchased MATCHES (tag = 'sale', date >= -1y)) "
    "AND average_order_value >= 1.25 * STORE_AVERAGE"
)


@dataclass(frozen=True, slots=True)
class _Bench:
    settings: Settings
    tables: StoreTables
    engine: LiveEngine
    speed: float

    def evaluation(self, plans: Sequence[Plan], as_of: datetime = AS_OF) -> Cost:
        """What it takes to know the members of all."""
        with clocked() as clock:
            for each in plans:
                self.engine.members_mask(each, as_of)
        return clock.cost

    def floor(self, read: int) -> float:
        """Seconds that the machine takes to read so many bytes."""
        return read / self.speed


def main() -> None:
    """Measure all that the engine does, and report it."""
    settings = Settings.read(sys.argv[1])
    tables = open_store(settings.size, settings.kept)
    with clocked() as clock:
        engine = LiveEngine(tables, STORE)
        for text in _TOUCHED:
            engine.count(plan(bind(text)), _BEFORE)
    report(Measured("build", clock.cost))
    report(Measured("read", tables.cost))
    bench = _Bench(settings, tables, engine, in_a_copy(bytes_per_second))
    for population in POPULATIONS:
        _population(bench, population)
    _previews(bench)
    _planning(bench)


def _population(bench: _Bench, population: Population) -> None:
    settings = bench.settings
    drawn = draw_segments(population, settings.counts[-1], settings.size.customers)
    plans = planned(drawn)
    for count in settings.counts:
        _evaluate(bench, f"evaluate {population} {count}", plans[:count])
    every = plans[: settings.all_segments]
    in_a_copy(lambda: _leave_members(bench, population, every))
    if population == "standard":
        sample = [plans[number] for number in sampled(drawn[: settings.all_segments])]
        _evaluate(bench, "sample", sample)
        in_a_copy(lambda: _leave_members(bench, "sample", sample))
        _tick(bench, every)
        _over_midnight(bench, every)


def _evaluate(bench: _Bench, key: str, plans: Sequence[Plan]) -> None:
    """From facts, nothing of the segments known."""
    tables = (CUSTOMERS, ORDERS, ORDER_LINES, REFUNDS)
    rows = {table.name: bench.tables.rows(table) for table in tables}
    cost, runs = repeated(
        lambda: in_a_copy(lambda: bench.evaluation(plans)), bench.settings.repeats
    )
    report(Measured(key, cost, runs, bench.floor(bytes_to_read(plans, rows))))


def _leave_members(bench: _Bench, population: str, plans: Sequence[Plan]) -> None:
    masks = (bench.engine.members_mask(each, AS_OF) for each in plans)
    leave(bench.settings.scratch, "segmentry", population, masks)


def _tick(bench: _Bench, plans: Sequence[Plan]) -> None:
    """One minute after all members were known, and after that another, and so on."""

    def ticks() -> tuple[Cost, int]:
        bench.evaluation(plans)
        minutes = iter(range(1, 100))
        return repeated(
            lambda: bench.evaluation(plans, AS_OF + timedelta(minutes=next(minutes))),
            bench.settings.repeats,
        )

    cost, runs = in_a_copy(ticks)
    floor = bench.floor(bytes_to_compare(plans, bench.settings.size.customers))
    report(Measured("tick", cost, runs, floor))


def _over_midnight(bench: _Bench, plans: Sequence[Plan]) -> None:
    """The tick that begins a new day in the store's zone."""

    def tick() -> Cost:
        bench.evaluation(plans, _MIDNIGHT - _HALF)
        return bench.evaluation(plans, _MIDNIGHT + _HALF)

    cost, runs = repeated(lambda: in_a_copy(tick), bench.settings.repeats)
    floor = bench.floor(bytes_to_compare(plans, bench.settings.size.customers))
    report(Measured("midnight", cost, runs, floor))


def _previews(bench: _Bench) -> None:
    """Counts of queries that nobody asked before, each at a moment of its own, of an engine
    that has answered similar ones."""
    for each in planned(previews(0)):
        bench.engine.count(each, AS_OF)
    costs = in_a_copy(lambda: _typed(bench))
    report(Measured("preview", middle(costs), len(costs)))
    report(Measured("preview p95", high(costs, 0.95), len(costs)))


def _typed(bench: _Bench) -> list[Cost]:
    texts = [text_of(each) for typed in range(5) for each in previews(typed + 1)]
    return [
        _preview(bench, text, AS_OF + timedelta(seconds=second))
        for second, text in enumerate(texts, 1)
    ]


def _preview(bench: _Bench, text: str, as_of: datetime) -> Cost:
    with clocked() as clock:
        bench.engine.count(plan(bind(text)), as_of)
    return clock.cost


def _planning(bench: _Bench) -> None:
    costs = [_plan() for _ in range(40 * bench.settings.repeats)]
    report(Measured("plan", middle(costs), len(costs)))


def _plan() -> Cost:
    with clocked() as clock:
        plan(bind(_TEN_CONDITIONS))
    return clock.cost


if __name__ == "__main__":
    main()
