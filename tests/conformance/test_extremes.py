"""Stores of an extreme shape: answered right, and in time that grows with their rows.

Sizes are such that anything quadratic would not come to an end. The live engine alone is
asked, since the answers are known.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from segmentry.engines.live import LiveEngine
from segmentry.facts.orders import NET
from segmentry.facts.store import Store
from segmentry.facts.tables import TABLES, Table
from segmentry.facts.zones import zone
from segmentry.query.names import Names
from tests.steps import counted

from .stores import Asked

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MILLION = 1_000_000


class ColumnFacts:
    """Canonical tables of which only some columns are given; the others are missing."""

    def __init__(self, tables: Mapping[str, Mapping[str, pa.Array]]) -> None:
        self._tables = {name: _filled(TABLES[name], given) for name, given in tables.items()}

    def read(self, table: Table) -> pa.Table:
        """All rows of a table, in its declared schema."""
        return self._tables.get(table.name, table.schema.empty_table())


def _filled(table: Table, given: Mapping[str, pa.Array]) -> pa.Table:
    size = len(next(iter(given.values())))
    columns = [given.get(c.name, pa.nulls(size, c.type)).cast(c.type) for c in table.columns]
    return pa.Table.from_arrays(columns, schema=table.schema)


def store(**tables: Mapping[str, pa.Array]) -> Asked:
    """The live engine over these tables."""
    facts = ColumnFacts(tables)
    return Asked(LiveEngine(facts, Store(zone("Europe/London"), "GBP", NET)), Names())


def keys(name: str, size: int) -> pa.Array:
    """Ids from 0 on."""
    return pa.array([f"shop:{name}{number}" for number in range(size)])


def moments(days_ago: np.ndarray) -> pa.Array:
    """Noon so many days ago."""
    at = np.datetime64(NOW.replace(tzinfo=None), "us") - days_ago.astype("timedelta64[D]")
    return pa.array(at).cast(pa.timestamp("us", tz="UTC"))


def orders(customers: pa.Array, days_ago: np.ndarray, paid: int) -> dict[str, pa.Array]:
    """An order each, all paid the same."""
    size = len(customers)
    return {
        "order_id": keys("o", size),
        "customer_id": customers,
        "ordered_at": moments(days_ago),
        "state": pa.repeat("PAID", size),
        "placed": pa.repeat(pa.scalar(True), size),
        "paid": pa.repeat(paid, size),
    }


def test_a_million_orders_of_one_customer_at_one_moment() -> None:
    """Counted, added up and ranked without one being lost or counted twice."""
    days = np.full(MILLION, 30)
    found = store(
        customers={"customer_id": keys("c", 2)},
        orders=orders(pa.repeat("shop:c0", MILLION), days, 1_000),
    )
    for query in (
        "number_of_orders = 1000000 AND amount_spent = 100000",
        "orders_placed MATCHES (date >= -30d, count >= 1000000)",
        "orders_placed MATCHES (date >= -30d, sum_amount >= 100000)",
        "orders_placed MATCHES (date BETWEEN -40d AND -20d, count = 1000000)",
        "NOT orders_placed MATCHES (date >= -29d) AND amount_spent IN TOP 1",
    ):
        assert found.members(query, NOW) == {"c0"}, query
    assert found.members("orders_placed MATCHES (count > 1000000)", NOW) == set()


def test_a_million_events_of_one_customer() -> None:
    """The latest of them tells when somebody was last active."""
    days = np.arange(MILLION) % 900 + 5
    found = store(
        customers={"customer_id": keys("c", 2)},
        events={
            "event_id": keys("e", MILLION),
            "customer_id": pa.repeat("shop:c1", MILLION),
            "name": pa.repeat("product_viewed", MILLION),
            "occurred_at": moments(days),
        },
    )
    assert found.members("last_active_date = -5d", NOW) == {"c1"}
    assert found.members("last_active_date > -5d", NOW) == set()


def test_one_tag_on_everybody() -> None:
    """And on nobody else."""
    size = 300_000
    everybody = keys("c", size)
    found = store(
        customers={"customer_id": everybody},
        customer_tags={"customer_id": everybody, "tag": pa.repeat("VIP", size)},
    )
    assert len(found.members("customer_tags CONTAINS 'vip'", NOW)) == size
    assert found.members("customer_tags NOT CONTAINS 'VIP' OR customer_tags IS NULL", NOW) == set()


def test_a_hundred_thousand_tags_on_one_customer() -> None:
    """Each of them is found, also among many asked for at once."""
    size = 100_000
    found = store(
        customers={"customer_id": keys("c", 3)},
        customer_tags={
            "customer_id": pa.repeat("shop:c1", size),
            "tag": pa.array([f"t{number}" for number in range(size)]),
        },
    )
    wanted = ", ".join(f"'T{number}'" for number in range(0, size, 100))
    for query in (f"customer_tags CONTAINS ALL ({wanted})", "customer_tags CONTAINS 't99999'"):
        assert found.members(query, NOW) == {"c1"}
    assert found.members(f"customer_tags CONTAINS ALL ({wanted}, 'none')", NOW) == set()


def test_all_spent_the_same() -> None:
    """Everybody is among the best and the worst, and nobody is above the average."""
    size = 200_000
    days = np.full(size, 10)
    found = store(
        customers={"customer_id": keys("c", size)}, orders=orders(keys("c", size), days, 5)
    )
    for query in (
        "amount_spent IN TOP 1",
        "amount_spent IN BOTTOM 1%",
        "amount_spent = STORE_AVERAGE",
        "average_order_value >= 1 * STORE_MEDIAN",
        "rfm_monetary = 1",
    ):
        assert len(found.members(query, NOW)) == size, query
    assert found.members("amount_spent > STORE_AVERAGE", NOW) == set()


@pytest.mark.parametrize("size", [0, 1, 2])
def test_stores_of_hardly_anybody(size: int) -> None:
    """Ranks, averages and scores of so few are answered, or missing as they should be."""
    found = store(
        customers={"customer_id": keys("c", size)},
        orders=orders(keys("c", size), np.arange(size), 10_000),
    )
    everybody = {f"c{number}" for number in range(size)}
    assert found.live(NOW) == everybody
    for query in (
        "amount_spent IN TOP 50% OR amount_spent IN BOTTOM 50%",
        "amount_spent = STORE_AVERAGE",
        "rfm_group IS NULL",
        "orders_placed MATCHES (date >= -30d, count = 1)",
        "lifecycle_stage = 'FIRST_TIME_BUYER'",
    ):
        assert found.members(query, NOW + timedelta(days=1)) == everybody, query


EVENT_FUNCTIONS = (
    *("storefront.product_viewed", "storefront.collection_viewed", "storefront.page_viewed"),
    *("storefront.searched", "storefront.cart_added", "storefront.checkout_started"),
    *("email.opened", "email.clicked", "email.delivered", "email.bounced"),
)


def test_twenty_questions_about_events_at_once() -> None:
    """QRY-17: a query of twenty functions over very many events joins none of them with each
    other: steps and memory are so many for each event, and the answer is right."""
    size, people = 100_000, 10
    numbers = np.arange(size)
    names = [each.removeprefix("storefront.") for each in EVENT_FUNCTIONS]
    found = store(
        customers={"customer_id": keys("c", people)},
        events={
            "event_id": keys("e", size),
            "customer_id": pa.array([f"shop:c{number % people}" for number in range(size)]),
            "name": pa.array([names[number // people % len(names)] for number in range(size)]),
            "occurred_at": moments(numbers % 900 + 1),
        },
    )
    each = size // people // len(EVENT_FUNCTIONS)
    parts = [f"{name} MATCHES (count = {each})" for name in EVENT_FUNCTIONS]
    parts += [f"{name} MATCHES (date >= -901d, count >= {each})" for name in EVENT_FUNCTIONS]
    tracemalloc.start()
    try:
        with counted(3 * size):
            assert len(found.members(" AND ".join(parts), NOW)) == people
            assert len(found.members(" AND ".join([*parts, f"NOT ({parts[0]})"]), NOW)) == 0
        assert tracemalloc.get_traced_memory()[1] < 500 * size
    finally:
        tracemalloc.stop()
