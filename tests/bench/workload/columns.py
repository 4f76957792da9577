"""Arrays to Arrow columns, and the few distributions that the store is drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from segmentry.facts.tables import MOMENT, Table

Whole: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

SECOND = 1_000_000
DAY = 86_400 * SECOND
_CHUNK = 1 << 24
"""Rows a chunk, so that the texts of no chunk outgrow 32-bit offsets."""


def keys(first: int, count: int) -> pa.Array:
    """Ids as a platform gives them, of one length, so that their order is that of numbers."""
    numbers = pa.array(np.arange(first, first + count)).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar("shop"), numbers, ":")


def words(values: pa.Array | Sequence[str], codes: Whole) -> pa.ChunkedArray:
    """The text of each code; a code below zero is none."""
    among = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    parts = [codes[start : start + _CHUNK] for start in range(0, max(1, len(codes)), _CHUNK)]
    taken = [among.take(pa.array(part, mask=part < 0)) for part in parts]
    return pa.chunked_array(taken, pa.string())


def moments(at: Whole, known: Mask | None = None) -> pa.Array:
    """Microseconds as moments, where they are known."""
    return pa.array(at, mask=None if known is None else ~known).cast(MOMENT)


def numbers(values: Whole, known: Mask) -> pa.Array:
    """Whole numbers, where they are known."""
    return pa.array(values, pa.int64(), mask=~known)


def table(declared: Table, columns: Mapping[str, Any], rows: int) -> pa.Table:
    """A canonical table; columns that are not given are empty."""
    return pa.table(
        [
            pa.chunked_array([columns[field.name]])
            if isinstance(columns.get(field.name), pa.Array)
            else columns.get(field.name, pa.nulls(rows, field.type))
            for field in declared.schema
        ],
        schema=declared.schema,
    )


# -- distributions ----------------------------------------------------------------------


def some(random: np.random.Generator, share: float, count: int) -> Mask:
    """True for about a share."""
    return np.asarray(random.random(count) < share)


def few_often(random: np.random.Generator, kinds: int, count: int, bend: float = 2.5) -> Whole:
    """Out of so many kinds, of which the first are by far the most frequent."""
    return (kinds * random.random(count) ** bend).astype(np.int64)


def shares(random: np.random.Generator, weights: Sequence[float], count: int) -> Whole:
    """Places in a list, by their weights."""
    edges = np.cumsum(weights) / sum(weights)
    places = np.searchsorted(edges, random.random(count), side="right")
    return np.minimum(places, len(weights) - 1).astype(np.int64)


def seconds_between(random: np.random.Generator, first: Whole, last: Whole | int) -> Whole:
    """A moment between two, to the second."""
    span = (np.asarray(last) - first) // SECOND
    return first + (random.random(len(first)) * span).astype(np.int64) * SECOND
