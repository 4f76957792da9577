"""A plan, and a query part by part, in words."""

from __future__ import annotations

import pytest

from segmentry.plan.explain import explain, plan_text
from segmentry.plan.optimizer import optimized
from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.bound import BoundQuery
from segmentry.query.names import Names, SavedQuery
from segmentry.query.printer import print_query


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("number_of_orders = 1", "1"),
        ("number_of_orders = 1 AND amount_spent > 2", "1 and 2"),
        ("number_of_orders = 1 AND (amount_spent > 2 OR amount_spent < 1)", "1 and (2 or 3)"),
        ("number_of_orders = 1 OR amount_spent > 2 AND amount_spent < 1", "1 or 2 and 3"),
        ("NOT (number_of_orders = 1 AND amount_spent > 2)", "not (1 and 2)"),
        ("NOT (NOT number_of_orders = 1)", "not not 1"),
        ("number_of_orders = 1 OR NOT number_of_orders = 1", "1 or not 1"),
    ],
)
def test_combination_of_tests(text: str, members: str) -> None:
    """Equal conditions have one number, and brackets stand only where they are needed."""
    assert plan_text(plan(bind(text)), "GBP").members == members


def test_plan_as_lines() -> None:
    """Tests in words, then how they combine, then the segments they refer to."""
    names = Names(segments={"vip": SavedQuery("VIP", "amount_spent > 9")})
    bound = bind("segments CONTAINS 'VIP' AND number_of_orders = 1", names)
    assert list(plan_text(plan(bound), "GBP").lines()) == [
        "  1  whose segments include VIP",
        "  2  whose number of orders is 1",
        "members: 1 and 2",
        "segment 'vip':",
        "    1  whose amount spent is more than 9.00 GBP",
        "  members: 1",
    ]


def test_features_cuts_and_windows_of_a_plan() -> None:
    """A rewritten plan shows which feature is compared with which cut, and what is a window."""
    text = (
        "orders_placed MATCHES (date >= -90d, count > 1, sum_amount < 20.5) "
        "AND orders_placed NOT MATCHES (date < 2024-01-01, channel = 'web') "
        "AND products_purchased MATCHES (count IN (1, 2)) "
        "AND orders_placed MATCHES (date BETWEEN -60d AND -30d, count >= 0)"
    )
    assert list(plan_text(optimized(plan(bind(text))), "GBP").lines()) == [
        "  1  who placed at least 2 orders today or in the 90 days before",
        "       feature: date at which the count of orders, from the latest on, reaches 2",
        "       cut: >= -90d",
        "  2  who placed orders today or in the 90 days before "
        "and whose total is at least 20.50 GBP",
        "       feature: date at which the total of orders, from the latest on, reaches 20.50 GBP",
        "       cut: >= -90d",
        "  3  who placed at least 1 order whose channel is web, before 1 January 2024",
        "       feature: date of the first order",
        "       cut: < 2024-01-01",
        "  4  who made 1 or 2 purchases",
        "       feature: count of purchases",
        "       cut: IN (1, 2)",
        "  5  who placed at least 0 orders from 60 days ago to 30 days ago",
        "       window: records are looked at for the moment",
        "members: 1 and not 2 and not 3 and 4 and 5",
    ]


def test_everybody_and_nobody_in_a_plan() -> None:
    """A condition that always or never holds is no step."""
    always = optimized(plan(bind("orders_placed MATCHES (date >= -90d, count >= 0)")))
    never = optimized(plan(bind("orders_placed MATCHES (date >= -90d, count < 0)")))
    assert plan_text(always, "GBP").members == "everybody"
    assert plan_text(never, "GBP").members == "not everybody"


def test_every_part_is_counted_as_a_query_of_its_own() -> None:
    """Each with its text, so that it can be asked alone, and the segments it may refer to."""
    names = Names(segments={"vip": SavedQuery("VIP", "amount_spent > 9")})
    text = "segments CONTAINS 'VIP' AND NOT (number_of_orders = 1 OR amount_spent > 2)"
    asked: list[str] = []

    def count(part: BoundQuery) -> int:
        asked.append(print_query(part.query))
        assert bind(part.query.text, names).root == part.root
        assert part.segments
        return len(asked)

    explained = explain(bind(text, names), "GBP", count)
    assert (explained.kind, explained.text) == ("all", text)
    condition, negation = explained.parts
    assert (condition.kind, condition.words) == ("condition", "whose segments include VIP")
    assert (negation.kind, negation.parts[0].kind) == ("not", "any")
    assert len(asked) == 6
    assert "number_of_orders = 1" in asked
