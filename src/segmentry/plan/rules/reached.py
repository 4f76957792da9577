"""At least so many rows since a day: the last but so many was on that day or after."""

from __future__ import annotations

from segmentry.facts.operators import GREATER_OR_EQUAL
from segmentry.plan.nodes import Compared, Expression, Intersection, Leaf, Reached
from segmentry.plan.rules.dates import dates_of, open_side, rows_of
from segmentry.query.bound import FieldTest, RecordTest, Test


def reached(test: Test) -> Expression:
    """A count or sum of at least so much, of rows open to one side of time, as the date at
    which it is reached, compared with the days that bound the rows.

    Rows open to the later side are counted back from the latest one, those open to the
    earlier side from the first one on.
    """
    match test:
        case RecordTest(aggregates=(aggregate,)) if aggregate.field.rising:
            side, amount, rows = open_side(test), _amount(aggregate), rows_of(test)
            if side and amount and rows:
                forwards = side == "earlier"
                feature = Reached(rows, aggregate.field, amount, forwards)
                cuts = [Leaf(Compared(feature, cut)) for cut in dates_of(test)]
                return cuts[0] if len(cuts) == 1 else Intersection(tuple(cuts))
    return Leaf(test)


def _amount(aggregate: FieldTest) -> int | None:
    """What has to be reached, where it is as simple as that."""
    match aggregate:
        case FieldTest(operator=operator, negated=False, operands=(int(amount),)):
            return amount if operator is GREATER_OR_EQUAL else None
    return None
