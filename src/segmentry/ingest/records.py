"""Rows as a program has them to canonical Arrow tables.

Knows the declared schemas. Does not know any platform: connectors map first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from segmentry.base.errors import DataError
from segmentry.base.money import money_of, parse_money
from segmentry.base.text import email_key
from segmentry.facts.orders import STATES
from segmentry.facts.tables import BOOLEAN, DAY, INTEGER, MOMENT, TABLES, TEXT, Column, Table
from segmentry.query.dates import local_instant

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
_MONEY = {
    *("amount", "paid", "total", "shipping", "tax", "discount", "unit_price", "value"),
    *("income", "balance"),
}
_IDS = {"merged_into", "record_id"}
_ADDRESS_KEYS = {"email_key", "address_key"}
_ENUMS = {("orders", "state"): STATES}


def canonical(records: Records, source: str, zone: ZoneInfo) -> dict[str, pa.Table]:
    """The records as canonical tables, of several with one key the last.

    Ids get the source's name before them; money may be text, integer or Decimal;
    times without a zone are on the store's clock. Raises DataError naming table,
    row and column of what cannot be taken.
    """
    if not _SOURCE.fullmatch(source):
        raise DataError(
            f"'{source[:40]}' is no name of a source: use letters, digits, '_' and '-', as in shop."
        )
    tables = {}
    for name, rows in records.items():
        if name not in TABLES:
            raise DataError(f"There is no table '{name}'. Tables: {', '.join(TABLES)}.")
        table = TABLES[name]
        arrow = rows if isinstance(rows, pa.Table) else _table(table, rows, source, zone)
        tables[name] = _last_of_each(table, _checked(table, arrow))
    return tables


def _checked(table: Table, arrow: pa.Table) -> pa.Table:
    if arrow.schema.names != table.schema.names:
        raise DataError(f"The columns of '{table.name}' are {', '.join(table.schema.names)}.")
    for column in table.columns:
        if column.required and arrow.column(column.name).null_count:
            raise DataError(f"{table.name}.{column.name} is empty in some rows; it is required.")
    return arrow.cast(table.schema)


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
    known = {column.name for column in table.columns}
    columns: dict[str, list[Any]] = {column.name: [] for column in table.columns}
    for number, row in enumerate(rows, start=1):
        if unknown := set(row) - known:
            raise DataError(
                f"{table.name} row {number}: there is no column '{min(unknown)}'. "
                f"Columns: {', '.join(known)}."
            )
        for column in table.columns:
            value = row.get(column.name, _default(table, column, row))
            try:
                columns[column.name].append(_value(table, column, value, source, zone))
            except (ValueError, TypeError) as error:
                raise DataError(f"{table.name} row {number}, {column.name}: {error}") from error
    return pa.table(columns, schema=table.schema)


def _default(table: Table, column: Column, row: Mapping[str, Any]) -> Any:
    """What stands where a row says nothing: the key of the address that it does give."""
    if column.name == "email_key" and row.get("email"):
        return email_key(str(row["email"]))
    return _DEFAULTS.get((table.name, column.name))


def _value(table: Table, column: Column, value: Any, source: str, zone: ZoneInfo) -> Any:
    if value is None or (isinstance(value, str) and not value.strip()):
        if column.required:
            raise ValueError("is required")
        return None
    if (allowed := _ENUMS.get((table.name, column.name))) and value not in allowed:
        raise ValueError(f"'{value}' is not one of {', '.join(allowed)}")
    if column.type == INTEGER:
        return _money(value) if column.name in _MONEY else _whole(value)
    if column.type == MOMENT:
        return _moment(value, zone)
    if column.type == DAY:
        return value if isinstance(value, date) else date.fromisoformat(value)
    if column.type == BOOLEAN:
        return _truth(value)
    if column.type == TEXT and (column.name.endswith("_id") or column.name in _IDS):
        return f"{source}:{value}"
    if column.name in _ADDRESS_KEYS and "@" in str(value):
        return _address_key(str(value))
    return value if column.type != TEXT else str(value)


def _address_key(address: str) -> str:
    """The key of an address, or of what is a key already."""
    key = email_key(address)
    if key is None:
        raise ValueError("this is no e-mail address; leave it empty or write it as ann@example.com")
    return key


def _money(value: Any) -> int:
    if isinstance(value, Decimal):
        return money_of(value)
    if isinstance(value, str | int) and not isinstance(value, bool):
        return parse_money(str(value))
    raise TypeError("money is a text, an integer or a Decimal, never a float")


def _whole(value: Any) -> int:
    if isinstance(value, int | str) and not isinstance(value, bool):
        return int(value)
    raise TypeError("a whole number is needed")


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise ValueError(f"'{value}' is neither true nor false")


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.astimezone(UTC) if moment.tzinfo else local_instant(moment, zone)
