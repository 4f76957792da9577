"""Which queries are said to hold of nobody or of everybody, and which are not."""

from __future__ import annotations

import pytest

from segmentry.query.bind import bind
from segmentry.query.lint import lint

NEVER = [
    # numbers
    "number_of_orders > 5 AND number_of_orders < 3",
    "number_of_orders > 2 AND number_of_orders < 3",
    "number_of_orders = 2.5",
    "number_of_orders < 0",
    "number_of_orders IS NULL",
    "number_of_orders BETWEEN 1 AND 3 AND NOT number_of_orders <= 3",
    "number_of_orders IN (1, 2) AND number_of_orders IN (3, 4)",
    "number_of_orders IN (1, 2) AND number_of_orders != 1 AND number_of_orders != 2",
    "amount_spent > 10 AND amount_spent <= 10",
    "amount_spent IN TOP 10% AND amount_spent NOT IN (1) AND NOT amount_spent IN TOP 10%",
    "average_order_value IS NULL AND average_order_value > 5",
    "average_order_value IN TOP 5 AND average_order_value IS NULL",
    "average_order_value > STORE_AVERAGE AND average_order_value IS NULL",
    "discounted_order_share > 1",
    "rfm_recency > 5",
    # through AND, OR and NOT
    "number_of_orders > 5 AND (number_of_orders < 3 OR number_of_orders = 4)",
    "amount_spent >= 100 AND (amount_spent < 50 OR number_of_orders = 1) AND number_of_orders > 1",
    "NOT (number_of_orders > 5 OR number_of_orders <= 5)",
    "customer_tags CONTAINS 'a' AND NOT (customer_tags CONTAINS 'a' OR amount_spent > 5)",
    # dates
    "last_order_date >= -30d AND last_order_date < -60d",
    "last_order_date >= -1m AND last_order_date < -60d",
    "last_order_date = 2024-01-01 AND last_order_date = 2024-01-02",
    "last_order_date = today AND last_order_date = yesterday",
    "last_order_date > 2024-01-31 AND last_order_date <= 2024-01-31",
    "last_order_date >= -24h AND last_order_date < -25h",
    "last_order_date >= -24h AND last_order_date < -7d",
    "last_order_date >= +7d",
    "last_order_date >= +1h",
    "last_order_date = -3d AND last_order_date != -3d",
    "last_order_date BETWEEN -30d AND -10d AND NOT last_order_date >= -30d",
    "customer_birth_date < 1990-01-01 AND customer_birth_date > 2000-01-01",
    "anniversary('customer_birth_date') = today AND customer_birth_date IS NULL",
    # words
    "email_subscription_status = 'SUBSCRIBED' AND email_subscription_status = 'PENDING'",
    "email_subscription_status = 'SUBSCRIBED' AND email_subscription_status != 'SUBSCRIBED'",
    "email_reachable = true AND email_reachable = false",
    "email_reachable IS NULL",
    "customer_language = 'en' AND customer_language = 'de'",
    "customer_email = 'A@b.example' AND customer_email != 'a@B.example'",
    "customer_name CONTAINS TEXT 'a' AND customer_name IS NULL",
    "customer_name CONTAINS TEXT 'a' AND customer_name NOT CONTAINS TEXT 'a'",
    # lists and ids
    "customer_tags CONTAINS 'VIP' AND customer_tags NOT CONTAINS 'vip'",
    "customer_tags CONTAINS ALL ('a', 'b') AND customer_tags NOT CONTAINS 'b'",
    "customer_tags CONTAINS ANY ('a', 'b') AND NOT customer_tags CONTAINS 'a' "
    "AND customer_tags NOT CONTAINS 'b'",
    "customer_tags IS NULL AND customer_tags CONTAINS 'a'",
    "created_by_app_id = 1 AND created_by_app_id != 1",
    # records
    "orders_placed MATCHES () AND orders_placed NOT MATCHES ()",
    "orders_placed MATCHES (date >= -90d, count > 3) "
    "AND orders_placed MATCHES (count < 2, date >= -90d)",
    "orders_placed MATCHES (date >= +30d)",
    "orders_placed MATCHES (status NOT IN ('PAID'), count < 0)",
    "orders_placed MATCHES (date > +30d, count > 0)",
]

ALWAYS = [
    "number_of_orders >= 0",
    "number_of_orders IS NOT NULL",
    "number_of_orders > 5 OR number_of_orders <= 5",
    "number_of_orders > 5 OR number_of_orders < 3 OR number_of_orders BETWEEN 3 AND 5",
    "number_of_orders != 5 OR amount_spent > 3 OR number_of_orders = 5",
    "last_order_date >= -30d OR last_order_date < -30d OR last_order_date IS NULL",
    "last_order_date >= -30d OR last_order_date < -29d OR last_order_date IS NULL",
    "last_order_date = today OR last_order_date != today",
    "email_subscription_status = 'SUBSCRIBED' OR email_subscription_status != 'SUBSCRIBED'",
    "sms_subscription_status IN ('SUBSCRIBED', 'NOT_SUBSCRIBED', 'PENDING', 'UNSUBSCRIBED', "
    "'REDACTED')",
    "email_reachable = true OR email_reachable = false",
    "customer_tags CONTAINS 'a' OR customer_tags NOT CONTAINS 'a'",
    "customer_tags IS NOT NULL OR customer_tags NOT CONTAINS 'a'",
    "orders_placed MATCHES () OR orders_placed NOT MATCHES ()",
    "orders_placed MATCHES (count >= 0)",
]

OF_KNOWN = [
    ("last_order_date >= -30d OR last_order_date < -30d", "last_order_date"),
    ("customer_age >= 0", "customer_age"),
    ("customer_age > 30 OR customer_age <= 30", "customer_age"),
    ("rfm_recency BETWEEN 1 AND 5", "rfm_recency"),
    ("last_order_date <= today OR last_order_date > today", "last_order_date"),
]

FINE = [
    "number_of_orders > 2 AND number_of_orders < 4",
    "average_order_value > 2 AND average_order_value < 2.0001",
    "number_of_orders != 1 AND number_of_orders != 2",
    "last_order_date >= -30d AND last_order_date < -1m",  # after a long month or a short one
    "last_order_date >= -90d AND last_order_date < -3m",
    "last_order_date >= 2026-01-01 AND last_order_date < -30d",
    "last_order_date >= 2026-01-01 AND last_order_date < yesterday",
    "last_order_date >= -24h AND last_order_date < yesterday",
    "last_order_date >= today AND last_order_date < -20h",
    "last_order_date >= 2026-10-25T01:30:00 AND last_order_date < 2026-10-25T01:30:00",
    "last_order_date < -30d",
    "last_order_date != today",
    "expected_next_order_date > +7d",
    "customer_tags CONTAINS 'a' AND customer_tags CONTAINS 'b'",
    "customer_countries CONTAINS 'GB' AND customer_countries NOT CONTAINS 'US'",
    "created_by_app_id = 1 AND created_by_app_id = 'shop:1'",
    "customer_name STARTS WITH 'a' AND customer_name ENDS WITH 'b'",
    "orders_placed MATCHES (date >= -90d) AND orders_placed NOT MATCHES (date >= -30d)",
    "orders_placed MATCHES (amount > 5, count = 0)",
    "orders_placed MATCHES (amount > 5) AND orders_placed NOT MATCHES (amount > 50)",
    "products_purchased MATCHES (tag = 'a') AND products_purchased MATCHES (tag != 'a')",
    "store_credit_accounts MATCHES (next_expiry_date > +30d)",
    "customer_age > 30 AND customer_age IS NOT NULL OR customer_age < 20",
    "rfm_recency BETWEEN 2 AND 5",
    "email_subscription_status = 'SUBSCRIBED' AND sms_subscription_status = 'SUBSCRIBED'",
    "customer_name = 'a' AND customer_name != 'A'",
]


def _codes(text: str) -> set[str]:
    return {problem.code for problem in lint(bind(text))}


@pytest.mark.parametrize("text", NEVER)
def test_nobody(text: str) -> None:
    """What can never hold is said to, and its negation to hold of everybody."""
    (problem,) = lint(bind(text))
    assert (problem.code, problem.severity) == ("never_true", "warning")
    assert "nobody is ever in this segment" in problem.message
    assert "always_true" in _codes(f"NOT ({text})")


@pytest.mark.parametrize("text", ALWAYS)
def test_everybody(text: str) -> None:
    """What always holds is said to, and its negation to hold of nobody."""
    assert "always_true" in _codes(text)
    assert "never_true" in _codes(f"NOT ({text})")


@pytest.mark.parametrize(("text", "name"), OF_KNOWN)
def test_everybody_with_a_value(text: str, name: str) -> None:
    """What asks for nothing but a value is said to."""
    (problem,) = lint(bind(text))
    assert problem.code == "always_true_of_known"
    assert problem.suggestion == f"{name} IS NOT NULL"


@pytest.mark.parametrize("text", FINE)
def test_somebody(text: str) -> None:
    """Nothing is claimed of what can hold, or cannot be known to hold or not."""
    assert not _codes(text) & {"never_true", "always_true", "always_true_of_known"}


def test_the_part_to_blame_is_told() -> None:
    """The smallest part that can never hold, with its place and what it is made of."""
    text = "amount_spent > 2 OR\n (number_of_orders > 3 AND  number_of_orders < 2)"
    (problem,) = lint(bind(text))
    assert text[problem.start : problem.end] == "number_of_orders > 3 AND  number_of_orders < 2"
    assert (problem.line, problem.column) == (2, 2)
    assert problem.message == (
        "No customer fits `number_of_orders > 3` and `number_of_orders < 2` at once. "
        "So this part is never true. Join them with OR, or change one."
    )


def test_the_reason_is_told() -> None:
    """A single condition is told with what is known of its values."""
    messages = [
        lint(bind(text))[0].message for text in ("rfm_recency > 5", "last_order_date > +7d")
    ]
    assert "recency score is from 1 to 5" in messages[0]
    assert "last order is never later than now" in messages[1]
