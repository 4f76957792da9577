"""Which conditions are said to be there twice, or to change nothing."""

from __future__ import annotations

import pytest

from segmentry.facts.functions.parameters import COUNT
from segmentry.query.bind import bind
from segmentry.query.bound import RecordTest
from segmentry.query.lint import lint
from segmentry.query.lint.known import Aggregate, Truth

TWICE = [
    ("number_of_orders > 3 AND amount_spent > 5 AND number_of_orders > 3", "number_of_orders > 3"),
    (
        "customer_tags CONTAINS 'vip' OR customer_tags CONTAINS 'VIP'",
        "customer_tags CONTAINS 'VIP'",
    ),
    ("amount_spent IN TOP 5 AND amount_spent IN TOP 5", "amount_spent IN TOP 5"),
    ("orders_placed MATCHES (count > 3) OR orders_placed MATCHES (count > 3)", None),
]

IDLE = [
    ("number_of_orders > 5 AND number_of_orders > 3", "number_of_orders > 3"),
    ("number_of_orders > 3 AND number_of_orders > 5", "number_of_orders > 3"),
    ("number_of_orders > 5 OR number_of_orders > 3", "number_of_orders > 5"),
    ("number_of_orders = 1 AND number_of_orders != 2", "number_of_orders != 2"),
    ("last_order_date >= -30d AND last_order_date >= -90d", "last_order_date >= -90d"),
    ("last_order_date >= -30d AND last_order_date IS NOT NULL", "last_order_date IS NOT NULL"),
    ("last_order_date >= -30d OR last_order_date IS NOT NULL", "last_order_date >= -30d"),
    ("customer_tags CONTAINS ANY ('a', 'b') AND customer_tags CONTAINS 'a'", None),
    ("customer_tags CONTAINS 'a' AND customer_tags IS NOT NULL", "customer_tags IS NOT NULL"),
    ("rfm_recency > 3 AND amount_spent > 3 AND (rfm_recency > 2 OR amount_spent > 9)", None),
    ("rfm_recency > 3 AND (rfm_recency < 2 OR amount_spent > 9)", "rfm_recency < 2"),
    ("orders_placed MATCHES (count > 3) AND orders_placed MATCHES ()", "orders_placed MATCHES ()"),
]

FINE = [
    "number_of_orders > 3 AND amount_spent > 5",
    "last_order_date >= -90d OR last_order_date >= -3m",
    "customer_tags CONTAINS 'a' OR customer_tags CONTAINS 'b'",
    "orders_placed MATCHES (amount > 5) AND orders_placed MATCHES (amount > 6)",
]


def _codes(text: str) -> list[tuple[str, str]]:
    return [(p.code, text[p.start : p.end]) for p in lint(bind(text))]


@pytest.mark.parametrize(("text", "part"), TWICE)
def test_twice(text: str, part: str | None) -> None:
    """The later of two that say the same."""
    ((code, told),) = _codes(text)
    assert code == "duplicate_condition"
    assert part is None or told == part
    (problem,) = lint(bind(text))
    assert problem.start > 0


@pytest.mark.parametrize(("text", "part"), IDLE)
def test_idle(text: str, part: str | None) -> None:
    """The one that others make idle."""
    ((code, told),) = _codes(text)
    assert code == "implied_condition"
    assert part is None or told == part


@pytest.mark.parametrize("text", FINE)
def test_needed(text: str) -> None:
    """Nothing is said where each condition counts."""
    assert _codes(text) == []


def test_why() -> None:
    """The other condition is told, and what to do."""
    (problem,) = lint(bind("number_of_orders > 5 AND number_of_orders > 3"))
    assert problem.message == (
        "`number_of_orders > 3` changes nothing: who fits `number_of_orders > 5` fits it anyway. "
        "Leave it out, or change it."
    )


def test_many_conditions_on_one_function_are_told_apart() -> None:
    """By what they compare, too: else two hundred were each compared with all others."""
    texts = [f"orders_placed MATCHES (date >= -{n}d, count > {n})" for n in range(1, 150)]
    tests = [root for root in (bind(each).root for each in texts) if isinstance(root, RecordTest)]
    truths = {hash(Truth(test)) for test in tests}
    counts = {hash(Aggregate(each.function, frozenset(each.filters), COUNT)) for each in tests}
    assert min(len(truths), len(counts)) > 140
