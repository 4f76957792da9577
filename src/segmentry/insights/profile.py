"""Segments side by side, against the whole store: size, money, rhythm, reach, what they buy.

Every figure follows from what the attributes say of each customer and is exact: money is
whole ten-thousandths of the currency unit, an average is a fraction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.view import Amounts, Bits, Words
from segmentry.facts import lifecycle, rfm
from segmentry.facts.catalogue import ATTRIBUTES, FUNCTIONS
from segmentry.insights.look import Look, mask_of, size_of

STORE = "Whole store"
"""The name of the first profile, of all customers."""

Titles: TypeAlias = Callable[[str], Mapping[str, str]]
"""The titles of the products ("id") or collections ("collection_id") by their keys."""

Kind: TypeAlias = Literal[
    "lifecycle_stage", "rfm_group", "country", "product", "type", "category", "collection"
]

_BOUGHT: dict[Kind, str] = {
    "product": "id",
    "type": "type",
    "category": "category",
    "collection": "collection_id",
}
"""What is looked at of purchases, and the parameter of `products_purchased` that has it."""
_PARAMETERS = {each.name: each for each in FUNCTIONS["products_purchased"].parameters}
_GROUPED: dict[Kind, tuple[str, ...]] = {
    "lifecycle_stage": tuple(lifecycle.STAGES),
    "rfm_group": tuple(rfm.GROUPS),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of the members of a segment together, or of all customers.

    `spent` and `orders` are totals; the mean and the median of spend are over all members,
    those who never ordered included. `average_order_value` is what they spent by the number
    of their orders; `days_since_last_order` is the median over those who ordered, of whom
    there are `buyers`. A figure over nobody is missing.
    """

    name: str
    members: int
    share: Fraction | None
    buyers: int
    orders: int
    spent: int
    mean_spent: Fraction | None
    median_spent: Fraction | None
    orders_per_customer: Fraction | None
    average_order_value: Fraction | None
    days_since_last_order: Fraction | None
    email_reachable: int
    sms_reachable: int


@dataclass(frozen=True, slots=True)
class Having:
    """How many customers of each profile have a value. `label` is it for a person."""

    value: str
    label: str
    customers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Members by one kind of value. A customer can have several countries and products."""

    kind: Kind
    values: tuple[Having, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Segments beside each other at a moment; the first of `profiles` is the whole store."""

    as_of: datetime
    profiles: tuple[Profile, ...]
    breakdowns: tuple[Breakdown, ...]

    def share(self, having: Having, at: int) -> Fraction | None:
        """The part of a profile's members, by its place, who have a value."""
        members = self.profiles[at].members
        return Fraction(having.customers[at], members) if members else None

    def lift(self, having: Having, at: int) -> Fraction | None:
        """How many times more usual a value is there than in the whole store; missing where
        nobody has it or nobody is there."""
        own, of_store = self.share(having, at), self.share(having, 0)
        return own / of_store if own is not None and of_store else None


def side_by_side(
    look: Look, sets: Mapping[str, Bits], titles: Titles, most: int = 10
) -> SideBySide:
    """Segments by name beside each other; of products and the like the `most` usual of each."""
    groups = [(STORE, look.live), *sets.items()]
    figures = _Figures(look)
    profiles = tuple(figures.profile(name, members) for name, members in groups)
    counting = _Counting([mask_of(members, look.size) for _, members in groups], look, most)
    return SideBySide(look.as_of, profiles, tuple(counting.breakdowns(titles)))


class _Figures:
    """The numbers of all customers, read once for every profile."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._live = size_of(look.live)
        self._orders = look.view.amounts(ATTRIBUTES["number_of_orders"])
        self._spent = look.view.amounts(ATTRIBUTES["amount_spent"])
        self._days = look.view.amounts(ATTRIBUTES["days_since_last_order"])
        self._email = look.members("email_reachable = true")
        self._sms = look.members("sms_reachable = true")

    def profile(self, name: str, members: Bits) -> Profile:
        inside = mask_of(members, self._look.size)
        count = size_of(members)
        orders, spent = _known(self._orders, inside), _known(self._spent, inside)
        days = _known(self._days, inside)
        total, number = _sum(spent), _sum(orders)
        return Profile(
            name,
            count,
            _ratio(count, self._live),
            buyers=len(days),
            orders=number,
            spent=total,
            mean_spent=_ratio(total, count),
            median_spent=_median(spent),
            orders_per_customer=_ratio(number, count),
            average_order_value=_ratio(total, number),
            days_since_last_order=_median(days),
            email_reachable=size_of(members & self._email),
            sms_reachable=size_of(members & self._sms),
        )


def _known(amounts: Amounts, inside: NDArray[np.bool_]) -> NDArray[np.object_]:
    return amounts.values[inside & amounts.known]


def _sum(values: NDArray[np.object_]) -> int:
    return sum(values.tolist())  # of Python's integers, which have no end


def _ratio(top: int, bottom: int) -> Fraction | None:
    return Fraction(top, bottom) if bottom else None


def _median(values: NDArray[np.object_]) -> Fraction | None:
    if not len(values):
        return None
    in_order = np.sort(values)
    middle = len(values) // 2
    return Fraction(int(in_order[middle]) + int(in_order[~middle]), 2)


def _labels(titles: Mapping[str, str], shown: Callable[[str], str]) -> Callable[[str], str]:
    """A title where there is one, else the id, or the word itself."""
    return lambda value: titles.get(value) or shown(value)


@dataclass(frozen=True, slots=True, eq=False)
class _Counting:
    """Counts the members of some groups by what they have."""

    groups: list[NDArray[np.bool_]]
    look: Look
    most: int

    def breakdowns(self, titles: Titles) -> Iterable[Breakdown]:
        """Those of which the facts have anything."""
        view = self.look.view
        for kind, order in _GROUPED.items():
            yield Breakdown(kind, self._in_order(view.words(ATTRIBUTES[kind]), order))
        countries = self._usual(view.words(ATTRIBUTES["customer_countries"]), str)
        yield Breakdown("country", countries)
        for kind, name in _BOUGHT.items():
            bought, label = view.bought(_PARAMETERS[name]), _labels(titles(name), self.look.shown)
            if kind == "product" and not len(bought.codes):
                bought, label = view.bought(_PARAMETERS["title"]), str  # none has an id
            if values := self._usual(bought, label):
                yield Breakdown(kind, values)

    def _in_order(self, words: Words, order: Iterable[str]) -> tuple[Having, ...]:
        """Every value, in an order of its own."""
        counts = self._counts(words)
        places = {value: place for place, value in enumerate(words.values)}
        return tuple(
            Having(value, value, tuple(int(each[places[value]]) for each in counts))
            if value in places
            else Having(value, value, (0,) * len(self.groups))
            for value in order
        )

    def _usual(self, words: Words, label: Callable[[str], str]) -> tuple[Having, ...]:
        """The most usual values of each segment, the most usual of the first one first."""
        counts = self._counts(words)
        chosen = {code for each in counts[1:] for code in self._top(words, each)}
        found = [
            Having(
                words.values[code],
                label(words.values[code]),
                tuple(int(each[code]) for each in counts),
            )
            for code in chosen
        ]
        return tuple(
            sorted(found, key=lambda each: (*(-n for n in each.customers[1:]), each.value))
        )

    def _top(self, words: Words, counts: NDArray[np.int64]) -> list[int]:
        there = np.flatnonzero(counts).tolist()
        return sorted(there, key=lambda code: (-counts[code], words.values[code]))[: self.most]

    def _counts(self, words: Words) -> list[NDArray[np.int64]]:
        """Of each group, how many have each value."""
        return [
            np.bincount(words.codes[mask[words.customers]], minlength=len(words.values))
            for mask in self.groups
        ]
