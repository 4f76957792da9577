"""The kinds of column that values are kept in, one place a row.

A row is a customer or one of a customer's records. Every kind knows where it is missing
and what a row's value is for a person to see.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from segmentry.engines.base import CustomerValue
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.groups import FEW, spread
from segmentry.engines.live.moments import day_of_number, moment_of_number
from segmentry.engines.operands import Given
from segmentry.facts.field import Field
from segmentry.facts.operators import Operator, Type

NONE = -1
"""The code, or the row, of nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Exact ratios `top / bottom`; whole numbers have the bottom 1 throughout.

    Bottoms are above zero. Tops and bottoms of missing values mean nothing.
    """

    top: Whole
    known: Mask
    bottom: Whole | int = 1

    def taken(self, rows: Whole) -> Numbers:
        """The column of these rows."""
        bottom = self.bottom if isinstance(self.bottom, int) else self.bottom[rows]
        return Numbers(self.top[rows], self.known[rows], bottom)

    def listed(self, rows: Whole) -> list[CustomerValue]:
        """The values of these rows."""
        tops, known = self.top[rows].tolist(), self.known[rows].tolist()
        if isinstance(self.bottom, int) and self.bottom == 1:
            return [top if there else None for top, there in zip(tops, known, strict=True)]
        bottoms = np.broadcast_to(self.bottom, self.top.shape)[rows].tolist()
        return [
            Fraction(top, bottom) if there else None
            for top, bottom, there in zip(tops, bottoms, known, strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Dates:
    """Points in time as microseconds since 1970 in UTC or, with `days`, whole days since."""

    at: Whole
    known: Mask
    days: bool = False

    def taken(self, rows: Whole) -> Dates:
        """The column of these rows."""
        return Dates(self.at[rows], self.known[rows], self.days)

    def listed(self, rows: Whole) -> list[CustomerValue]:
        """The values of these rows."""
        read = day_of_number if self.days else moment_of_number
        pairs = zip(self.at[rows].tolist(), self.known[rows].tolist(), strict=True)
        return [read(at) if there else None for at, there in pairs]


_KEPT_SEARCHES = 4


class Words:
    """The different values of a column, each tested once however many rows have it."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.values: Sequence[Any] = tuple(values)
        self._searched: dict[str | None, list[str]] = {}
        self._places: dict[tuple[object, ...], dict[Any, list[int]]] = {}
        self._fitting: dict[tuple[object, ...], Mask] = {}

    def fitting(self, field: Field, operator: Operator, given: Given) -> Mask:
        """Which of the values a search fits; kept for the last few searches, as a column is
        often looked at in parts."""
        search = (field.form, operator.symbol, *map(str, given))  # plain, as they are saved
        fitting = self._fitting.get(search)
        if fitting is None:
            found = (operator.on_values(word, given) for word in self.searched(field, operator))
            fitting = np.fromiter(found, np.bool_, len(self.values))
            if len(self._fitting) >= _KEPT_SEARCHES:
                self._fitting.clear()
            self._fitting[search] = fitting
        return fitting

    def searched(self, field: Field, operator: Operator) -> list[str]:
        """The values as texts of a field are searched."""
        if field.form not in self._searched:
            self._searched[field.form] = [field.key(value, operator) for value in self.values]
        return self._searched[field.form]

    def among(self, wanted: Iterable[Any], field: Field, operator: Operator) -> Mask:
        """Which of the values are meant by operands of a field."""
        places = self._places_of(field, operator)
        found = np.zeros(len(self.values), np.bool_)
        for item in wanted:
            found[places.get(item, [])] = True
        return found

    def _places_of(self, field: Field, operator: Operator) -> dict[Any, list[int]]:
        """Where each value stands, by each of its keys."""
        kind = (field.form, field.folded, _is_id(field))
        if kind not in self._places:
            places: dict[Any, list[int]] = defaultdict(list)
            for place, value in enumerate(self.values):
                for key in _keys(field, operator, value):
                    places[key].append(place)
            self._places[kind] = dict(places)
        return self._places[kind]


def _is_id(field: Field) -> bool:
    return field.type is Type.ID or field.ids


def _keys(field: Field, operator: Operator, value: Any) -> tuple[Any, ...]:
    """What a value may be called: an id with and without the name of its source."""
    if _is_id(field):
        return value, value.partition(":")[2]
    return (field.key(value, operator) if isinstance(value, str) else value,)


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Values out of a few: the place of each row's value among `words`, or NONE."""

    codes: Whole
    words: Words

    def taken(self, rows: Whole) -> Coded:
        """The column of these rows."""
        return Coded(self.codes[rows], self.words)

    @property
    def known(self) -> Mask:
        """Where there is a value."""
        return self.codes >= 0

    def with_few_words(self) -> Coded:
        """The column with no other words than its own, where it has much fewer: a test of each
        word then takes as long as the column is."""
        if FEW * len(self.codes) >= len(self.words.values):
            return self
        used = np.unique(self.codes[self.known])
        codes = np.where(self.known, np.searchsorted(used, self.codes), NONE)
        return Coded(codes, Words(self.words.values[code] for code in used.tolist()))

    def without(self, word: str) -> Coded:
        """The column in which a word is a missing value."""
        if word not in self.words.values:
            return self
        code = self.words.values.index(word)
        return Coded(np.where(self.codes == code, NONE, self.codes), self.words)

    def replaced(self, values: Iterable[Any]) -> Coded:
        """The column with its words replaced by these, in turn; None is missing."""
        places: dict[Any, int] = {}
        codes = [NONE if v is None else places.setdefault(v, len(places)) for v in values]
        return Coded(np.array([*codes, NONE])[self.codes], Words(places))

    def listed(self, rows: Whole) -> list[CustomerValue]:
        """The values of these rows."""
        values = (*self.words.values, None)  # NONE is the last place
        return [values[code] for code in self.codes[rows].tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """Any number of values a row, as pairs of the row and the place among `words`.

    `size` is the number of rows; one without a pair is missing. Pairs are in the order of
    their rows.
    """

    owners: Whole
    codes: Whole
    words: Words
    size: int

    def taken(self, rows: Whole) -> Lists:
        """The column of these rows."""
        pairs, owners = spread(self.owners, rows)
        return Lists(owners, self.codes[pairs], self.words, len(rows))

    @property
    def known(self) -> Mask:
        """Where there is a value."""
        return self.having(np.ones(len(self.words.values), np.bool_))

    def having(self, words: Mask) -> Mask:
        """Rows with at least one of these words."""
        found = np.zeros(self.size, np.bool_)
        found[self.owners[words[self.codes]]] = True
        return found

    def listed(self, rows: Whole) -> list[CustomerValue]:
        """The values of these rows."""
        found: dict[int, set[str]] = defaultdict(set)
        for owner, code in zip(self.owners.tolist(), self.codes.tolist(), strict=True):
            found[owner].add(self.words.values[code])
        return [frozenset(found[row]) or None for row in rows.tolist()]


@dataclass(frozen=True, slots=True, eq=False)
class Through:
    """Another column's values: of each row the one at `rows` there, NONE being missing."""

    of: Column
    rows: Whole

    def taken(self, rows: Whole) -> Through:
        """The column of these rows; the other column is the same."""
        return Through(self.of, self.rows[rows])

    @property
    def known(self) -> Mask:
        """Where there is a value."""
        return self.seen(self.of.known)

    def seen(self, there: Mask) -> Mask:
        """What is true of the other column's rows, for these."""
        return np.append(there, False)[self.rows]  # NONE is the last place

    def listed(self, rows: Whole) -> list[CustomerValue]:
        """The values of these rows."""
        values = [*self.of.listed(np.arange(len(self.of.known))), None]
        return [values[row] for row in self.rows[rows].tolist()]


def listed_by(owners: Whole, values: Coded, size: int) -> Lists:
    """Each owner's values, in lists; missing ones are none."""
    known = np.flatnonzero(values.known)
    if (np.diff(owners[known]) < 0).any():
        known = known[np.argsort(owners[known], kind="stable")]
    return Lists(owners[known], values.codes[known], values.words, size)


Column: TypeAlias = Numbers | Dates | Coded | Lists | Through


def whole(values: Whole) -> Numbers:
    """Whole numbers of which none is missing."""
    return Numbers(values, np.ones(len(values), np.bool_))


def dated(moments: Whole) -> Dates:
    """Moments of which none is missing."""
    return Dates(moments, np.ones(len(moments), np.bool_))
