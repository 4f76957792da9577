"""The catalogue: everything a query may name, found by name."""

from __future__ import annotations

from segmentry.facts.attributes import (
    checkouts,
    consent,
    orders,
    predictions,
    profile,
    standing,
    subscriptions,
    visits,
)
from segmentry.facts.field import Attribute, Field, Function
from segmentry.facts.functions import FUNCTIONS as _FUNCTIONS

ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        *orders.ATTRIBUTES,
        *standing.ATTRIBUTES,
        *checkouts.ATTRIBUTES,
        *visits.ATTRIBUTES,
        *profile.ATTRIBUTES,
        *consent.ATTRIBUTES,
        *subscriptions.ATTRIBUTES,
        *predictions.ATTRIBUTES,
    )
}
"""Every attribute by name."""

FUNCTIONS: dict[str, Function] = {function.name: function for function in _FUNCTIONS}
"""Every function over records by name."""

FUNCTION_NAMES: dict[str, Function] = {
    name: function
    for function in FUNCTIONS.values()
    for name in (function.name, *function.also_called)
}
"""Every function by each of its names."""


def parameter_named(name: str) -> tuple[Function, Field] | None:
    """The function and the parameter (or aggregate) that `function.parameter` names, if any."""
    before, _, parameter = name.rpartition(".")
    function = FUNCTION_NAMES.get(before)
    if function is None:
        return None
    fields = {field.name: field for field in (*function.parameters, *function.aggregates)}
    return (function, fields[parameter]) if parameter in fields else None


INVENTED_NAMES = {
    "total_spent": "amount_spent",
    "total_spend": "amount_spent",
    "lifetime_value": "amount_spent",
    "orders_count": "number_of_orders",
    "order_count": "number_of_orders",
    "total_orders": "number_of_orders",
    "aov": "average_order_value",
    "country": "customer_countries",
    "customer_country": "customer_countries",
    "countries": "customer_countries",
    "last_order": "last_order_date",
    "last_purchase_date": "last_order_date",
    "first_purchase_date": "first_order_date",
    "created_at": "customer_added_date",
    "rfm": "rfm_group",
    "ordered_product_tag": "products_purchased MATCHES (tag = …)",
    "product_tag": "products_purchased MATCHES (tag = …)",
    "tags": "customer_tags",
    "email_marketing_status": "email_subscription_status",
    "accepts_marketing": "email_subscription_status",
    "birthday": "anniversary('customer_birth_date')",
}
"""Names that people and assistants often write, and what exists: a name, or a function with
what is asked of it."""
