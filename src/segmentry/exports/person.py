"""Everything that the facts hold about one person, and nothing about another.

What a person may ask for: the rows of every table that are theirs, under each id that they
had, with the parts of these rows; acts of consent with their proof among them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from segmentry.facts.tables import TABLES, Table

Rows: TypeAlias = list[dict[str, Any]]

_CUSTOMER = "customer_id"
_RECORDS = {"order_id": "orders", "checkout_id": "checkouts"}
"""Records that rows of other tables are parts of, by the key that names them."""


class StoredRows(Protocol):
    """Where the rows are."""

    def stored(self, table: Table, by: str, wanted: Sequence[str]) -> pa.Table:
        """The rows of a table as they came, of which `by` is among `wanted`."""
        ...


def ids_of(customer: str, survivors: Mapping[str, str]) -> tuple[str, ...]:
    """The key of a customer and those of the profiles that were merged into them."""
    return (customer, *sorted(gone for gone, lives in survivors.items() if lives == customer))


def everything_about(facts: StoredRows, ids: Sequence[str]) -> dict[str, Rows]:
    """The rows about a person known by these ids, by table; tables without any left out."""
    found = {name: list(_rows(_own(facts, table, ids))) for name, table in TABLES.items()}
    return {name: rows for name, rows in found.items() if rows}


def _own(facts: StoredRows, table: Table, ids: Sequence[str]) -> Iterator[pa.Table]:
    names = [column.name for column in table.columns]
    if _CUSTOMER in names:
        yield facts.stored(table, _CUSTOMER, ids)
    for key, owner in _RECORDS.items():
        if owner in (table.part_of, table.belongs_to):
            records = facts.stored(TABLES[owner], _CUSTOMER, ids)
            unnamed = f"CASE WHEN {_CUSTOMER} IS NULL THEN {key} END" if _CUSTOMER in names else key
            yield facts.stored(table, unnamed, records.column(key).to_pylist())


def _rows(tables: Iterable[pa.Table]) -> Iterator[dict[str, Any]]:
    for table in tables:
        in_order = table.sort_by([(name, "ascending") for name in table.column_names])
        for row in in_order.to_pylist():
            yield plain_row(row)


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it, without what is missing."""
    return {name: _plain(value) for name, value in row.items() if value is not None}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
