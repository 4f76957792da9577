"""A sentence says what its query means, also of what is not known."""

from __future__ import annotations

import pytest

from segmentry.query.bind import bind
from segmentry.query.sentence import sentence

SENTENCES = [
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


@pytest.mark.parametrize(("text", "said"), SENTENCES)
def test_sentence(text: str, said: str) -> None:
    """The query in plain words."""
    assert sentence(bind(text), "GBP") == said
