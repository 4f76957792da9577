"""What segments have in common: every pair, every combination, and who is in how many.

Sets of customers come in as packed bits; numbers go out, and ids of those who are asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import ceil

import numpy as np
from numpy.typing import NDArray

from segmentry.base.errors import SegmentError
from segmentry.engines.view import Bits
from segmentry.insights.look import Look, mask_of, size_of

MOST_COMBINED = 6
"""Of more segments than this not every combination is counted: there are 2 to their number."""
_MOST_PAIRS = 500_000
"""So many pairs are told, the most alike ones: all of a thousand segments."""
_AT_ONCE = 512
"""So many words of 64 customers are compared at once, of all segments: they stay in cache."""


@dataclass(frozen=True, slots=True)
class Overlapping:
    """One of the segments. `only` are its members who are in none of the others."""

    name: str
    members: int
    only: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two of the segments: how many customers are in both, and in either."""

    one: str
    other: str
    both: int
    either: int

    @property
    def jaccard(self) -> Fraction | None:
        """The part of the customers in either who are in both; missing where there are none."""
        return Fraction(self.both, self.either) if self.either else None


@dataclass(frozen=True, slots=True)
class Combination:
    """How many customers are in all of some segments and in none of the others."""

    segments: tuple[str, ...]
    customers: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Segments laid over each other at a moment.

    `pairs` has the most alike first, and 500,000 at most. `in_exactly` counts the customers
    by the number of these segments that they are in, from none on. `combinations` is empty
    for more than six segments; in the others each customer counts once. `unanswered` segments
    were left out, because their queries cannot be answered.
    """

    as_of: datetime
    live: int
    segments: tuple[Overlapping, ...]
    pairs: tuple[Pair, ...]
    in_exactly: tuple[int, ...]
    combinations: tuple[Combination, ...]
    unanswered: tuple[str, ...] = ()
    _only: Mapping[str, Bits] = field(repr=False, compare=False, default_factory=dict)
    _look: Look | None = field(repr=False, compare=False, default=None)

    def only(self, name: str) -> tuple[str, ...]:
        """The ids of the members of a segment who are in none of the others. Refuses another
        name than those of `segments`."""
        if name not in self._only or self._look is None:
            raise SegmentError(f"'{name}' is none of the segments that were compared.")
        return self._look.ids(self._only[name])


def overlap(look: Look, sets: Mapping[str, Bits], unanswered: Sequence[str] = ()) -> Overlap:
    """The overlap of segments by name."""
    live = look.live
    depths = Depths(sets.values(), live)
    alone = depths.exactly(1)
    only = {name: members & alone for name, members in sets.items()}
    counts = common(list(sets.values()))
    return Overlap(
        look.as_of,
        size_of(live),
        tuple(
            Overlapping(name, int(counts[at, at]), size_of(only[name]))
            for at, name in enumerate(sets)
        ),
        _pairs(tuple(sets), counts),
        tuple(size_of(depths.exactly(number)) for number in range(len(sets) + 1)),
        _combinations(look, sets) if len(sets) <= MOST_COMBINED else (),
        tuple(unanswered),
        only,
        look,
    )


def common(sets: Sequence[Bits]) -> NDArray[np.int64]:
    """How many customers each two sets have in common, and each set with itself.

    Roaring bitmaps count a pair in less time where sets are small, and lose most of it in
    being made from bits.
    """
    words = _words(sets)
    counts = np.zeros((len(sets), len(sets)), np.int64)
    for begins in range(0, words.shape[1], _AT_ONCE):
        some = np.ascontiguousarray(words[:, begins : begins + _AT_ONCE])
        there = np.flatnonzero(some.any(axis=1))  # most segments are small
        some = some[there]
        for at, own in enumerate(some):
            both = np.bitwise_count(own & some[: at + 1])
            counts[there[at], there[: at + 1]] += both.sum(axis=1, dtype=np.uint32)
    return counts + np.tril(counts, -1).T


def _words(sets: Sequence[Bits]) -> NDArray[np.uint64]:
    """The sets under each other, 64 customers a word."""
    width = max((len(each) for each in sets), default=0)
    words = np.zeros((len(sets), -(-width // 8)), np.uint64)
    for row, each in zip(words.view(np.uint8), sets, strict=True):
        row[: len(each)] = each
    return words


def _pairs(names: tuple[str, ...], counts: NDArray[np.int64]) -> tuple[Pair, ...]:
    """The most alike first; of equally alike ones in the order of the segments."""
    one, other = np.triu_indices(len(names), 1)
    both, sizes = counts[one, other], counts.diagonal()
    either = sizes[one] + sizes[other] - both
    order = np.argsort(-(both / np.maximum(1, either)), kind="stable")[:_MOST_PAIRS]
    rows = (each[order].tolist() for each in (one, other, both, either))
    return tuple(Pair(names[a], names[b], n, m) for a, b, n, m in zip(*rows, strict=True))


class Depths:
    """In how many of some sets each customer is.

    That is a number in binary, of which `_digits` has one digit for each customer: a set
    adds one to it, in a few steps for all customers.
    """

    def __init__(self, sets: Iterable[Bits], live: Bits) -> None:
        self._live = live
        self._digits: list[Bits] = []
        for members in sets:
            carried = members
            for place, digit in enumerate(self._digits):
                self._digits[place], carried = digit ^ carried, digit & carried
            if carried.any():
                self._digits.append(carried)

    def exactly(self, number: int) -> Bits:
        """The customers who are in exactly so many."""
        if number >> len(self._digits):
            return np.zeros_like(self._live)
        found = self._live
        for place, digit in enumerate(self._digits):
            found = found & (digit if number >> place & 1 else ~digit)
        return found


def alike(sets: Mapping[str, Bits], above: Fraction) -> list[Pair]:
    """The pairs with a Jaccard index above one, the most alike first.

    Sets that are so alike are nearly of one size, so each is compared with few others.
    """
    by_size = sorted((size_of(members), at) for at, members in enumerate(sets.values()))
    by_size = [each for each in by_size if each[0]]
    sizes, places = [size for size, _ in by_size], [at for _, at in by_size]
    names, members = tuple(sets), tuple(sets.values())
    words = _words([members[at] for at in places])
    found = []
    for at, size in enumerate(sizes):
        end = bisect_left(sizes, ceil(size / above), at + 1)
        common = np.bitwise_count(words[at] & words[at + 1 : end]).sum(axis=1, dtype=np.int64)
        for other, both in enumerate(common.tolist(), at + 1):
            either = size + sizes[other] - both
            if Fraction(both, either) > above:
                one, two = sorted((places[at], places[other]))
                found.append((-Fraction(both, either), one, two, both, either))
    return [Pair(names[one], names[two], *counts) for _, one, two, *counts in sorted(found)]


def _combinations(look: Look, sets: Mapping[str, Bits]) -> tuple[Combination, ...]:
    """Every combination that somebody is in, the largest first; nobody's is that of no set."""
    codes = np.zeros(look.size, np.int64)
    for place, members in enumerate(sets.values()):
        codes |= mask_of(members, look.size).astype(np.int64) << place
    counts = np.bincount(codes[mask_of(look.live, look.size)], minlength=1 << len(sets)).tolist()
    names = tuple(sets)
    found = [
        Combination(tuple(n for at, n in enumerate(names) if code >> at & 1), counts[code])
        for code in range(1, len(counts))
        if counts[code]
    ]
    return tuple(sorted(found, key=lambda each: (-each.customers, len(each.segments))))
