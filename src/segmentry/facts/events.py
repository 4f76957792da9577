"""The events of customers that have a meaning of their own, and what is read of them."""

from __future__ import annotations

from datetime import timedelta

STOREFRONT = (
    *("product_viewed", "collection_viewed", "page_viewed", "searched", "cart_added"),
    *("checkout_started", "session_ended"),
)
"""What is done on the pages of the store."""

EMAIL = ("opened", "clicked", "delivered", "bounced", "marked_as_spam", "unsubscribed")
SMS = ("delivered", "clicked", "failed", "unsubscribed")
"""What becomes of messages; the names of their events have the channel before them."""

PREFETCHED = timedelta(seconds=2)
"""A click sooner than this after delivery was made by a machine that looks into links."""

ACTIVE = frozenset({*STOREFRONT, "email.opened", "email.clicked", "sms.clicked"})
"""Names of events by which a customer shows that they are there."""

PROPERTIES = {
    "url": "the page's address",
    "referrer": "the address of the page that led there",
    "utm_source": "where the visit came from, as the link was tagged",
    "term": "what was searched for",
    "duration_minutes": "how long the visit was",
    "collection_id": "the collection that was viewed",
    "machine": "whether an e-mail was opened by a machine that fetches its pictures",
    "products": "a list of what was in the cart, each with a product_id",
}
"""The properties of events that parameters and attributes read."""
