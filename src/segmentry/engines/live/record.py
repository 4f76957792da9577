"""What a function ranges over: rows of every customer, and how each of their fields is found.

A function's rows are all its records, of every customer; which of them there are at a
moment is a mask over them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from segmentry.engines.live.columns import Column
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.groups import Index
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import RowsOf, StoreColumns
from segmentry.facts.field import Field as Parameter
from segmentry.facts.properties import Property
from segmentry.query.bound import FieldTest

Field = Callable[[Snapshot], Column]
"""How a field is found, one place a row."""

Filters = Collection[FieldTest]
"""The tests that rows have to pass."""


def _rows_themselves(now: Snapshot, rows: Whole) -> Whole:
    return rows


@dataclass(frozen=True, slots=True)
class Records:
    """What a function ranges over: whose each row is, which rows there are, their fields.

    Rows are in the order of customers, and those of one customer in the order of time,
    once `in_order` has sorted them. `counted` picks from rows those that `count` counts.
    `index` finds the rows of a few codes, `between` those from one moment on, before another.
    `of_property` reads those fields whose names only the records know.
    """

    owners: Callable[[Snapshot], Whole]
    there: Callable[[Snapshot, Filters], Mask]
    fields: Mapping[str, Field]
    counted: Callable[[Snapshot, Whole], Whole] = _rows_themselves
    in_order: Callable[[Snapshot, Whole], Whole] = _rows_themselves
    index: Callable[[Snapshot], Index] | None = None
    between: Callable[[Snapshot, int, int], Whole | None] | None = None
    of_property: Callable[[Property], Field] | None = None

    def column(self, field: Parameter, now: Snapshot) -> Column:
        """A field of every row, a property that was given at will included."""
        if isinstance(field, Property):
            assert self.of_property is not None, "only these records have properties"
            return self.of_property(field)(now)
        return self.fields[field.name](now)

    def added(self, aggregate: Parameter, now: Snapshot) -> Column:
        """What a sum or an average adds up, of every row."""
        if isinstance(aggregate, Property):
            return self.column(aggregate, now)
        return self.fields[aggregate.name.partition("_")[2]](now)


def lasting(of: RowsOf, name: str, read: Callable[[StoreColumns], Column]) -> Field:
    """A field that does not depend on the moment, read once."""
    return lambda now: now.columns.kept(f"{of}.{name}", read, of)
