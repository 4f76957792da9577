"""Customers by ordinal: their profiles, and what belongs to them without a moment.

A customer's ordinal is the place of their id among all ids in order.
"""

from __future__ import annotations

from collections.abc import Set
from functools import cached_property

import numpy as np
import pyarrow as pa

from segmentry.engines.base import FactSource
from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE, Coded, Dates, Lists, Numbers, listed_by
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.keys import Keys
from segmentry.facts.tables import CUSTOMERS, Table


class Customers:
    """The profiles; a column is read when it is first asked for."""

    def __init__(self, facts: FactSource) -> None:
        self._facts = facts
        self._table = facts.read(CUSTOMERS).sort_by("customer_id")
        self._coded: dict[str, Coded] = {}

    @cached_property
    def keys(self) -> Keys:
        """Their ids, to be looked up."""
        return Keys(self._table.column("customer_id").combine_chunks())

    @property
    def size(self) -> int:
        """How many there are."""
        return self.keys.size

    @cached_property
    def ids(self) -> Whole:
        """Their ids, as an array of texts."""
        return np.asarray(self.keys.texts.to_numpy(zero_copy_only=False))

    def ordinals(self, customers: Set[str]) -> Whole:
        """Where those among some customers are, in order."""
        wanted = pa.chunked_array([pa.array(list(customers), pa.string())])
        found = self.keys.rows_of(wanted)
        return np.sort(found[found != NONE])

    def among(self, customers: Set[str]) -> Mask:
        """Who is one of some customers."""
        mask = np.zeros(self.size, np.bool_)
        mask[self.ordinals(customers)] = True
        return mask

    @cached_property
    def internal(self) -> Mask:
        """Staff and tests."""
        return reading.truths(self._table.column("internal"))

    def coded(self, name: str) -> Coded:
        """A column of texts."""
        if name not in self._coded:
            self._coded[name] = reading.coded(self._table.column(name))
        return self._coded[name]

    def numbers(self, name: str) -> Numbers:
        """A column of whole numbers."""
        return reading.numbers(self._table.column(name))

    def dates(self, name: str) -> Dates:
        """A column of moments or days."""
        return reading.dates(self._table.column(name))

    def texts(self, name: str) -> pa.ChunkedArray:
        """A column of texts as it was read, in the order of ordinals."""
        return self._table.column(name)

    def owned(self, table: Table) -> tuple[pa.Table, Whole]:
        """The rows of a table that belong to a customer there is, and whose they are."""
        return reading.owned(self._facts.read(table), "customer_id", self.keys)

    def belongings(self, table: Table) -> tuple[pa.Table, Whole]:
        """The same, in the order of customers."""
        rows, owners = self.owned(table)
        order = np.argsort(owners, kind="stable")
        return rows.take(pa.array(order)), owners[order]

    def lists(self, table: Table, column: str) -> Lists:
        """The values that a table has of each customer."""
        rows, owners = self.owned(table)
        return self.listed(owners, reading.coded(rows.column(column)))

    def listed(self, owners: Whole, values: Coded) -> Lists:
        """Coded values of some owners as a list of each customer."""
        return listed_by(owners, values, self.size)

    def earliest(self, owners: Whole, moments: Dates) -> Dates:
        """The first known moment of each customer."""
        first = np.full(self.size, np.iinfo(np.int64).max)
        np.minimum.at(first, owners[moments.known], moments.at[moments.known])
        return Dates(first, first < np.iinfo(np.int64).max)

    def latest(self, owners: Whole, moments: Whole) -> Dates:
        """The last moment of each customer."""
        last = np.full(self.size, np.iinfo(np.int64).min)
        np.maximum.at(last, owners, moments)
        return Dates(last, last > np.iinfo(np.int64).min)
