"""What is said to keep a query from running in Shopify, and what not."""

from __future__ import annotations

import pytest

from segmentry.facts.catalogue import FUNCTIONS
from segmentry.query.bind import bind
from segmentry.query.lint.portability import portability

REFUSED = [
    ("days_since_last_order > 90", "not_in_shopify", "days_since_last_order"),
    ("segments CONTAINS 'VIP'", "not_in_shopify", "segments"),
    ("anniversary('customer_birth_date') = today", "not_in_shopify", "'customer_birth_date'"),
    ("refunds MATCHES (count > 1)", "not_in_shopify", "refunds"),
    ("orders_placed MATCHES (status = 'PAID')", "not_in_shopify", "status"),
    ("products_purchased MATCHES (vendor = 'a')", "not_in_shopify", "vendor"),
    ("email.opened MATCHES (count > 1)", "name_not_in_shopify", "email.opened"),
    ("last_order_date > -24h", "hours_not_in_shopify", "-24h"),
    ("orders_placed MATCHES (date > -30min)", "hours_not_in_shopify", "-30min"),
    ("amount_spent IN TOP 10%", "operator_not_in_shopify", "IN"),
    ("amount_spent > 2 * STORE_AVERAGE", "operator_not_in_shopify", ">"),
    ("customer_email_domain ENDS WITH '.edu'", "operator_not_in_shopify", "ENDS"),
    ("metafields.custom.a CONTAINS TEXT 'b'", "operator_not_in_shopify", "CONTAINS"),
    ("customer_tags CONTAINS ALL ('a', 'b')", "operator_not_in_shopify", "CONTAINS"),
    ("rfm_group IN ('LOYAL', 'NEW')", "operator_not_in_shopify", "IN"),
    ("number_of_orders > 1 -- why", "comment_not_in_shopify", "-- why"),
    ("number_of_orders > 1\n-- why\nAND amount_spent > 5", "comment_not_in_shopify", "-- why"),
    ("number_of_orders > 1" + " OR number_of_orders > 1" * 10, "too_many_for_shopify", None),
    ("number_of_orders > 1" + " " * 5_000, "too_long_for_shopify", " " * 20),
    (f"products_purchased MATCHES (id IN ({'1, ' * 500}1))", "too_many_for_shopify", None),
]

TAKEN = [
    "number_of_orders > 1" + " OR number_of_orders > 1" * 9,
    "(customer_tags CONTAINS 'a' AND NOT amount_spent > 5) OR rfm_group != 'LOYAL'",
    "metafields.app--1--b.state = 'on' AND metafields.facts.birth_date IS NOT NULL",
    "anniversary('metafields.facts.birth_date') BETWEEN today AND +30d",
    "last_order_date > 2026-01-31T16:00:00 AND companies IS NULL",
    "shopify_email.opened MATCHES (activity_id IN (1, 2), date > -3m, count > 2)",
    "storefront.product_viewed MATCHES (id = 1, tag = 'a', date >= -30d, count >= 2)",
    "store_credit_accounts MATCHES (balance > 0, currency = 'EUR')",
    f"products_purchased NOT MATCHES (id IN ({'1, ' * 499}1))",
]


@pytest.mark.parametrize(("text", "code", "place"), REFUSED, ids=[case[0][:40] for case in REFUSED])
def test_refused(text: str, code: str, place: str | None) -> None:
    """Each reason with its place, and no other reason."""
    (reason,) = [each for each in portability(bind(text)) if each.severity == "warning"]
    assert reason.code == code
    assert "Shopify" in reason.message
    if place is not None:
        assert text[reason.start : reason.end] == place


@pytest.mark.parametrize("text", TAKEN, ids=[text[:40] for text in TAKEN])
def test_taken(text: str) -> None:
    """What runs there is not complained about."""
    assert [each for each in portability(bind(text)) if each.severity == "warning"] == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("number_of_orders > 1 OR number_of_orders < 1 AND amount_spent > 2", [0, 49]),
        ("last_order_date > -7d AND customer_added_date > -2m", [18]),
        ("shopify_email.opened MATCHES (date > -7d)", [0, 37]),
        ("customer_tags CONTAINS 'a'", []),
    ],
)
def test_what_counts_otherwise(text: str, places: list[int]) -> None:
    """A note, once for each thing that is counted in another way there."""
    notes = portability(bind(text))
    assert {note.code for note in notes} <= {"counts_otherwise"}
    assert {note.severity for note in notes} <= {"note"}
    assert [note.start for note in notes] == places


def test_what_comes_closest() -> None:
    """An attribute of ours names the one there that could be used."""
    (reason,) = portability(bind("days_since_last_order > 90"))
    assert "last_order_date < -90d" in reason.message


def test_what_functions_take_there_they_take_here() -> None:
    """Parameters of Shopify's are parameters here, and no function there is without any."""
    for function in FUNCTIONS.values():
        ours = {field.name for field in (*function.parameters, *function.aggregates)}
        assert set(function.shopify_takes) <= ours, function.name
        assert bool(function.shopify_takes) == function.shopify, function.name
