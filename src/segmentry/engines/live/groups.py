"""Rows that share keys: put into groups, or matched with the rows of another table."""

from __future__ import annotations

import numpy as np

from segmentry.engines.live.exact import Whole


def grouped(*keys: Whole) -> tuple[Whole, Whole]:
    """A row of every different combination of keys, sorted by them, and each row's group."""
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), np.bool_)
    new[:1] = True
    for key in keys:
        new[1:] |= key[order][1:] != key[order][:-1]
    groups = np.empty(len(order), np.int64)
    groups[order] = np.cumsum(new) - 1
    return order[new], groups


def matched(left: tuple[Whole, Whole], right: tuple[Whole, Whole]) -> tuple[Whole, Whole]:
    """Every pair of a left and a right row whose two keys are the same."""
    size = len(left[0])
    _, keys = grouped(*(np.concatenate(pair) for pair in zip(left, right, strict=True)))
    one, other = keys[:size], keys[size:]
    order = np.argsort(other, kind="stable")
    starts = np.searchsorted(other[order], one, "left")
    counts = np.searchsorted(other[order], one, "right") - starts
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(np.arange(size), counts), order[np.repeat(starts, counts) + within]
