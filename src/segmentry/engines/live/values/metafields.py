"""Values of metafields, each different JSON text read once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE, Coded, Column
from segmentry.engines.live.json_columns import lists_of, typed_column
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.metafields import read_metafield, read_texts
from segmentry.facts.field import Attribute
from segmentry.facts.metafields import full_name
from segmentry.facts.tables import ATTRIBUTES


def metafield(attribute: Attribute) -> Callable[[StoreColumns], Column]:
    """A declared metafield; a value that does not fit its type is missing."""

    def read(columns: StoreColumns) -> Column:
        raw = _raw(columns, attribute.name)
        values = [read_metafield(each, attribute.type, columns.zone) for each in raw.words.values]
        return typed_column(raw, values, attribute.type)

    return read


def texts(key: str) -> Callable[[StoreColumns], Column]:
    """The list under a key of the profile."""

    def read(columns: StoreColumns) -> Column:
        raw = _raw(columns, full_name("profile", key))
        return lists_of(raw, [read_texts(each) for each in raw.words.values])

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
