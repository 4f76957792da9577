"""All live customers at one moment as arrays, made of the answers about each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.base import CustomerValue
from segmentry.engines.reference.evaluation import Evaluation
from segmentry.engines.reference.orders import refunded
from segmentry.engines.reference.purchases import purchases
from segmentry.engines.reference.records import PRODUCTS_PURCHASED
from segmentry.engines.view import Amounts, Bits, Uncounted, Words
from segmentry.facts.field import Attribute, Field
from segmentry.plan.nodes import Plan


class ReferenceView:
    """The people of an evaluation, in the order of their ids."""

    def __init__(self, at: Evaluation) -> None:
        self._at = at
        self._order = sorted(at.people)

    @property
    def ids(self) -> NDArray[np.object_]:
        """The id of each customer."""
        return np.array(self._order, np.object_)

    @property
    def live(self) -> Bits:
        """The customers there are: all of them."""
        return np.packbits(np.ones(len(self._order), np.bool_))

    def members(self, plan: Plan) -> Bits:
        """The customers for whom a plan holds."""
        members = self._at.members(plan)
        return np.packbits(np.array([each in members for each in self._order], np.bool_))

    def amounts(self, attribute: Attribute) -> Amounts:
        """An attribute that is a whole number or an amount of money."""
        values = self._at.values(attribute)
        found = [values[each] for each in self._order]
        numbers = np.array([value or 0 for value in found], np.object_)
        return Amounts(numbers, np.array([value is not None for value in found], np.bool_))

    def words(self, attribute: Attribute) -> Words:
        """An attribute that is a word or a list of words."""
        values = self._at.values(attribute)
        return _words([_each(values[key]) for key in self._order])

    def bought(self, parameter: Field) -> Words:
        """What purchases have of a parameter."""
        read = PRODUCTS_PURCHASED.fields[parameter.name]
        people = (self._at.people[key] for key in self._order)
        return _words([{v for p in purchases(one) for v in _each(read(p))} for one in people])

    def uncounted(self) -> Uncounted:
        """The money that is in no customer's amount spent."""
        kept = [
            max(0, (each.order.paid or 0) - refunded(each.order, person.moment.until))
            for person in self._at.people.values()
            for each in person.placed
            if not each.counts
        ]
        return Uncounted(sum(money > 0 for money in kept), sum(kept))


def _each(value: CustomerValue) -> set[CustomerValue]:
    if value is None:
        return set()
    return set(value) if isinstance(value, frozenset) else {value}


def _words(of_each: list[set[CustomerValue]]) -> Words:
    places: dict[CustomerValue, int] = {}
    pairs = [
        (customer, places.setdefault(value, len(places)))
        for customer, values in enumerate(of_each)
        for value in values
    ]
    return Words(_whole(one for one, _ in pairs), _whole(code for _, code in pairs), tuple(places))


def _whole(numbers: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(numbers, np.int64)
