"""Rows as a program has them to canonical Arrow tables.

Knows the declared schemas. Does not know any platform: connectors map first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.base.errors import DataError
from segmentry.base.text import email_key
from segmentry.facts.tables import TABLES, Column, Table
from segmentry.ingest.arrow_tables import looked_over
from segmentry.ingest.cells import cell

Rows: TypeAlias = Iterable[Mapping[str, Any]]
Records: TypeAlias = Mapping[str, Rows | pa.Table]
"""Table name to rows, or to an Arrow table that is canonical already."""

_SOURCE = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""What stands before the colon in every id, so it has none itself."""

_DEFAULTS: dict[tuple[str, str], Any] = {
    ("orders", "state"): "PAID",
    ("orders", "placed"): True,
    ("order_lines", "kind"): "PRODUCT",
    ("order_lines", "quantity"): 1,
}


def canonical(records: Records, source: str, zone: ZoneInfo) -> dict[str, pa.Table]:
    """The records as canonical tables, of several with one key the last.

    Ids get the source's name before them; money may be text, integer or Decimal;
    times without a zone are on the store's clock. Raises DataError naming table,
    row and column of what cannot be taken; then nothing is.
    """
    if not isinstance(records, Mapping):
        raise DataError("Records are a dictionary: the name of a table to its rows.")
    check_source(source)
    tables = {}
    for name, rows in records.items():
        if name not in TABLES:
            raise DataError(f"There is no table '{name}'. Tables: {', '.join(TABLES)}.")
        table = TABLES[name]
        arrow = rows if isinstance(rows, pa.Table) else _table(table, rows, source, zone)
        tables[name] = _last_of_each(table, looked_over(table, arrow))
    return tables


def check_source(source: str) -> None:
    """Refuse what cannot stand before the colon of ids."""
    if not _SOURCE.fullmatch(source):
        raise DataError(
            f"'{source[:40]}' is no name of a source: use letters, digits, '_' and '-', as in shop."
        )


def _last_of_each(table: Table, arrow: pa.Table) -> pa.Table:
    """Where a key stands twice the later record replaces the earlier."""
    if not table.one_row_each or arrow.num_rows < 2:
        return arrow
    keys = list(table.owner)
    numbered = arrow.select(keys).append_column("row", pa.array(range(arrow.num_rows)))
    last = numbered.group_by(keys).aggregate([("row", "max")]).column("row_max")
    if len(last) == arrow.num_rows:
        return arrow
    return arrow.take(pc.take(last, pc.sort_indices(last)))


def _table(table: Table, rows: Rows, source: str, zone: ZoneInfo) -> pa.Table:
    columns: dict[str, list[Any]] = {column.name: [] for column in table.columns}
    for number, row in enumerate(_each(table, rows), start=1):
        _refuse_unknown(table, row, number)
        for column in table.columns:
            try:
                value = row.get(column.name, default_of(table, column, row))
                columns[column.name].append(cell(table.name, column, value, source, zone))
            except (ValueError, TypeError, OverflowError) as error:
                raise DataError(f"{table.name} row {number}, {column.name}: {error}") from error
    return pa.table(columns, schema=table.schema)


def _each(table: Table, rows: Rows) -> Iterable[Mapping[str, Any]]:
    """The rows, if that is what they are."""
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise DataError(
            f"{table.name}: rows are a list with a dictionary for each, or a pyarrow.Table."
        )
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, Mapping):
            raise DataError(
                f"{table.name} row {number}: a row is a dictionary of columns, "
                f"this is {type(row).__name__}."
            )
        yield row


def _refuse_unknown(table: Table, row: Mapping[str, Any], number: int) -> None:
    known = [column.name for column in table.columns]
    if unknown := sorted(str(name) for name in row if name not in known):
        raise DataError(
            f"{table.name} row {number}: there is no column '{unknown[0][:40]}'. "
            f"Columns: {', '.join(known)}."
        )


def default_of(table: Table, column: Column, row: Mapping[str, Any]) -> Any:
    """What stands where a row says nothing: the key of the address that it does give."""
    if column.name == "email_key" and isinstance(row.get("email"), str):
        return email_key(row["email"])
    return _DEFAULTS.get((table.name, column.name))
