"""Comparisons of counts and sums become questions of "at least"."""

from __future__ import annotations

import pytest

from segmentry.plan.nodes import EVERYBODY, NOBODY, Expression, Leaf
from segmentry.plan.rules.at_least import at_least

from .asked import asked, both, either, leaf, others


def _orders(aggregate: str) -> str:
    return f"orders_placed MATCHES (date >= -90d, {aggregate})"


def _count(amount: int) -> Expression:
    return leaf(_orders(f"count >= {amount}"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("count >= 2", _count(2)),
        ("count > 2", _count(3)),
        ("count < 2", others(_count(2))),
        ("count <= 2", others(_count(3))),
        ("count = 2", both(_count(2), others(_count(3)))),
        ("count != 2", others(both(_count(2), others(_count(3))))),
        ("count BETWEEN 2 AND 4", both(_count(2), others(_count(5)))),
        (
            "count IN (1, 3)",
            either(both(_count(1), others(_count(2))), both(_count(3), others(_count(4)))),
        ),
        ("count = 0", others(_count(1))),
        ("count >= 0", EVERYBODY),
        ("count >= -1", EVERYBODY),
        ("count < 0", others(EVERYBODY)),
        ("count > 2.5", _count(3)),
        ("count >= 2.5", _count(3)),
        ("count = 2.5", either()),
        ("count IS NULL", NOBODY),
        ("count IS NOT NULL", others(NOBODY)),
        ("sum_amount > 10", leaf(_orders("sum_amount >= 10.0001"))),
        ("sum_amount <= 10", others(leaf(_orders("sum_amount >= 10.0001")))),
    ],
)
def test_every_comparison_is_one_of_at_least(before: str, after: Expression) -> None:
    """Each operator says that a count or sum reaches an amount, or that it does not."""
    assert at_least(asked(_orders(before))) == after


@pytest.mark.parametrize(
    "text",
    [
        "orders_placed MATCHES (date BETWEEN -90d AND -30d, count = 2)",
        "orders_placed MATCHES (date != -90d, count = 2)",
        "orders_placed MATCHES (date >= -90d, average_amount > 2)",
        "refunds MATCHES (date >= -90d, sum_amount > 2)",
    ],
)
def test_others_stay(text: str) -> None:
    """Windows with two ends, averages, and sums that a further record can lower stay."""
    before = asked(text)
    assert at_least(before) == Leaf(before)
