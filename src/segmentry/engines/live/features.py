"""Features: what follows of each customer's records from facts alone, whatever the day."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from segmentry.engines.live.aggregates import aggregate
from segmentry.engines.live.columns import Column, Dates, Numbers
from segmentry.engines.live.exact import Whole, running
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.picking import rows_left
from segmentry.engines.live.record import Records
from segmentry.engines.live.records import records_of
from segmentry.engines.live.snapshot import Snapshot
from segmentry.plan.nodes import Feature, Reached, Total


def column_of(feature: Feature, now: Snapshot, meanings: Meanings) -> Column:
    """A feature of every customer. Its filters mean the same at every moment."""
    records = records_of(feature.rows.function, feature.rows.filters)
    rows = rows_left(records, feature.rows.filters, now, meanings)
    match feature:
        case Total():
            return aggregate(records, feature.aggregate, rows, now)
        case Reached():
            return _reached(feature, records, rows, now)
    assert_never(feature)


def _reached(feature: Reached, records: Records, rows: Whole, now: Snapshot) -> Dates:
    rows = records.in_order(now, rows)
    dates = records.fields["date"](now)
    assert isinstance(dates, Dates), "dates of rows"
    if feature.aggregate.name == "count":
        rows = records.counted(now, rows)
        having, places = _counted(records.owners(now)[rows], now.size, feature)
    else:
        values = records.added(feature.aggregate, now)
        assert isinstance(values, Numbers), "only numbers are added up"
        rows = rows[values.known[rows]]
        having, places = _added(records.owners(now)[rows], values.top[rows], now.size, feature)
    at, known = np.zeros(now.size, np.int64), np.zeros(now.size, np.bool_)
    at[having], known[having] = dates.at[rows[places]], True
    return Dates(at, known)


def _counted(owners: Whole, size: int, feature: Reached) -> tuple[Whole, Whole]:
    """The owners whose count of rows reaches the amount, and the place of the row at which
    it does."""
    starts, ends = _spans(owners, size)
    amount = min(feature.amount, len(owners) + 1)  # more than there are is not reached
    having = np.flatnonzero(ends - starts >= amount)
    return having, starts[having] + (amount - 1) if feature.forwards else ends[having] - amount


def _added(owners: Whole, values: Whole, size: int, feature: Reached) -> tuple[Whole, Whole]:
    """The same for the sum of values, of which none is below zero."""
    starts, ends = _spans(owners, size)
    sums = running(values)
    before, after = sums[starts], sums[ends]
    amount = min(feature.amount, int(sums[-1]) + 1)
    having = np.flatnonzero(after - before >= amount)
    if feature.forwards:
        return having, np.searchsorted(sums, before[having] + amount, "left") - 1
    return having, np.searchsorted(sums, after[having] - amount, "right") - 1


def _spans(owners: Whole, size: int) -> tuple[Whole, Whole]:
    """Where each owner's rows begin and end; owners are in order."""
    counts = np.bincount(owners, minlength=size)
    ends = np.cumsum(counts)
    return ends - counts, ends
