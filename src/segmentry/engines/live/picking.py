"""Which rows of a function pass its filters.

Where an index has the rows that pass one of them, and they are few, no others are looked
at.
"""

from __future__ import annotations

import numpy as np

from segmentry.engines.live.columns import Coded, Column, Through
from segmentry.engines.live.comparing import holding
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.meanings import Meanings
from segmentry.engines.live.moments import number_of
from segmentry.engines.live.record import Filters, Records
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.operands import Given
from segmentry.facts.operators import BETWEEN, EQUALS, IS_NULL
from segmentry.query.bound import FieldTest


def rows_left(records: Records, filters: Filters, now: Snapshot, meanings: Meanings) -> Whole:
    """The rows there are that pass all filters."""
    return passing(records.there(now, filters), records, filters, now, meanings)


def passing(
    there: Mask, records: Records, filters: Filters, now: Snapshot, meanings: Meanings
) -> Whole:
    """Those of the rows that are there that pass all filters."""
    columns = [(each, meanings.given(each), records.column(each.field, now)) for each in filters]
    for each, given, column in columns:
        rows = _few(records, now, each, given, column)
        if rows is not None:
            rows = rows[there[rows]]
            for test, meant, values in columns:
                rows = rows[holding(test, meant, values.taken(rows))]
            return rows
    for each, given, column in columns:
        there = there & holding(each, given, column)
    return np.flatnonzero(there)


def _few(
    records: Records, now: Snapshot, test: FieldTest, given: Given | None, column: Column
) -> Whole | None:
    """Rows of which all that pass a filter are some, where an index has them and they are few."""
    if given is None or test.negated or test.operator is IS_NULL:
        return None
    if test.field.type.dated:
        return _in_window(records, now, test, given)
    index = records.index(now) if records.index else None
    match column:
        case Coded(codes, words) if index and codes is index.codes:
            return index.rows(holding(test, given, Coded(np.arange(len(words.values)), words)))
        case Through(of, rows) if index and rows is index.codes:
            return index.rows(holding(test, given, of))
    return None


def _in_window(records: Records, now: Snapshot, test: FieldTest, given: Given) -> Whole | None:
    if records.between is None or test.operator not in (BETWEEN, EQUALS):
        return None
    return records.between(now, number_of(given[0].start), number_of(given[-1].end))
