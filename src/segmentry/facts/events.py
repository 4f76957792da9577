"""The events that are signs of life of a customer."""

from __future__ import annotations

ACTIVE = frozenset(
    {
        *("product_viewed", "collection_viewed", "page_viewed", "searched", "cart_added"),
        *("checkout_started", "session_ended", "email.opened", "email.clicked"),
    }
)
"""Names of events by which a customer shows that they are there."""
