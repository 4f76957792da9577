"""Read-only SQL over the facts, for people with notebooks.

The tables that a statement names are handed to a database in memory that can open no file, no
address and no extension, so whatever it says it reads nothing else and changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

import duckdb
import pyarrow as pa

from segmentry.base.errors import UserError
from segmentry.facts.tables import TABLES
from segmentry.storage.connecting import Settings, connect

LONGEST = 60.0
"""So many seconds at most a statement takes."""

MOST_ROWS = 5_000_000
_LOCKED: Settings = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": "2GB",
    "threads": "2",
}


def ask_sql(statement: str, read: Callable[[str], pa.Table]) -> pa.Table:
    """What one SELECT gives; `read` gives a canonical table by its name.

    Refuses what is no single SELECT, what takes too long or too much, and all that DuckDB
    refuses, in its words.
    """
    connection = connect(settings=_LOCKED)
    try:
        with _told():
            statements = connection.extract_statements(statement)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UserError("Ask one SELECT; nothing can be changed here.")
            for name in _named(statement):
                connection.register(name, read(name))
            connection.execute("SET lock_configuration = true")
            with _in_time(connection):
                found = connection.sql(statement).limit(MOST_ROWS + 1).to_arrow_table()
    finally:
        connection.close()
    if found.num_rows > MOST_ROWS:
        raise UserError(f"That gives more than {MOST_ROWS:,} rows. Ask for fewer.")
    return found


def _named(statement: str) -> list[str]:
    """The tables whose names stand in a statement; one too many costs only time."""
    words = set(re.findall(r"\w+", statement.lower()))
    return sorted(words & TABLES.keys())


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException:
        raise UserError(f"That takes longer than {LONGEST:.0f} seconds. Ask for less.") from None
    except duckdb.Error as error:
        raise UserError(f"SQL: {str(error).splitlines()[0]}") from None


@contextmanager
def _in_time(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    timer = Timer(LONGEST, connection.interrupt)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
