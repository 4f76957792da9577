"""Ranks and statistics of attributes over the store, as of the last local midnight."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from statistics import median
from typing import Any

from segmentry.engines.reference.people import Person
from segmentry.engines.reference.store_values import StoreValues
from segmentry.engines.reference.values import value_of
from segmentry.facts.field import Attribute, Population
from segmentry.facts.operators import IN_TOP, Operator
from segmentry.query.values import Rank, StoreStatistic


def in_population(person: Person, attribute: Attribute) -> bool:
    """Whether a person takes part in ranks and averages of an attribute."""
    if person.customer.internal:
        return False
    return attribute.population is Population.CUSTOMERS or bool(person.counting)


class Thresholds:
    """What a value is held against when a query ranks or averages; fixed for the day."""

    def __init__(self, store: StoreValues) -> None:
        self.store = store
        self._sorted: dict[str, list[Any]] = {}

    def population(self, attribute: Attribute) -> list[Any]:
        """The attribute's values over the people it is ranked among, ascending."""
        if attribute.name not in self._sorted:
            value = value_of(attribute)
            found = (
                value(person, self.store)
                for person in self.store.people.values()
                if in_population(person, attribute)
            )
            self._sorted[attribute.name] = sorted(v for v in found if v is not None)
        return self._sorted[attribute.name]

    def statistic(self, attribute: Attribute, wanted: StoreStatistic) -> Fraction | None:
        """An average or median times its factor; missing over nobody."""
        values = [Fraction(value) for value in self.population(attribute)]
        if not values:
            return None
        if wanted.statistic == "STORE_AVERAGE":
            middle = sum(values, Fraction(0)) / len(values)
        else:
            middle = Fraction(median(values))
        return middle * Fraction(wanted.factor)

    def threshold(self, attribute: Attribute, operator: Operator, rank: Rank) -> Any:
        """The value of the last place in the top or bottom; everybody equal to it is in.

        Missing over nobody. A percentage takes at least one place.
        """
        values = self.population(attribute)
        if not values:
            return None
        share = Fraction(rank.amount) * len(values) / 100
        places = max(1, ceil(share)) if rank.percent else min(int(rank.amount), len(values))
        return values[-places] if operator is IN_TOP else values[places - 1]
