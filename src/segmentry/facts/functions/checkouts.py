"""Functions over checkouts that were given up."""

from __future__ import annotations

from segmentry.facts.field import Function
from segmentry.facts.functions.parameters import (
    COUNT,
    DATE,
    OF_PRODUCTS,
    identifier,
    money,
    text,
)

CHECKOUTS_ABANDONED = Function(
    name="checkouts_abandoned",
    meaning="Checkouts still abandoned: an hour old or more, and no order since. Each condition "
    "on products is met by any of those in the cart.",
    example="checkouts_abandoned MATCHES (date >= -24h, value >= 100)",
    noun=("checkout", "checkouts"),
    verb="abandoned",
    parameters=(
        DATE,
        money("value", "value", "What it would have cost."),
        *OF_PRODUCTS,
        identifier("variant_id", "variant", "A variant in the cart.", several=True),
        text("sku", "SKU", "A stock-keeping unit in the cart.", several=True),
    ),
    aggregates=(
        COUNT,
        money("sum_value", "total value", "The values of all checkouts that passed, added up."),
    ),
    needs=(
        *("checkouts", "checkout_lines", "orders", "refunds"),
        *("products", "product_skus", "product_tags", "collections"),
    ),
)

FUNCTIONS = (CHECKOUTS_ABANDONED,)
