"""Records left by filters, counted and added up for each customer."""

from __future__ import annotations

import numpy as np

from segmentry.engines.live.columns import Numbers, whole
from segmentry.engines.live.exact import Whole, count_by, total_by
from segmentry.engines.live.records import Records
from segmentry.engines.live.snapshot import Snapshot


def aggregate(records: Records, name: str, rows: Whole, now: Snapshot) -> Numbers:
    """`count`, `sum_<field>` or `average_<field>` of rows; an average of none is missing."""
    owners = records.owners(now)
    if name == "count":
        return whole(count_by(owners[records.counted(now, rows)], now.size))
    kind, _, field = name.partition("_")
    column = records.fields[field](now)
    assert isinstance(column, Numbers), "only numbers are added up"
    rows = rows[column.known[rows]]
    total = total_by(owners[rows], column.top[rows], now.size)
    if kind == "sum":
        return whole(total)
    count = count_by(owners[rows], now.size)
    return Numbers(total, count > 0, np.maximum(1, count))
