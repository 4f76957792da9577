"""What people put into conditions, drawn at random: windows, amounts, counts, products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias, TypeVar

from tests.bench.workload.sales import FIRST_PRODUCT

from .descriptions import Window

Population: TypeAlias = Literal["standard", "arbitrary"]
POPULATIONS: tuple[Population, ...] = ("standard", "arbitrary")
WINDOWS = (1, 7, 14, 30, 60, 90, 120, 180, 365)
_WEIGHTS = (2, 6, 6, 20, 10, 20, 6, 15, 15)
_AMOUNTS = (20, 50, 100, 200, 250, 500, 1_000)
_LONGEST = 400
_UNIT = 10_000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Draws:
    """What people put into conditions."""

    random: Random
    population: Population
    products: int

    def one(self, among: Sequence[T], weights: Sequence[int] | None = None) -> T:
        """One of these, by their weights."""
        return self.random.choices(among, weights)[0]

    def often(self, share: float) -> bool:
        """True in about a share of draws."""
        return self.random.random() < share

    def popular(self, among: Sequence[T]) -> T:
        """The first are drawn most often."""
        bend = 4 if self.population == "standard" else 2.5
        return among[int(len(among) * self.random.random() ** bend)]

    def days(self) -> int:
        """The length of a window."""
        if self.population == "standard":
            return self.one(WINDOWS, _WEIGHTS)
        return self.random.randint(1, _LONGEST)

    def between(self) -> tuple[int, int]:
        """Two different days, the earlier first."""
        days = self.days()
        other = self.days()
        if days == other:
            other = 2 * days
        return max(days, other), min(days, other)

    def money(self) -> int:
        """An amount, in ten-thousandths."""
        if self.population == "standard":
            return self.one(_AMOUNTS) * _UNIT
        return self.random.randint(100, 200_000) * 100

    def count(self) -> int:
        """A small number."""
        return self.one((1, 2, 3, 4, 5, 10), (20, 30, 25, 10, 10, 5))

    def window(self) -> Window:
        """A window of records: mostly the last days, some with two ends, a few in hours."""
        if self.often(0.05):
            return Window(hours=self.one((24, 48, 72)))
        if self.often(0.2):
            return Window(*self.between())
        return Window(self.days())

    def product(self) -> int:
        """The id of a product, a popular one more often."""
        return FIRST_PRODUCT + self.popular(range(min(self.products, 500)))
