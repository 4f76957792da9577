"""Metafields: attributes a store declares for itself, with a type."""

from __future__ import annotations

from segmentry.base.quoting import name_part
from segmentry.facts.field import Attribute
from segmentry.facts.operators import Type

TYPES: dict[str, Type] = {
    "text": Type.TEXT,
    "number": Type.DECIMAL,
    "boolean": Type.BOOLEAN,
    "date": Type.DATE,
    "day": Type.DAY,
    "list": Type.LIST,
}
"""The types a metafield can be declared with."""

PREFIX = "metafields."


def full_name(namespace: str, key: str) -> str:
    """The name that a query writes: parts with other characters than names have are quoted."""
    return f"{PREFIX}{name_part(namespace)}.{name_part(key)}"


def metafield(name: str, type: str) -> Attribute:
    """The attribute of a declared metafield; `name` is `metafields.namespace.key`."""
    return Attribute(
        name=name,
        type=TYPES[type],
        label=name.removeprefix(PREFIX),
        meaning="A value that the store declared.",
        missing="Missing where the customer has none, or one that does not fit the type.",
        example=f"{name} IS NOT NULL",
        needs=("attributes",),
        folded=TYPES[type] is Type.LIST,
        undated=True,
        shopify=True,
    )
