"""The sentence of each kind of condition."""

from __future__ import annotations

import pytest

from segmentry.plan.planner import plan
from segmentry.query.bind import bind
from segmentry.query.names import Names, SavedQuery
from segmentry.query.sentence import describe, sentence

SAID = [
    # numbers and amounts
    ("number_of_orders = 3", "whose number of orders is 3"),
    ("number_of_orders != 3", "whose number of orders is not 3"),
    ("number_of_orders < 1234", "whose number of orders is less than 1,234"),
    ("number_of_orders >= 0.5", "whose number of orders is at least 0.5"),
    ("amount_spent <= 100", "whose amount spent is at most 100.00 EUR"),
    ("amount_spent > 0.0001", "whose amount spent is more than 0.0001 EUR"),
    ("amount_spent BETWEEN 10 AND 1000.5", "is between 10.00 EUR and 1,000.50 EUR"),
    ("number_of_orders IN (1, 2, 3)", "whose number of orders is 1, 2 or 3"),
    ("number_of_orders NOT IN (1)", "whose number of orders is not 1"),
    ("number_of_orders IN (1, 2, 3, 4, 5, 6, 7)", "is 1, 2, 3, 4, 5 or 2 more"),
    ("amount_spent IN TOP 10%", "whose amount spent is in the top 10 % of the store"),
    ("amount_spent IN BOTTOM 3", "whose amount spent is in the bottom 3 of the store"),
    ("amount_spent > STORE_AVERAGE", "whose amount spent is more than the store's average"),
    ("amount_spent > 1.5 * STORE_MEDIAN", "is more than 1.5 times the store's median"),
    ("average_order_value IS NULL", "whose average order value is not known"),
    ("average_order_value IS NOT NULL", "whose average order value is known"),
    # dates
    ("last_order_date = 2026-03-08", "was on 8 March 2026"),
    ("last_order_date != today", "was not on today"),
    ("last_order_date < 2026-03-08", "was before 8 March 2026"),
    ("last_order_date > yesterday", "was after yesterday"),
    ("last_order_date >= -30d", "was today or in the 30 days before"),
    ("last_order_date > -1d", "was less than 1 day ago"),
    ("last_order_date < -1y", "was more than 1 year ago"),
    ("last_order_date <= -2w", "was 2 weeks ago or earlier"),
    ("last_order_date >= -24h", "was in the last 24 hours"),
    ("last_order_date < +1m", "was before 1 month from now"),
    ("last_order_date BETWEEN -90d AND -30d", "was from 90 days ago to 30 days ago"),
    ("last_order_date >= 2026-03-08T01:30:00", "was at 8 March 2026, 01:30:00 or after"),
    ("last_order_date IN (today, 2026-01-02)", "was on today or 2 January 2026"),
    ("last_order_date IS NULL", "is not known"),
    # texts, words and lists
    ("customer_name = 'Ann'", "whose name is Ann"),
    ("customer_name CONTAINS TEXT 'nn'", "whose name contains the text nn"),
    ("customer_name NOT CONTAINS TEXT 'nn'", "whose name does not contain the text nn"),
    ("customer_name STARTS WITH 'A'", "whose name starts with A"),
    ("rfm_group IN ('LOYAL', 'NEW')", "whose RFM group is LOYAL or NEW"),
    ("customer_countries CONTAINS 'gb'", "whose countries include GB"),
    ("customer_tags NOT CONTAINS ANY ('a', 'b')", "whose tags do not include a or b"),
    ("customer_tags CONTAINS ALL ('a', 'b')", "whose tags include a and b"),
    ("customer_tags CONTAINS 'VIP'", "whose tags include VIP"),
    ("customer_tags CONTAINS ANY ('Red', 'STRASSE')", "whose tags include Red or STRASSE"),
    ("customer_email_domain = 'Example.COM'", "whose e-mail domain is example.com"),
    ("customer_email_domain = 'xn--bcher-kva.de'", "whose e-mail domain is bücher.de"),
    ("customer_regions CONTAINS 'us-ny'", "whose regions include US-NY"),
    ("orders_placed MATCHES (tag = 'Gift')", "who placed at least 1 order whose tag is Gift"),
    ("customer_tags IS NULL", "whose tags are not known"),
    # records
    ("orders_placed MATCHES ()", "who placed at least 1 order"),
    ("orders_placed NOT MATCHES ()", "not (who placed at least 1 order)"),
    ("orders_placed MATCHES (count = 1)", "who placed exactly 1 order"),
    ("orders_placed MATCHES (count != 1)", "who placed not exactly 1 order"),
    ("orders_placed MATCHES (count BETWEEN 1 AND 2)", "who placed between 1 and 2 orders"),
    ("orders_placed MATCHES (count < 3)", "who placed fewer than 3 orders"),
    (
        "orders_placed MATCHES (count > 3, date >= -90d)",
        "who placed more than 3 orders today or in the 90 days before",
    ),
    (
        "orders_placed MATCHES (amount > 5, sum_amount >= 100)",
        "who placed orders whose amount is more than 5.00 EUR "
        "and whose total is at least 100.00 EUR",
    ),
    ("orders_placed MATCHES (discounted = true)", "whose being discounted is true"),
    ("refunds MATCHES (count >= 2)", "who got at least 2 refunds"),
    # groups
    (
        "number_of_orders = 1 AND (amount_spent > 5 OR amount_spent < 1)",
        "is 1 and (whose amount spent is more than 5.00 EUR or whose",
    ),
    ("NOT number_of_orders = 1", "not (whose number of orders is 1)"),
    ("number_of_orders = 1 OR number_of_orders = 2 AND amount_spent > 1", "is 1 or (whose"),
]


@pytest.mark.parametrize(("text", "words"), SAID)
def test_says(text: str, words: str) -> None:
    """A condition is told in words a merchant would use."""
    said = describe(bind(text).root, "EUR")
    assert words in said
    assert sentence(bind(text), "EUR") == f"Customers {said}."


WHOLE = [
    ("orders_placed MATCHES (count > 3)", "Customers who placed more than 3 orders."),
    (
        "orders_placed MATCHES (count IS NULL)",
        "Customers who placed orders and whose count is not known.",
    ),
    (
        "orders_placed MATCHES (count IS NOT NULL)",
        "Customers who placed orders and whose count is known.",
    ),
    (
        "refunds MATCHES (date IS NULL)",
        "Customers who got at least 1 refund whose date is not known.",
    ),
    (
        "number_of_orders = 1 OR number_of_orders = 2 AND amount_spent > 5",
        "Customers whose number of orders is 1 or (whose number of orders is 2 and "
        "whose amount spent is more than 5.00 GBP).",
    ),
]


@pytest.mark.parametrize(("text", "said"), WHOLE)
def test_says_the_whole(text: str, said: str) -> None:
    """What is not known, and which words belong together, leave no doubt in the sentence."""
    assert sentence(bind(text), "GBP") == said


def test_segments_have_their_present_names() -> None:
    """However a segment is referred to, it is called as it is called now."""
    names = Names(segments={"buyers": SavedQuery("Buyers", "number_of_orders > 0")})
    bound = bind("segments CONTAINS ' bUYERS'", names)
    assert sentence(bound, "EUR") == "Customers whose segments include Buyers."


def test_writing_makes_no_difference() -> None:
    """Conditions that mean the same are the same, however their texts were written."""
    one, other = (bind(f"customer_tags CONTAINS '{tag}'") for tag in ("VIP", " vip"))
    assert one.root == other.root
    assert hash(one.root) == hash(other.root)
    assert plan(bind("customer_tags CONTAINS 'VIP' OR customer_tags CONTAINS 'vip'")).steps == (
        one.root,
    )


def test_amounts_have_the_decimals_of_the_currency() -> None:
    """Yen have none, dinars three, and pennies are shown where they were written."""
    whole, exact = bind("amount_spent > 1000"), bind("amount_spent > 1000.5")
    assert sentence(whole, "JPY") == "Customers whose amount spent is more than 1,000 JPY."
    assert sentence(exact, "JPY") == "Customers whose amount spent is more than 1,000.5 JPY."
    assert sentence(whole, "KWD") == "Customers whose amount spent is more than 1,000.000 KWD."
