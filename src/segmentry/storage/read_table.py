"""Reads canonical tables from a connection, with all merges applied."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from segmentry.facts.tables import Table
from segmentry.storage.merged import SURVIVORS, reading


def read(connection: duckdb.DuckDBPyConnection, table: Table, rows: str | None = None) -> pa.Table:
    """A table in its declared schema, rows of merged profiles with their survivor's id.

    `rows` is an expression for the rows to read, all if there is none.
    """
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    merged = connection.execute("SELECT 1 FROM customer_merges LIMIT 1").fetchall()
    plain = f"SELECT {columns} FROM {rows or chr(34) + table.name + chr(34)}"
    statement = reading(table, columns, rows) if merged else plain
    return connection.sql(statement).to_arrow_table().cast(table.schema)


class FactsBeside:
    """The facts as they were when this was made, read without waiting for other readers."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        cursor.execute("SET TimeZone = 'UTC'")
        cursor.execute(SURVIVORS)
        cursor.execute("BEGIN")
        # With this it stands still.
        (row,) = cursor.execute("SELECT coalesce(max(position), 0) FROM applied").fetchall()
        self.position: int = row[0]

    def read(self, table: Table) -> pa.Table:
        """All rows of a table, in its declared schema."""
        return read(self._cursor, table)

    def go_on(self) -> None:
        """Read the facts as they are then from now on."""
        self._cursor.execute("COMMIT")

    def interrupt(self) -> None:
        """End what another thread is reading, with an error there."""
        self._cursor.interrupt()

    def close(self) -> None:
        """Let go of the facts."""
        self._cursor.close()
