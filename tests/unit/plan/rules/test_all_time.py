"""Tests without dates become comparisons of totals."""

from __future__ import annotations

import pytest

from segmentry.plan.nodes import Compared, Leaf, Rows, Total
from segmentry.plan.rules.all_time import all_time

from .asked import asked


@pytest.mark.parametrize("aggregate", ["count != 2", "sum_amount > 5", "average_amount < 5"])
def test_records_of_any_date_are_a_total(aggregate: str) -> None:
    """Any aggregate of records of all time is a feature of the customer."""
    before = asked(f"orders_placed MATCHES (channel = 'web', {aggregate})")
    (compared,) = before.aggregates
    rows = Rows(before.function, frozenset(before.filters))
    assert all_time(before) == Leaf(Compared(Total(rows, compared.field), compared))


def test_the_order_of_filters_makes_no_other_feature() -> None:
    """Equal filters give one feature, in whatever order they were written."""
    one = asked("orders_placed MATCHES (channel = 'web', amount > 5, count > 1)")
    other = asked("orders_placed MATCHES (amount > 5, channel = 'web', count > 1)")
    assert all_time(one) == all_time(other)


@pytest.mark.parametrize(
    "text",
    [
        "orders_placed MATCHES (date >= -30d, count > 1)",
        "events MATCHES (property.due >= -30d, count > 1)",
        "events MATCHES (property.due <= 2026-06-01, name = 'loan', sum_size > 1)",
    ],
)
def test_dated_records_stay(text: str) -> None:
    """A test with a date is left as it is, whatever the date is of."""
    before = asked(text)
    assert all_time(before) == Leaf(before)


@pytest.mark.parametrize(
    "text",
    [
        "events MATCHES (name = 'quiz', property.score >= 8, count < 2)",
        "events MATCHES (name = 'quiz', property.score IS NOT NULL, sum_score > 8)",
        "checkouts_abandoned MATCHES (tag = 'tea', sum_value > 8)",
        "email.opened MATCHES (machine = true, count = 2)",
    ],
)
def test_other_records_are_totals_too(text: str) -> None:
    """Counts and sums of events, messages and checkouts are features, those of properties too."""
    before = asked(text)
    (compared,) = before.aggregates
    rows = Rows(before.function, frozenset(before.filters))
    assert all_time(before) == Leaf(Compared(Total(rows, compared.field), compared))
