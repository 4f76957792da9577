"""What the event spec calls things -> what facts call them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from segmentry.facts.events import EMAIL, SMS, STOREFRONT

IDENTIFIED, GROUPED, ALIASED = "identified", "grouped", "aliased"
"""Names of the events that calls about people are kept as."""

CHECKOUT = {
    *("checkout started", "checkout step viewed", "checkout step completed"),
    *("payment info entered",),
}
ORDER = {"order completed", "order updated", "order cancelled", "order refunded"}

_NAMES = {
    "product viewed": "product_viewed",
    "product list viewed": "collection_viewed",
    "products searched": "searched",
    "product added": "cart_added",
    "checkout started": "checkout_started",
    "email opened": "email.opened",
    "email link clicked": "email.clicked",
    "email delivered": "email.delivered",
    "email bounced": "email.bounced",
    "email marked as spam": "email.marked_as_spam",
    "unsubscribed": "email.unsubscribed",
    "sms delivered": "sms.delivered",
    "sms link clicked": "sms.clicked",
    "sms failed": "sms.failed",
    "sms unsubscribed": "sms.unsubscribed",
}
_APART = re.compile(r"[\s._-]+")


def spelt(name: str) -> str:
    """A name as it is compared: `Product Viewed`, `product_viewed` and `product-viewed`
    are one."""
    return _APART.sub(" ", name.strip()).casefold()


_OWN = {
    spelt(name): name
    for name in (*STOREFRONT, *(f"email.{e}" for e in EMAIL), *(f"sms.{e}" for e in SMS))
}
_STEPS = {name: name.replace(" ", "_") for name in CHECKOUT | ORDER}
KNOWN: Mapping[str, str] = _STEPS | _OWN | _NAMES
"""Tracked names, as they are compared, to the names of facts. Others keep their own."""

CHECKOUT_EVENTS = frozenset(KNOWN[name] for name in CHECKOUT)
ORDER_EVENTS = frozenset(KNOWN[name] for name in ORDER)


def event_name(written: str) -> str:
    """The name that facts give a tracked event."""
    return KNOWN.get(spelt(written), written.strip())


_RENAMED = {
    "searched": {"query": "term"},
    "collection_viewed": {"list_id": "collection_id"},
}


def with_own_names(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The properties, those that conditions read under the names they are read by."""
    found = dict(properties)
    for theirs, ours in _RENAMED.get(name, {}).items():
        if theirs in found and ours not in found:
            found[ours] = found.pop(theirs)
    return found
