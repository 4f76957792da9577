"""Attributes that checkouts answer."""

from __future__ import annotations

from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type

ATTRIBUTES = (
    Attribute(
        name="abandoned_checkout_date",
        type=Type.DATE,
        label="last abandoned checkout",
        meaning="When the customer last left a checkout that is still abandoned: "
        "an hour passed, and no order since.",
        missing="Missing for someone without an abandoned checkout.",
        example="abandoned_checkout_date >= -30d",
        past=True,
        needs=("checkouts", "orders", "refunds"),
        moves=True,
        shopify=True,
    ),
)
