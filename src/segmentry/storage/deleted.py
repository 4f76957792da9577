"""Takes away people who asked to be erased, and what is left of customers who were deleted.

Who was erased does not come back: what arrives about them later is dropped, and orders stay
without anything that names them. Acts of consent stay, since an opt-out is that of the
address. Records that their source deleted are taken away where they arrive, by `arriving`;
here those of profiles that were merged into a deleted one, and guests made anew.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.facts.tables import CONSENTS, CUSTOMER_MERGES, CUSTOMERS, ORDERS, TABLES, Table
from segmentry.storage.versions import AT, TIE, older, with_parts

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


def erases(connection: duckdb.DuckDBPyConnection, batch: Mapping[str, pa.Table]) -> bool:
    """Whether a batch took somebody away who asked for it: by name, or by a merge with them."""
    arriving = batch.get("deletions")
    if arriving is not None and pc.any(arriving.column("erased")).as_py():
        return True
    return "customer_merges" in batch and bool(connection.execute(ERASED + " LIMIT 1").fetchall())


_DELETED_CUSTOMERS = f"""
    SELECT id, {AT}, {TIE} FROM gone WHERE what = 'customer'
    UNION ALL
    SELECT customer_id, {AT}, {TIE}
    FROM gone JOIN survivors ON what = 'customer' AND survivor_id = id
"""
"""Deleted customers, a profile together with those merged into it."""


def take_away(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove what is older than a customer's deletion, and what is left of people erased."""
    if not connection.execute("SELECT 1 FROM gone WHERE what = 'customer' LIMIT 1").fetchall():
        return
    for table in with_parts(CUSTOMERS):
        connection.execute(
            f"""DELETE FROM "{table.name}" old USING ({_DELETED_CUSTOMERS}) g
            WHERE old.customer_id = g.id AND {older("old", "g", same=True)}"""
        )
    if not connection.execute("SELECT 1 FROM deletions WHERE erased LIMIT 1").fetchall():
        return
    connection.execute(_ERASE_FROM_ORDERS)
    for table in TABLES.values():
        if table not in (ORDERS, CONSENTS, CUSTOMER_MERGES) and _names_customer(table):
            connection.execute(f'DELETE FROM "{table.name}" WHERE customer_id IN ({ERASED})')


def _names_customer(table: Table) -> bool:
    return any(column.name == "customer_id" for column in table.columns)
