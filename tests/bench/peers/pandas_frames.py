"""pandas, with the types that Arrow's tables become by themselves."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import reduce
from typing import Any

import pandas as pd
import pyarrow as pa

from tests.bench.peers.frames import Limit, Limits
from tests.bench.workload.columns import Whole

_COMPARISONS = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class PandasFrames:
    """The store's tables as data frames."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables: dict[str, pd.DataFrame] = {n: t.to_pandas() for n, t in tables.items()}

    def column(self, table: str, limits: Limits, column: str = "customer") -> Whole:
        """A column of the rows within limits."""
        found: Whole = self._within(table, limits)[column].to_numpy()
        return found

    def totals(self, limits: Limits, table: str, how: str, column: str) -> tuple[Whole, Whole]:
        """Customers with rows within limits, and the count, sum, min or max of each."""
        groups = self._within(table, limits).groupby("customer")
        how = {"n_unique": "nunique"}.get(how, how)
        found = groups.size() if how == "count" else getattr(groups[column], how)()
        return found.index.to_numpy(), found.to_numpy()

    def _within(self, table: str, limits: Limits) -> Any:
        rows = self._tables[table]
        if not limits:
            return rows
        return rows[reduce(operator.and_, (_mask(rows, each) for each in limits))]


def _mask(rows: Any, limit: Limit) -> Any:
    column = rows[limit.column]
    if limit.comparison == "in":
        return column.isin(list(limit.value))
    return _COMPARISONS[limit.comparison](column, limit.value)
