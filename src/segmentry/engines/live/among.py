"""Questions put to some customers alone, in columns of their own.

Nobody else is looked at, but for what a query measures customers against: that is found
once a day for the whole store, and kept.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import datetime

import numpy as np
import pyarrow as pa

from segmentry.engines.base import CustomerValue, RecordValues
from segmentry.engines.columns import ID, table_of
from segmentry.engines.live.arrow import in_order, to_arrow
from segmentry.engines.live.asked import AskedPlan
from segmentry.engines.live.bits import unpacked
from segmentry.engines.live.generation import Generation
from segmentry.engines.live.picking import rows_left
from segmentry.engines.live.records import records_of
from segmentry.engines.live.values import column_of
from segmentry.facts.field import Attribute
from segmentry.query.bound import RecordTest


def members_among(
    generation: Generation, customers: frozenset[str], plan: AskedPlan, as_of: datetime
) -> frozenset[str]:
    """Those of some customers for whom a plan holds at a moment."""
    found: set[str] = set()
    for part in generation.among(customers, as_of):
        members = unpacked(part.members(plan), part.now.size)
        found.update(part.now.customers.ids[members].tolist())
    return frozenset(found)


def values_among(
    generation: Generation, customers: Set[str], attribute: Attribute, as_of: datetime
) -> dict[str, CustomerValue]:
    """An attribute's value for those of some customers who are there at a moment."""
    day = generation.day(as_of).day
    found: dict[str, CustomerValue] = {}
    for part in generation.parts(customers, as_of):
        live = np.flatnonzero(part.live)
        values = column_of(attribute)(part, day).listed(live)
        found.update(zip(part.customers.ids[live].tolist(), values, strict=True))
    return found


def columns_among(
    generation: Generation, customers: Set[str], attributes: Sequence[Attribute], as_of: datetime
) -> pa.Table:
    """The values of attributes for those of some customers who are there at a moment."""
    day, zone = generation.day(as_of).day, generation.store.zone
    tables = [table_of((), [(each, {}) for each in attributes], zone)]
    for part in generation.parts(customers, as_of):
        columns = {ID: pa.array(part.customers.ids, pa.string())}
        for each in attributes:
            columns[each.name] = to_arrow(column_of(each)(part, day), each.type, zone)
        tables.append(pa.table(columns).filter(pa.array(part.live)))
    return in_order(tables)


def records_left(
    generation: Generation, customer: str, test: RecordTest, as_of: datetime
) -> list[RecordValues]:
    """The records of one customer that a test's filters leave at a moment."""
    records, meanings = records_of(test.function, test.filters), generation.meanings(as_of)
    found: list[RecordValues] = []
    for part in generation.parts({customer}, as_of):
        if part.live.all():
            rows = rows_left(records, test.filters, part, meanings)
            columns = {name: field(part).listed(rows) for name, field in records.fields.items()}
            found += [
                {name: values[place] for name, values in columns.items()}
                for place in range(len(rows))
            ]
    return found
