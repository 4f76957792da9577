"""All customers at one moment in one order, put together from those that hold them.

A customer is held by one layer and answered by one of its evaluations; each of these has a
part of the view, and knows the place of every customer in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segmentry.engines.live.asked import AskedPlan
from segmentry.engines.live.bits import Bits, packed, unpacked
from segmentry.engines.live.columns import NONE, Coded, Column, Lists, Numbers, Through
from segmentry.engines.live.evaluation import Evaluation
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.records import PRODUCTS_PURCHASED
from segmentry.engines.view import Amounts, Uncounted, Words
from segmentry.facts.field import Attribute, Field
from segmentry.plan.nodes import Plan


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """An evaluation, and the place in the view of each of its customers; NONE is the place of
    those that another part answers for."""

    at: Evaluation
    places: Whole


class LiveView:
    """The customers of a generation at a moment, a layer after the other."""

    def __init__(
        self, generation: Generation, as_of: datetime, asked: Callable[[Plan], AskedPlan]
    ) -> None:
        self._generation = generation
        self._answered = answered = generation.at(as_of)
        self._asked = asked
        self._size = sum(held.count for held, _ in answered.layers)

    @cached_property
    def _parts(self) -> tuple[_Part, ...]:
        parts, begins = [], 0
        for held, at in self._answered.layers:
            places = np.full(held.layer.size, NONE)
            places[held.holds] = np.arange(begins, begins + held.count)
            parts += [_Part(*each) for each in at.parts(places)]
            begins += held.count
        return tuple(parts)

    @property
    def ids(self) -> NDArray[np.object_]:
        """The id of each customer, the same array for every moment of a generation."""
        return self._generation.ids

    @cached_property
    def live(self) -> Bits:
        """The customers there are."""
        return self._together(lambda at: at.live)

    def members(self, plan: Plan) -> Bits:
        """The customers for whom a plan holds."""
        asked = self._asked(plan)
        return self._together(lambda at: at.members(asked))

    def _together(self, of: Callable[[Evaluation], Bits]) -> Bits:
        if len(self._parts) == 1:
            return of(self._parts[0].at)  # it holds all that there are, each at their place
        found = np.zeros(self._size, np.bool_)
        for part in self._parts:
            own = part.places != NONE
            found[part.places[own]] = unpacked(of(part.at), len(part.places))[own]
        return packed(found)

    def amounts(self, attribute: Attribute) -> Amounts:
        """An attribute that is a whole number or an amount of money."""
        columns = [(part.places, _whole(part.at.column(attribute))) for part in self._parts]
        exact = any(column.top.dtype == object for _, column in columns)
        values = np.zeros(self._size, object if exact else np.int64)
        known = np.zeros(self._size, np.bool_)
        for places, column in columns:
            own = places != NONE
            values[places[own]] = column.top[own]
            known[places[own]] = column.known[own]
        return Amounts(values, known)

    def words(self, attribute: Attribute) -> Words:
        """An attribute that is a word or a list of words."""
        return self._worded(lambda at: _pairs(at.column(attribute)))

    def bought(self, parameter: Field) -> Words:
        """What purchases have of a parameter."""
        return self._worded(lambda at: _bought(at, parameter))

    def uncounted(self) -> Uncounted:
        """The money that is in no customer's amount spent."""
        kept: list[int] = []
        for part in self._parts:
            orders, standing = part.at.now.columns.orders, part.at.now.standing
            known = orders.paid.known & (orders.owners != NONE)
            rows = np.flatnonzero(standing.placed & ~standing.counts & known)
            rows = rows[part.places[orders.owners[rows]] != NONE]
            money = orders.paid.top[rows] - standing.refunded[rows]
            kept += money[money > 0].tolist()
        return Uncounted(len(kept), sum(kept))

    def _worded(self, of: Callable[[Evaluation], _Pairs]) -> Words:
        if len(self._parts) == 1:
            owners, codes, values = of(self._parts[0].at)
            return Words(*_once(owners, codes, len(values)), values)
        places: dict[Any, int] = {}
        customers, words = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for part in self._parts:
            owners, codes, values = of(part.at)
            new = np.array([places.setdefault(each, len(places)) for each in values], np.int64)
            owners = part.places[owners]
            kept = owners != NONE
            customers.append(owners[kept])
            words.append(new[codes[kept]])
        pairs = _once(np.concatenate(customers), np.concatenate(words), len(places))
        return Words(*pairs, tuple(places))


_Pairs = tuple[Whole, Whole, tuple[Any, ...]]
"""Rows, the places of their values, and the values."""


def _whole(column: Column) -> Numbers:
    assert isinstance(column, Numbers), "no number"
    assert isinstance(column.bottom, int), "no whole number"
    return column


def _pairs(column: Column) -> _Pairs:
    match column:
        case Coded(codes, words):
            rows = np.flatnonzero(column.known)
            return rows, codes[rows], tuple(words.values)
        case Lists(owners, codes, words):
            return owners, codes, tuple(words.values)
        case Through(of, rows):
            there = np.flatnonzero(rows != NONE)
            owners, codes, values = _pairs(of.taken(rows[there]))
            return there[owners], codes, values
    raise AssertionError("words, or lists of words")


def _bought(at: Evaluation, parameter: Field) -> _Pairs:
    rows = np.flatnonzero(at.now.purchased)
    owners = PRODUCTS_PURCHASED.owners(at.now)[rows]
    which, codes, values = _pairs(PRODUCTS_PURCHASED.column(parameter, at.now).taken(rows))
    return owners[which], codes, values


def _once(customers: Whole, codes: Whole, words: int) -> tuple[Whole, Whole]:
    """Each pair one time."""
    joined = np.sort(customers * words + codes)  # far below 2**63
    new = np.ones(len(joined), np.bool_)
    new[1:] = joined[1:] != joined[:-1]
    return np.divmod(joined[new], max(1, words))
