"""Descriptions answered by a data frame library: filters, groups, and masks of customers.

Each condition is asked of the library; what customers it leaves becomes a mask, and masks
are combined. The libraries differ in two calls only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any, Protocol, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa

from tests.bench.asking.descriptions import (
    All,
    AnyOf,
    Dated,
    DatedBetween,
    Described,
    Filter,
    Listed,
    Missing,
    Not,
    Number,
    Records,
    Window,
    Word,
)
from tests.bench.asking.sample import DATES, NUMBERS, WORDS
from tests.bench.peers.duckdb_store import start_of, today
from tests.bench.workload.columns import Mask, Whole
from tests.bench.workload.store import AS_OF

TABLES = (
    *("customers", "orders", "purchases", "refunds", "products", "product_tags"),
    *("customer_tags", "addresses", "interests", "companies"),
)
_LISTS = {
    "customer_tags": ("customer_tags", "tag"),
    "customer_countries": ("addresses", "country"),
    "customer_interests": ("interests", "interest"),
    "companies": ("companies", "company_id"),
}
_OWN_DATES = {"customer_added_date": "created_at", "email_subscription_date": "email_since"}
_RECORDS = {
    "orders_placed": ("orders", "ordered_at", "net"),
    "products_purchased": ("purchases", "ordered_at", "amount"),
    "refunds": ("refunds", "refunded_at", "amount"),
}
_COMPARISONS: Mapping[str, np.ufunc] = {
    "=": np.equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A column compared with a value, or `in` several."""

    column: str
    comparison: str
    value: Any


Limits: TypeAlias = Sequence[Limit]


class Frames(Protocol):
    """What is asked of a library."""

    def column(self, table: str, limits: Limits, column: str = "customer") -> Whole:
        """A column of the rows within limits."""
        ...

    def totals(self, limits: Limits, table: str, how: str, column: str) -> tuple[Whole, Whole]:
        """Customers with rows within limits, and the count, sum, min or max of each."""
        ...


def arrow_tables(db: duckdb.DuckDBPyConnection) -> Mapping[str, pa.Table]:
    """The store as DuckDB has laid it out."""
    return {name: db.sql(f"FROM {name}").to_arrow_table() for name in TABLES}


@dataclass(frozen=True, slots=True)
class Asked:
    """A library asked about a store of so many customers."""

    frames: Frames
    customers: int

    def members(self, described: Described) -> Mask:
        """The customers of a segment whose conditions are all easy."""
        match described:
            case Not(part):
                return ~self.members(part)
            case All(parts):
                return reduce(np.logical_and, map(self.members, parts))
            case AnyOf(parts):
                return reduce(np.logical_or, map(self.members, parts))
            case Listed(name, words):
                table, column = _LISTS[name]
                return self._of(self.frames.column(table, [Limit(column, "in", words)]))
            case Missing(name):
                return ~self._of(self.frames.column(_LISTS[name][0], []))
            case Word(name, words):
                return self._of(self.frames.column("customers", [Limit(WORDS[name], "in", words)]))
            case Dated(name, comparison, days):
                return self._dated(name, [(comparison, _begin(days))])
            case DatedBetween(name, first, last):
                return self._dated(name, [(">=", _begin(first)), ("<", _begin(last - 1))])
            case Number(name, comparison, value):
                column = "customer" if NUMBERS[name] == "count" else "net"
                owners, found = self.frames.totals([], "orders", NUMBERS[name], column)
                values = np.zeros(self.customers, np.int64)
                values[owners] = found
                return np.asarray(_COMPARISONS[comparison](values, int(value)))
            case Records():
                return self._records(described)
        raise NotImplementedError(f"{described} is not an easy condition")

    def _of(self, customers: Whole) -> Mask:
        mask = np.zeros(self.customers, np.bool_)
        mask[customers] = True
        return mask

    def _dated(self, name: str, bounds: Sequence[tuple[str, datetime]]) -> Mask:
        if name in _OWN_DATES:
            limits = [Limit(_OWN_DATES[name], comparison, at) for comparison, at in bounds]
            return self._of(self.frames.column("customers", limits))
        owners, found = self.frames.totals([], "orders", DATES[name], "ordered_at")
        fits = [_COMPARISONS[comparison](found, np.datetime64(at)) for comparison, at in bounds]
        return self._of(owners[np.logical_and.reduce(fits)])

    def _records(self, records: Records) -> Mask:
        table, dated, money = _RECORDS[records.function]
        filters = (self._filter(each, money) for each in records.filters)
        limits = [*_within(dated, records.window), *filters]
        total = records.total
        if total is None:
            return self._of(self.frames.column(table, limits))
        column = money if total.name == "sum_amount" else "customer"
        how = "sum" if total.name == "sum_amount" else "count"
        if how == "count" and table == "purchases":
            how, column = "n_unique", "number"
        owners, found = self.frames.totals(limits, table, how, column)
        fits = self._of(owners[_COMPARISONS[total.comparison](found, total.value)])
        return fits | ~self._of(owners) if total.fits_none else fits

    def _filter(self, each: Filter, money: str) -> Limit:
        if each.name in ("tag", "category", "vendor"):
            table = "product_tags" if each.name == "tag" else "products"
            wanted = [Limit(each.name, "in", each.values)]
            return Limit("product", "in", self.frames.column(table, wanted, "product").tolist())
        name = {"id": "product", "amount": money}.get(each.name, each.name)
        if len(each.values) > 1:
            return Limit(name, "in", each.values)
        return Limit(name, each.comparison, each.values[0])


def _within(dated: str, window: Window | None) -> list[Limit]:
    if window is None:
        return []
    if window.hours is not None:
        return [Limit(dated, ">=", _bare(AS_OF - timedelta(hours=window.hours)))]
    end = [] if window.last is None else [Limit(dated, "<", _begin(window.last - 1))]
    return [Limit(dated, ">=", _begin(window.first)), *end]


def _begin(days: int) -> datetime:
    return _bare(start_of(today() - timedelta(days=days)))


def _bare(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
