"""Attributes that the customer's profile and addresses answer."""

from __future__ import annotations

from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type

ATTRIBUTES = (
    Attribute(
        name="customer_added_date",
        type=Type.DATE,
        label="date added",
        meaning="When the customer was first known: their profile or their first record.",
        missing="Missing where neither the profile nor any record has a date.",
        example="customer_added_date >= -30d",
        needs=("customers",),
        shopify=True,
    ),
    Attribute(
        name="customer_countries",
        type=Type.LIST,
        label="countries",
        meaning="The countries of the customer's current addresses, as two letters.",
        missing="Missing for someone without an address in a known country.",
        example="customer_countries CONTAINS 'GB'",
        needs=("addresses",),
        folded=True,
        form="country",
        shopify=True,
    ),
)
