"""Records of any date are totals that time alone does not change."""

from __future__ import annotations

from segmentry.plan.nodes import Compared, Expression, Leaf, Total
from segmentry.plan.rules.dates import dates_of, rows_of
from segmentry.query.bound import RecordTest, Test


def all_time(test: Test) -> Expression:
    """A test without a date as a comparison of the count, sum or average of all its rows."""
    match test:
        case RecordTest(aggregates=(aggregate,)) if not dates_of(test):
            if rows := rows_of(test):
                return Leaf(Compared(Total(rows, aggregate.field), aggregate))
    return Leaf(test)
