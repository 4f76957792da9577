"""Exact sums and products of whole numbers.

Numbers are int64. Where a result could leave 64 bits the same arithmetic is done with
Python integers in an array of objects: slower, and still exact. Floating point is used
for one thing only, the bound that says whether it could.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[Any]
"""Whole numbers: int64, or Python integers where these do not suffice."""

Mask: TypeAlias = NDArray[np.bool_]
"""One truth a row."""


def every(masks: Iterable[Mask]) -> Mask:
    """Where all of these are true."""
    return np.asarray(np.logical_and.reduce(list(masks)))


def either(masks: Iterable[Mask]) -> Mask:
    """Where at least one of these is true."""
    return np.asarray(np.logical_or.reduce(list(masks)))


SAFE = 2.0**62
"""Below this bound, rounding included, a result fits 64 bits."""


def total_by(owners: Whole, values: Whole, size: int) -> Whole:
    """The sum of the values of each owner, 0 for one without; owners are below `size`."""
    if values.dtype != object and np.abs(values.astype(np.float64)).sum() >= SAFE:
        values = values.astype(object)
    totals = np.zeros(size, values.dtype)
    np.add.at(totals, owners, values)
    return totals


def running(values: Whole) -> Whole:
    """The sum of the first so many of values that are not below zero, from none to all."""
    if values.dtype != object and values.astype(np.float64).sum() >= SAFE:
        values = values.astype(object)
    return np.concatenate([np.zeros(1, values.dtype), np.cumsum(values)])


def count_by(owners: Whole, size: int) -> Whole:
    """How many rows each owner has."""
    return np.bincount(owners, minlength=size).astype(np.int64, copy=False)


def times(values: Whole | int, factors: Whole | int) -> Whole:
    """The products, exact."""
    if isinstance(values, int) and isinstance(factors, int):
        return fitting([values * factors])
    if isinstance(factors, int) and factors == 1:
        return _array(values)
    if isinstance(values, int) and values == 1:
        return _array(factors)
    one, other = _array(values), _array(factors)
    if object in (one.dtype, other.dtype) or _largest(one) * _largest(other) >= SAFE:
        return np.asarray(one.astype(object) * other, object)
    return np.asarray(one * other)


def _array(values: Whole | int) -> Whole:
    return fitting([values]) if isinstance(values, int) else values


def _largest(values: Whole) -> float:
    return float(np.abs(values.astype(np.float64)).max(initial=0.0))


def fitting(values: list[int]) -> Whole:
    """An array of these numbers, of int64 if all fit."""
    if all(abs(value) < SAFE for value in values):
        return np.array(values, np.int64)
    return np.array(values, object)
