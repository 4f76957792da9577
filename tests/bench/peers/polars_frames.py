"""Polars, asked lazily, so that it can plan what it reads."""

from __future__ import annotations

import operator
from collections.abc import Mapping

import polars as pl
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


class PolarsFrames:
    """The store's tables as lazy frames over memory."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = {name: pl.DataFrame(table).lazy() for name, table in tables.items()}

    def column(self, table: str, limits: Limits, column: str = "customer") -> Whole:
        """A column of the rows within limits."""
        return self._within(table, limits).select(column).collect()[column].to_numpy()

    def totals(self, limits: Limits, table: str, how: str, column: str) -> tuple[Whole, Whole]:
        """Customers with rows within limits, and the count, sum, min or max of each."""
        value = pl.len() if how == "count" else getattr(pl.col(column), how)()
        grouped = self._within(table, limits).group_by("customer").agg(value.alias("value"))
        found = grouped.collect()
        return found["customer"].to_numpy(), found["value"].to_numpy()

    def _within(self, table: str, limits: Limits) -> pl.LazyFrame:
        rows = self._tables[table]
        return rows.filter(*map(_condition, limits)) if limits else rows


def _condition(limit: Limit) -> pl.Expr:
    column = pl.col(limit.column)
    if limit.comparison == "in":
        return column.is_in(list(limit.value))
    condition: pl.Expr = _COMPARISONS[limit.comparison](column, limit.value)
    return condition
