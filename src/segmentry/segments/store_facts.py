"""Answers what warnings of queries ask of a store's data, at one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from segmentry.engines.base import Engine
from segmentry.facts.field import Field, Function
from segmentry.facts.kept import Kept, kept
from segmentry.facts.tables import TABLES, Table
from segmentry.plan.nodes import Leaf, Plan
from segmentry.query.bound import Test

Distinct = Callable[[Table, tuple[str, ...]], Iterable[tuple[str, ...]]]
"""The different values that columns of a table have together, none of them missing."""


@dataclass(frozen=True, slots=True)
class StoreFactsAt:
    """The data of a store at a moment. The engine is made when it is first needed; `values`
    keeps what was looked up, for the next query."""

    engine: Callable[[], Engine]
    as_of: datetime
    distinct: Distinct
    values: dict[Kept, frozenset[str]] = field(default_factory=dict)

    def count(self, test: Test) -> int:
        """How many customers a condition holds of."""
        return len(self.engine().members(Plan(Leaf(test)), self.as_of))

    def carried(self, function: Function | None, field: Field) -> frozenset[str] | None:
        """All values, as written, that an attribute or a parameter has; None where they are
        not kept as they stand."""
        places = kept(function, field)
        return frozenset().union(*map(self._values, places)) if places else None

    def _values(self, place: Kept) -> frozenset[str]:
        if place not in self.values:
            columns = (place.column, place.also) if place.also else (place.column,)
            rows = self.distinct(TABLES[place.table], columns)
            self.values[place] = frozenset(map(_one, rows))
        return self.values[place]


def _one(row: tuple[str, ...]) -> str:
    """The value of a row; what follows the first column has its spaces taken out."""
    first, *more = row
    return "-".join([first, *("".join(each.split()) for each in more)])
