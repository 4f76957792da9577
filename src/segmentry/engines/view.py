"""All customers of a store at one moment, in one order, as arrays: sets, amounts and words.

What compares many customers or many segments asks for a view, so that no id is looked at
until somebody wants to see it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from segmentry.facts.field import Attribute, Field
from segmentry.plan.nodes import Plan

Bits: TypeAlias = NDArray[np.uint8]
"""A set of customers: one bit for each in the order of the view, as `numpy.packbits` has
them. The bits after the last customer are never set. Not to be changed in place."""


@dataclass(frozen=True, slots=True, eq=False)
class Amounts:
    """A whole number of each customer, exact; it means nothing where it is not `known`."""

    values: NDArray[Any]
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Which customers have which values: pairs of a customer's place and the place of one of
    `values`, each pair once."""

    customers: NDArray[np.int64]
    codes: NDArray[np.int64]
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Orders of customers that were placed and do not count though money was kept for them,
    and how much, in ten-thousandths."""

    orders: int
    money: int


class View(Protocol):
    """The customers known at a moment. Some may not be there yet, and are in none of the sets;
    amounts and words may speak of them all the same."""

    @property
    def ids(self) -> NDArray[np.object_]:
        """The id of each customer."""
        ...

    @property
    def live(self) -> Bits:
        """The customers there are."""
        ...

    def members(self, plan: Plan) -> Bits:
        """The customers for whom a plan holds."""
        ...

    def amounts(self, attribute: Attribute) -> Amounts:
        """An attribute that is a whole number or an amount of money."""
        ...

    def words(self, attribute: Attribute) -> Words:
        """An attribute that is a word or a list of words."""
        ...

    def bought(self, parameter: Field) -> Words:
        """What `products_purchased` finds of a parameter that is a text or an id: the products
        that each customer bought and kept, their types, their collections."""
        ...

    def uncounted(self) -> Uncounted:
        """The money that is in no customer's amount spent."""
        ...
