"""Takes away records that their source deleted, and people who asked to be erased.

A deletion holds until the record itself arrives in a later import: then the source knows
it again. Who was erased does not come back: what arrives about them later is dropped, and
orders stay without anything that names them. Acts of consent stay, since an opt-out is
that of the address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.facts.tables import CONSENTS, CUSTOMER_MERGES, DELETABLE, ORDERS, TABLES, Table

DELETED = """
    CREATE OR REPLACE TEMP VIEW deleted AS
    WITH meant AS (
        SELECT kind, erased,
            CASE WHEN kind = 'customer' AND erased THEN coalesce(survivor_id, record_id)
                ELSE record_id END AS record_id
        FROM deletions LEFT JOIN survivors ON customer_id = record_id
    )
    SELECT kind, erased, record_id FROM meant
    UNION ALL
    SELECT kind, erased, customer_id
    FROM meant JOIN survivors ON kind = 'customer' AND survivor_id = record_id
"""
"""What deletions are of: a profile together with those merged into it, and whoever asks to be
erased under a former id as the person they are now."""

ERASED = "SELECT record_id FROM deleted WHERE kind = 'customer' AND erased"
"""The ids of people who were erased."""

_ERASE_FROM_ORDERS = f"""
    UPDATE orders SET customer_id = NULL, guest = false, email_key = NULL, phone = NULL
    WHERE customer_id IN ({ERASED})
"""


def revive(connection: duckdb.DuckDBPyConnection, batch: Mapping[str, pa.Table]) -> None:
    """Forget the deletion of records that arrive again, unless they were erased."""
    for kind, table in DELETABLE.items():
        if table.name in batch:
            connection.register("again", batch[table.name].select([table.owner[0]]))
            connection.execute(
                f"""DELETE FROM deletions WHERE kind = '{kind}' AND erased IS NOT TRUE
                AND record_id IN (SELECT "{table.owner[0]}" FROM again)"""
            )
            connection.unregister("again")


def erases(connection: duckdb.DuckDBPyConnection, batch: Mapping[str, pa.Table]) -> bool:
    """Whether a batch took somebody away who asked for it: by name, or by a merge with them."""
    arriving = batch.get("deletions")
    if arriving is not None and pc.any(arriving.column("erased")).as_py():
        return True
    return "customer_merges" in batch and bool(connection.execute(ERASED + " LIMIT 1").fetchall())


def take_away(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove every deleted record with its parts, and what is left of people erased."""
    if not connection.execute("SELECT 1 FROM deletions LIMIT 1").fetchall():
        return
    connection.execute(_ERASE_FROM_ORDERS)
    for kind, table in DELETABLE.items():
        for part in _with_parts(table):
            _remove(connection, part, table.owner[0], f"kind = '{kind}'")
    for table in TABLES.values():
        if table not in (ORDERS, CONSENTS, CUSTOMER_MERGES) and _names_customer(table):
            _remove(connection, table, "customer_id", "kind = 'customer' AND erased")


def _remove(connection: duckdb.DuckDBPyConnection, table: Table, key: str, which: str) -> None:
    connection.execute(
        f"""DELETE FROM "{table.name}" WHERE "{key}" IN
        (SELECT record_id FROM deleted WHERE {which})"""
    )


def _with_parts(table: Table) -> Iterator[Table]:
    yield table
    yield from (part for part in TABLES.values() if part.part_of == table.name)


def _names_customer(table: Table) -> bool:
    return any(column.name == "customer_id" for column in table.columns)
