"""A hash of all rows of a table that is the same in whatever order they are stored.

It is made of what the rows say, not of how DuckDB keeps or hashes them, so that hashes of
two versions of it can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import duckdb

from segmentry.facts.tables import TABLES, Table


@dataclass(frozen=True, slots=True)
class TableHash:
    """How many rows a table has, and the hash of them."""

    table: str
    rows: int
    hash: str


def hashes(connection: duckdb.DuckDBPyConnection) -> Iterator[TableHash]:
    """Those of every canonical table."""
    for table in TABLES.values():
        yield _hashed(connection, table)


def _hashed(connection: duckdb.DuckDBPyConnection, table: Table) -> TableHash:
    """The sums of both halves of each row's MD5: unlike one over sorted rows they need no
    memory, and unlike an exclusive or they tell two equal rows from none."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    ((count, low, high),) = connection.execute(
        f"""SELECT count(*), coalesce(sum(md5_number_lower(said)), 0),
            coalesce(sum(md5_number_upper(said)), 0)
        FROM (
            SELECT to_json(mine)::VARCHAR AS said
            FROM (SELECT {columns} FROM "{table.name}") mine
        )"""
    ).fetchall()
    text = f"{table.name} {count} {low} {high}"
    return TableHash(table.name, int(count), sha256(text.encode()).hexdigest())
