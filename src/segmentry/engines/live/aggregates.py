"""Records left by filters, counted and added up for each customer."""

from __future__ import annotations

from math import lcm

import numpy as np

from segmentry.engines.live.columns import Numbers, whole
from segmentry.engines.live.exact import Whole, count_by, fitting, times, total_by
from segmentry.engines.live.record import Records
from segmentry.engines.live.snapshot import Snapshot
from segmentry.facts.field import Field
from segmentry.facts.properties import SUM


def aggregate(records: Records, field: Field, rows: Whole, now: Snapshot) -> Numbers:
    """`count`, `sum_<field>` or `average_<field>` of rows; an average of none is missing."""
    owners = records.owners(now)
    if field.name == "count":
        return whole(count_by(owners[records.counted(now, rows)], now.size))
    column = records.added(field, now)
    assert isinstance(column, Numbers), "only numbers are added up"
    rows = rows[column.known[rows]]
    tops, bottom = over_one_bottom(column, rows)
    total = total_by(owners[rows], tops, now.size)
    if field.name.startswith(SUM):
        return Numbers(total, np.ones(now.size, np.bool_), bottom)
    count = count_by(owners[rows], now.size)
    return Numbers(total, count > 0, times(np.maximum(1, count), bottom))


def over_one_bottom(column: Numbers, rows: Whole) -> tuple[Whole, int]:
    """The numbers of some rows as so many parts of one unit."""
    if isinstance(column.bottom, int):
        return column.top[rows], column.bottom
    bottoms = column.bottom[rows]
    bottom = lcm(*(int(each) for each in np.unique(bottoms)))
    factors = [bottom // int(each) for each in bottoms]
    return times(column.top[rows], fitting(factors)), bottom
