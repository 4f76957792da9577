"""Rows that share keys: put into groups, or matched with the rows of another table."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from segmentry.engines.live.exact import Mask, Whole

_FITS = 2**62


def grouped(*keys: Whole) -> tuple[Whole, Whole]:
    """A row of every different combination of keys, sorted by them, and each row's group."""
    order = _order(keys)
    new = np.zeros(len(order), np.bool_)
    new[:1] = True
    for key in keys:
        sorted_key = key[order]
        new[1:] |= sorted_key[1:] != sorted_key[:-1]
    groups = np.empty(len(order), np.int64)
    groups[order] = np.cumsum(new) - 1
    return order[new], groups


def _order(keys: tuple[Whole, ...]) -> Whole:
    """The rows sorted by the keys: by one number made of them all, where it fits."""
    lows = [int(key.min(initial=0)) for key in keys]
    spans = [int(key.max(initial=0)) - low + 1 for key, low in zip(keys, lows, strict=True)]
    if prod(spans) >= _FITS:
        return np.lexsort(keys[::-1])
    joined = np.zeros(len(keys[0]), np.int64)
    for key, low, span in zip(keys, lows, spans, strict=True):
        joined = joined * span + (key - low)
    return np.argsort(joined)


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Where each code stands in a column of codes: `order` has the rows of the first code,
    then those of the next; `starts` where each begins and, last, where all end."""

    codes: Whole
    order: Whole
    starts: Whole

    @classmethod
    def of(cls, codes: Whole, size: int) -> Index:
        """The index of codes that are below `size`; rows with a code below 0 are left out."""
        counts = np.bincount(codes + 1, minlength=size + 1)
        short = codes.astype(np.int16) if size < 2**15 else codes  # sorted by their digits
        return cls(codes, np.argsort(short, kind="stable"), np.cumsum(counts))

    def rows(self, wanted: Mask) -> Whole | None:
        """The rows that have a wanted code, in order; None where these are not few."""
        found = np.flatnonzero(wanted)
        starts, ends = self.starts[found], self.starts[found + 1]
        if FEW * (ends - starts).sum() > len(self.order):
            return None
        pairs = zip(starts.tolist(), ends.tolist(), strict=True)
        nothing = np.empty(0, np.int64)
        return np.sort(np.concatenate([nothing, *(self.order[a:b] for a, b in pairs)]))


FEW = 8
"""Less than one row in so many is few."""


def spread(owners: Whole, wanted: Whole) -> tuple[Whole, Whole]:
    """The rows of each wanted owner, one owner after another, and whose they are: the place
    of the owner among the wanted. Owners are in order."""
    if len(wanted) and (wanted[1:] - wanted[:-1] == 1).all():  # as in a stretch of a store
        first, last = np.searchsorted(owners, (wanted[0], wanted[-1] + 1))
        return np.arange(first, last), owners[first:last] - wanted[0]
    starts = np.searchsorted(owners, wanted, "left")
    return ranges(starts, np.searchsorted(owners, wanted, "right") - starts)


def ranges(starts: Whole, counts: Whole) -> tuple[Whole, Whole]:
    """The numbers of ranges that begin somewhere, so many each, and which range each is of."""
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(starts, counts) + within, np.repeat(np.arange(len(starts)), counts)


def matched(left: tuple[Whole, Whole], right: tuple[Whole, Whole]) -> tuple[Whole, Whole]:
    """Every pair of a left and a right row whose two keys are the same."""
    rows = np.flatnonzero(np.isin(left[0], right[0]))
    both = zip(left, right, strict=True)
    _, keys = grouped(*(np.concatenate([one[rows], other]) for one, other in both))
    one, other = keys[: len(rows)], keys[len(rows) :]
    order = np.argsort(other)
    places, of = spread(other[order], one)
    return rows[of], order[places]
