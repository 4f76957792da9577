"""At least so much since a day becomes a date that is compared with the day."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segmentry.facts.operators import GREATER_OR_EQUAL
from segmentry.plan.nodes import Compared, Leaf, Reached, Rows
from segmentry.plan.rules.reached import reached
from segmentry.query.bound import FieldTest, RecordTest

from .asked import asked


def _reaching(text: str, amount: int) -> RecordTest:
    """The test, with its aggregate at least so much."""
    test = asked(text)
    (aggregate,) = test.aggregates
    enough = FieldTest(aggregate.field, GREATER_OR_EQUAL, False, (amount,))
    return replace(test, aggregates=(enough,))


@pytest.mark.parametrize(
    ("operator", "forwards"), [(">=", False), (">", False), ("<", True), ("<=", True)]
)
@pytest.mark.parametrize("aggregate", ["count", "sum_amount"])
def test_reached_by_a_day(operator: str, forwards: bool, aggregate: str) -> None:
    """Rows since a day are counted from the latest on, rows before a day from the first on."""
    text = f"orders_placed MATCHES (date {operator} -90d, channel = 'web', {aggregate} > 1)"
    before = _reaching(text, 3)
    cut, channel = before.filters
    rows = Rows(before.function, frozenset([channel]))
    feature = Reached(rows, before.aggregates[0].field, 3, forwards)
    assert reached(before) == Leaf(Compared(feature, cut))


@pytest.mark.parametrize(
    "text",
    [
        "orders_placed MATCHES (date BETWEEN -90d AND -30d, count > 2)",
        "orders_placed MATCHES (date IS NOT NULL, count > 2)",
        "orders_placed MATCHES (date >= -90d, average_amount > 2)",
        "refunds MATCHES (date >= -90d, sum_amount > 2)",
        "checkouts_abandoned MATCHES (date >= -90d, sum_value > 2)",
        "events MATCHES (date >= -90d, sum_score > 2)",
        "events MATCHES (date >= -90d, property.due >= -9d, count > 2)",
    ],
)
def test_others_stay(text: str) -> None:
    """Windows with two ends, averages, other dates, and sums that a further record can lower
    stay."""
    before = _reaching(text, 3)
    assert reached(before) == Leaf(before)


@pytest.mark.parametrize(
    "records",
    [
        "checkouts_abandoned",
        "email.clicked",
        "events",
        "orders_placed",
        "products_purchased",
        "refunds",
        "storefront.product_viewed",
    ],
)
def test_any_count_is_reached(records: str) -> None:
    """A further record never lowers a count, so that it is reached by a day."""
    before = _reaching(f"{records} MATCHES (date >= -90d, count > 2)", 3)
    (cut,) = before.filters
    feature = Reached(Rows(before.function, frozenset()), before.aggregates[0].field, 3)
    assert reached(before) == Leaf(Compared(feature, cut))


def test_other_comparisons_stay() -> None:
    """Only "at least" is a date that is reached."""
    before = asked("orders_placed MATCHES (date >= -90d, count < 2)")
    assert reached(before) == Leaf(before)
