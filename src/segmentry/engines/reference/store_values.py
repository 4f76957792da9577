"""What customers are measured against: averages, thresholds and scores of the store.

They are taken from the people as they were at the last local midnight and hold for
the day, so that one customer's order changes nobody else.
"""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from functools import cached_property

from segmentry.engines.base import AverageGap
from segmentry.engines.reference.people import Person
from segmentry.facts import lifecycle, rfm


class StoreValues:
    """Store-wide values of one day; `people` are the customers at its first instant."""

    def __init__(self, people: dict[str, Person]) -> None:
        self.people = people

    @cached_property
    def buyers(self) -> list[Person]:
        """Customers with an order that counts, staff and tests left out."""
        return [
            person
            for person in self.people.values()
            if person.counting and not person.customer.internal
        ]

    @cached_property
    def gap(self) -> AverageGap:
        """The mean of all gaps between successive order days of one customer."""
        gaps = [gap for person in self.buyers for gap in person.gaps]
        repeat = sum(len(person.counting) >= 2 for person in self.buyers)
        if repeat < lifecycle.FEWEST_REPEAT_BUYERS or not gaps:
            return AverageGap(lifecycle.ASSUMED_GAP, measured=False)
        return AverageGap(Fraction(sum(gaps), len(gaps)), measured=True)

    @property
    def average_gap(self) -> Fraction:
        """Days, exact."""
        return self.gap.days

    def amount_spent(self, person: Person) -> int:
        """What a person's counting orders brought."""
        return sum(each.money or 0 for each in person.counting)

    # -- RFM ------------------------------------------------------------------------

    @cached_property
    def _ranked(self) -> tuple[list[int], list[int], list[int]]:
        """Recency (days, negative so that more is better), orders and spend, each sorted."""
        measures = [self._measures(person) for person in self.buyers]
        recency, frequency, monetary = (sorted(column) for column in zip(*measures, strict=True))
        return recency, frequency, monetary

    def _measures(self, person: Person) -> tuple[int, int, int]:
        days = person.days_since_last_order or 0
        return -days, len(person.counting), self.amount_spent(person)

    def rfm_scores(self, person: Person) -> tuple[int, int, int] | None:
        """Recency, frequency and monetary score of a buyer."""
        population = len(self.buyers)
        if not person.counting or population < rfm.FEWEST_BUYERS:
            return None
        recency, frequency, monetary = (
            rfm.score(bisect_left(ranked, own), population)
            for ranked, own in zip(self._ranked, self._measures(person), strict=True)
        )
        return recency, frequency, monetary
