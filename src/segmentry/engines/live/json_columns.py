"""Columns of values that are read from JSON, each different text once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from segmentry.engines.live.columns import Coded, Column, Dates, Lists, Numbers, Words
from segmentry.engines.live.exact import Whole, fitting
from segmentry.engines.live.moments import number_of
from segmentry.facts.operators import Type


def typed_column(raw: Coded, values: Sequence[Any], type: Type) -> Column:
    """A column of a type: of each row the value of its JSON text, None being missing."""
    return _COLUMNS[type](raw, values)


def lists_of(raw: Coded, values: Sequence[Iterable[str] | None]) -> Lists:
    """Each row's pairs are those of its JSON text."""
    listed = [sorted(each or ()) for each in values]
    words = Words(sorted({item for each in listed for item in each}))
    place = {word: number for number, word in enumerate(words.values)}
    items = np.array([place[item] for each in listed for item in each], np.int64)
    counts = np.array([*(len(each) for each in listed), 0], np.int64)[raw.codes]
    starts = np.cumsum([0, *(len(each) for each in listed)])[raw.codes]
    owners = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return Lists(owners, items[np.repeat(starts, counts) + within], words, len(raw.codes))


def _numbers(raw: Coded, values: Sequence[Any]) -> Numbers:
    return Numbers(
        _spread(raw, [value.numerator if value is not None else 0 for value in values], 0),
        _known(raw, values),
        _spread(raw, [value.denominator if value is not None else 1 for value in values], 1),
    )


def _dates(raw: Coded, values: Sequence[Any], *, days: bool) -> Dates:
    numbers = [number_of(value) if value is not None else 0 for value in values]
    return Dates(_spread(raw, numbers, 0), _known(raw, values), days)


def _spread(raw: Coded, numbers: list[int], missing: int) -> Whole:
    """Each customer's number: that of their JSON text."""
    return fitting([*numbers, missing])[raw.codes]


def _known(raw: Coded, values: Sequence[Any]) -> Whole:
    return np.array([*(value is not None for value in values), False])[raw.codes]


_COLUMNS: dict[Type, Callable[[Coded, Sequence[Any]], Column]] = {
    Type.TEXT: Coded.replaced,
    Type.BOOLEAN: Coded.replaced,
    Type.DECIMAL: _numbers,
    Type.DAY: lambda raw, values: _dates(raw, values, days=True),
    Type.DATE: lambda raw, values: _dates(raw, values, days=False),
    Type.LIST: lists_of,
}
