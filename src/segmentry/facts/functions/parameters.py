"""How parameters and aggregates are declared, and those that several functions share."""

from __future__ import annotations

from segmentry.facts.field import Field
from segmentry.facts.operators import Type

COUNT = Field(name="count", type=Type.INTEGER, label="count", rising=True)
DATE = Field(name="date", type=Type.DATE, label="dated")
"""When a record came to be, which is never later than now."""


def identifier(name: str, label: str, *, several: bool = False) -> Field:
    """An id."""
    return Field(name=name, type=Type.ID, label=label, several=several)


def text(name: str, label: str, *, folded: bool = False, several: bool = False) -> Field:
    """A text; with `folded` compared without case."""
    return Field(name=name, type=Type.TEXT, label=label, folded=folded, several=several)


def money(name: str, label: str, *, rising: bool = False) -> Field:
    """An amount of money; with `rising` a sum of amounts that are never below zero."""
    return Field(name=name, type=Type.MONEY, label=label, rising=rising)


def form(name: str, label: str, form: str) -> Field:
    """A text of a closed form."""
    return Field(name=name, type=Type.TEXT, label=label, folded=True, form=form)


def boolean(name: str, label: str) -> Field:
    """True or false."""
    return Field(name=name, type=Type.BOOLEAN, label=label)


OF_PRODUCTS = (
    identifier("id", "product", several=True),
    text("tag", "product tag", folded=True, several=True),
    text("category", "category", folded=True, several=True),
    text("vendor", "vendor", folded=True, several=True),
    text("type", "product type", folded=True, several=True),
    identifier("collection_id", "collection", several=True),
)
"""What is asked of the products that a record is about; it can be about several."""
