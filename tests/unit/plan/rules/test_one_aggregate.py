"""Each aggregate becomes a test of its own."""

from __future__ import annotations

from segmentry.plan.nodes import Leaf
from segmentry.plan.rules.one_aggregate import one_aggregate

from .asked import asked, both, leaf


def test_several_aggregates_are_tests_of_their_own() -> None:
    """Two aggregates of the same orders hold where both hold."""
    before = asked("orders_placed MATCHES (channel = 'web', count > 2, sum_amount > 10)")
    assert one_aggregate(before) == both(
        leaf("orders_placed MATCHES (channel = 'web', count > 2)"),
        leaf("orders_placed MATCHES (channel = 'web', sum_amount > 10)"),
    )


def test_without_an_aggregate_one_record_is_enough() -> None:
    """Matching at all is a count of at least 1."""
    before = asked("refunds MATCHES (amount > 5)")
    assert one_aggregate(before) == leaf("refunds MATCHES (amount > 5, count >= 1)")


def test_one_aggregate_stays() -> None:
    """A single aggregate is left as it is."""
    before = asked("refunds MATCHES (amount > 5, count >= 2)")
    assert one_aggregate(before) == Leaf(before)


def test_what_is_not_counted_stays() -> None:
    """Functions whose records cannot be counted ask for any record as they did."""
    for text in (
        "store_credit_accounts MATCHES (balance > 0)",
        "customer_within_distance MATCHES (coordinates = '51.5,-0.1', distance_km = 10)",
    ):
        before = asked(text)
        assert one_aggregate(before) == Leaf(before)
