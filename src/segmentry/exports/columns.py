"""Members beside the values of attributes: one table, by one state of the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.base.errors import UserError
from segmentry.engines.base import CustomerValue, Engine
from segmentry.engines.columns import ID, arrow_column
from segmentry.facts.attributes.predictions import not_predicted
from segmentry.facts.field import Attribute
from segmentry.segments.answer import Result

AS_OF = "as_of"
SEGMENTS = "segments"
_FEW = 10_000
"""So many members are asked alone; for more it is faster to ask everybody."""

SegmentsOf = Callable[[datetime], Mapping[str, CustomerValue]]
"""The names of the segments that each customer is in, at a moment."""


def with_columns(
    engine: Engine,
    result: Result,
    attributes: Sequence[Attribute],
    before: str,
    segments_of: SegmentsOf,
    zone: ZoneInfo,
) -> pa.Table:
    """One row a member, `customer_id` first, then a column for each attribute.

    `before` is what engines have before the ids of the result. Refuses attributes that a
    model has to find first.
    """
    for each in attributes:
        if each.predicted:
            raise UserError(not_predicted(each))
    ids = pa.array(result.ids, pa.string())
    asked = [each for each in attributes if each.name != SEGMENTS]
    found = _found(engine, asked, result, pc.binary_join_element_wise(before, ids, ""))
    columns = {ID: ids}
    for each in attributes:
        if each.name == SEGMENTS:
            of = segments_of(result.as_of)
            columns[each.name] = arrow_column(map(of.get, result.ids), each.type, zone)
        else:
            columns[each.name] = found.column(each.name)
    return pa.table(columns)


def _found(
    engine: Engine, attributes: Sequence[Attribute], result: Result, keys: pa.Array
) -> pa.Table:
    """The values of the members, in their order."""
    if not attributes:
        return pa.table({ID: keys})
    among = keys.to_pylist() if len(keys) <= _FEW else None
    found = engine.columns(attributes, result.as_of, among)
    there = found.column(ID)
    if len(there) == len(keys) and there.equals(pa.chunked_array([keys])):
        return found
    return found.take(pc.index_in(keys, value_set=there))


def with_moment(table: pa.Table, as_of: datetime, zone: ZoneInfo) -> pa.Table:
    """The table with the moment that it is true at beside every row."""
    moment = pa.array([as_of], pa.timestamp("us", tz=zone.key))
    everywhere = pa.array(np.zeros(table.num_rows, np.int32))
    return table.append_column(AS_OF, pa.DictionaryArray.from_arrays(everywhere, moment))


def settling(table: pa.Table) -> list[str]:
    """Who the members are and in which segments, which facts alone do not settle."""
    who: list[str] = table.column(ID).to_pylist()
    if SEGMENTS in table.column_names:
        who += pc.binary_join(table.column(SEGMENTS), ",").fill_null("").to_pylist()
    return who
