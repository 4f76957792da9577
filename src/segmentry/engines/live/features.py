"""Features: what follows of each customer's records from facts alone, whatever the day."""

from __future__ import annotations

from typing import assert_never

import numpy as np

from segmentry.engines.live.aggregates import aggregate
from segmentry.engines.live.columns import Column, Dates, Numbers
from segmentry.engines.live.comparing import holding
from segmentry.engines.live.exact import Mask, Whole, running
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.records import RECORDS, Filters, Records
from segmentry.engines.live.snapshot import Snapshot
from segmentry.plan.nodes import Feature, Reached, Total


def rows_left(records: Records, filters: Filters, now: Snapshot, meanings: Meanings) -> Whole:
    """The rows there are that pass all filters."""
    left = records.there(now, filters)
    for each in filters:
        left = left & holding(each, meanings.given(each), records.fields[each.field.name](now))
    return np.flatnonzero(left)


def column_of(feature: Feature, now: Snapshot, meanings: Meanings) -> Column:
    """A feature of every customer. Its filters mean the same at every moment."""
    records = RECORDS[feature.rows.function.name]
    rows = rows_left(records, feature.rows.filters, now, meanings)
    match feature:
        case Total():
            return aggregate(records, feature.aggregate.name, rows, now)
        case Reached():
            return _reached(feature, records, rows, now)
    assert_never(feature)


def _reached(feature: Reached, records: Records, rows: Whole, now: Snapshot) -> Dates:
    rows = records.in_order(now, rows)
    dates = records.fields["date"](now)
    assert isinstance(dates, Dates), "dates of rows"
    if feature.aggregate.name == "count":
        rows = records.counted(now, rows)
        place, known = _counted(records.owners(now)[rows], now.size, feature)
    else:
        values = records.fields[feature.aggregate.name.removeprefix("sum_")](now)
        assert isinstance(values, Numbers), "only numbers are added up"
        rows = rows[values.known[rows]]
        place, known = _added(records.owners(now)[rows], values.top[rows], now.size, feature)
    if not known.any():
        return Dates(np.zeros(now.size, np.int64), known)
    return Dates(dates.at[rows[np.where(known, place, 0)]], known)


def _counted(owners: Whole, size: int, feature: Reached) -> tuple[Whole, Mask]:
    """The place among rows at which each owner's count reaches the amount, and whether."""
    starts, ends = _spans(owners, size)
    amount = min(feature.amount, len(owners) + 1)  # more than there are is not reached
    place = starts + (amount - 1) if feature.forwards else ends - amount
    return place, ends - starts >= amount


def _added(owners: Whole, values: Whole, size: int, feature: Reached) -> tuple[Whole, Mask]:
    """The same for the sum of values, of which none is below zero."""
    starts, ends = _spans(owners, size)
    sums = running(values)
    amount = min(feature.amount, int(sums[-1]) + 1)
    if feature.forwards:
        wanted = sums[starts] + amount
        return np.searchsorted(sums, wanted, "left") - 1, wanted <= sums[ends]
    wanted = sums[ends] - amount
    return np.searchsorted(sums, wanted, "right") - 1, wanted >= sums[starts]


def _spans(owners: Whole, size: int) -> tuple[Whole, Whole]:
    """Where each owner's rows begin and end; owners are in order."""
    counts = np.bincount(owners, minlength=size)
    ends = np.cumsum(counts)
    return ends - counts, ends
