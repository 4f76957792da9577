"""Opens DuckDB so that it writes nothing of its own between the lines of a command."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

Settings = dict[str, str | bool | int | float | list[str]]
"""What DuckDB is told as it begins, by the names of its settings."""


def connect(
    path: Path | None = None, *, read_only: bool = False, settings: Settings | None = None
) -> duckdb.DuckDBPyConnection:
    """A connection to a file or, without one, to memory, with no progress bar.

    In a notebook without the package that draws the bar DuckDB refuses the setting;
    there it cannot be drawn either.
    """
    connection = duckdb.connect(
        ":memory:" if path is None else str(path), read_only=read_only, config=settings or {}
    )
    with suppress(duckdb.InvalidInputException):
        connection.execute("SET enable_progress_bar = false")
    return connection
