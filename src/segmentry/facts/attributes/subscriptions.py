"""Attributes that product subscriptions answer."""

from __future__ import annotations

from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type
from segmentry.facts.subscriptions import ALIASES, STATUSES

ATTRIBUTES = (
    Attribute(
        name="product_subscription_status",
        type=Type.ENUM,
        label="product subscription",
        meaning="How the customer's product subscriptions stand; of several the one that is "
        "most alive counts.",
        example="product_subscription_status = 'SUBSCRIBED'",
        needs=("subscriptions",),
        undated=True,
        values=STATUSES,
        aliases=ALIASES,
        shopify=True,
    ),
)
