"""How parameters and aggregates are declared, and those that several functions share."""

from __future__ import annotations

from segmentry.facts.field import Field
from segmentry.facts.operators import Type

COUNT = Field(
    name="count", type=Type.INTEGER, label="count", meaning="How many records passed.", rising=True
)
DATE = Field(name="date", type=Type.DATE, label="dated", meaning="When it happened.", past=True)
"""When a record came to be, which is never later than now."""


def identifier(
    name: str, label: str, meaning: str, *, several: bool = False, undated: bool = False
) -> Field:
    """An id."""
    return Field(
        name=name, type=Type.ID, label=label, meaning=meaning, several=several, undated=undated
    )


def text(
    name: str,
    label: str,
    meaning: str,
    *,
    folded: bool = False,
    several: bool = False,
    undated: bool = False,
) -> Field:
    """A text; with `folded` compared without case."""
    return Field(
        name=name,
        type=Type.TEXT,
        label=label,
        meaning=meaning,
        folded=folded,
        several=several,
        undated=undated,
    )


def money(name: str, label: str, meaning: str, *, rising: bool = False) -> Field:
    """An amount of money; with `rising` a sum of amounts that are never below zero."""
    return Field(name=name, type=Type.MONEY, label=label, meaning=meaning, rising=rising)


def form(name: str, label: str, meaning: str, form: str) -> Field:
    """A text of a closed form."""
    return Field(name=name, type=Type.TEXT, label=label, meaning=meaning, folded=True, form=form)


def boolean(name: str, label: str, meaning: str) -> Field:
    """True or false."""
    return Field(name=name, type=Type.BOOLEAN, label=label, meaning=meaning)


OF_PRODUCTS = (
    identifier("id", "product", "The product.", several=True),
    text("tag", "product tag", "A tag of the product.", folded=True, several=True, undated=True),
    text(
        "category",
        "category",
        "The category of the product, in the terms of its source.",
        folded=True,
        several=True,
        undated=True,
    ),
    text(
        "vendor",
        "vendor",
        "The brand or maker of the product.",
        folded=True,
        several=True,
        undated=True,
    ),
    text(
        "type",
        "product type",
        "The kind of product, in the store's own words.",
        folded=True,
        several=True,
        undated=True,
    ),
    identifier(
        "collection_id",
        "collection",
        "A collection that the product is in.",
        several=True,
        undated=True,
    ),
)
"""What is asked of the products that a record is about; it can be about several."""
