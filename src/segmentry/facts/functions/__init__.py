"""The functions over a customer's records, one module a family."""

from segmentry.facts.field import Function
from segmentry.facts.functions import checkouts, events, messages, orders, profile, storefront

FUNCTIONS: tuple[Function, ...] = (
    *orders.FUNCTIONS,
    *checkouts.FUNCTIONS,
    *storefront.FUNCTIONS,
    *messages.FUNCTIONS,
    *events.FUNCTIONS,
    *profile.FUNCTIONS,
)
"""Every function."""
