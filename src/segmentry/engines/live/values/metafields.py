"""Values of metafields, each different JSON text read once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.live import reading
from segmentry.engines.live.columns import (
    NONE,
    Coded,
    Column,
    Dates,
    Lists,
    Numbers,
    Words,
    listed_by,
)
from segmentry.engines.live.exact import Whole, fitting
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.metafields import read_metafield, read_texts
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import full_name
from segmentry.facts.operators import Type
from segmentry.facts.tables import ATTRIBUTES


def metafield(attribute: Attribute) -> Callable[[StoreColumns], Column]:
    """A declared metafield; a value that does not fit its type is missing."""

    def read(columns: StoreColumns) -> Column:
        raw = _raw(columns, attribute.name)
        values = [read_metafield(each, attribute.type, columns.zone) for each in raw.words.values]
        return _COLUMNS[attribute.type](raw, values)

    return read


def texts(key: str) -> Callable[[StoreColumns], Column]:
    """The list under a key of the profile."""

    def read(columns: StoreColumns) -> Column:
        raw = _raw(columns, full_name("profile", key))
        return _lists(raw, [read_texts(each) for each in raw.words.values])

    return read


def _raw(columns: StoreColumns, name: str) -> Coded:
    """The JSON that each customer has under a full name, the last of several."""
    table, owners = columns.customers.owned(ATTRIBUTES)
    parts = pc.binary_join_element_wise(table.column("namespace"), table.column("key"), "\0")
    wanted = [each for each in parts.unique().to_pylist() if full_name(*each.split("\0")) == name]
    named = np.asarray(pc.is_in(parts, value_set=pa.array(wanted, pa.string())))
    found = reading.coded(table.column("value").filter(pa.array(named)))
    codes = np.full(columns.customers.size, NONE)
    codes[owners[named]] = found.codes  # of several the last one stays
    return Coded(codes, found.words)


def _lists(raw: Coded, values: list[Any]) -> Lists:
    """Each customer's pairs are those of their JSON text."""
    words = Words(sorted({item for each in values for item in each or ()}))
    place = {word: number for number, word in enumerate(words.values)}
    owners, codes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, each in enumerate(values):
        having = np.flatnonzero(raw.codes == number)
        for item in each or ():
            owners.append(having)
            codes.append(np.full(len(having), place[item]))
    pairs = Coded(np.concatenate(codes), words)
    return listed_by(np.concatenate(owners), pairs, len(raw.codes))


def _numbers(raw: Coded, values: list[Any]) -> Numbers:
    return Numbers(
        _spread(raw, [value.numerator if value is not None else 0 for value in values], 0),
        _known(raw, values),
        _spread(raw, [value.denominator if value is not None else 1 for value in values], 1),
    )


def _dates(raw: Coded, values: list[Any], *, days: bool) -> Dates:
    numbers = [number_of(value) if value is not None else 0 for value in values]
    return Dates(_spread(raw, numbers, 0), _known(raw, values), days)


def _spread(raw: Coded, numbers: list[int], missing: int) -> Whole:
    """Each customer's number: that of their JSON text."""
    return fitting([*numbers, missing])[raw.codes]


def _known(raw: Coded, values: list[Any]) -> Whole:
    return np.array([*(value is not None for value in values), False])[raw.codes]


_COLUMNS: dict[Type, Callable[[Coded, list[Any]], Column]] = {
    Type.TEXT: Coded.replaced,
    Type.BOOLEAN: Coded.replaced,
    Type.DECIMAL: _numbers,
    Type.DAY: lambda raw, values: _dates(raw, values, days=True),
    Type.DATE: lambda raw, values: _dates(raw, values, days=False),
    Type.LIST: _lists,
}
