"""Takes one person from the facts: the rule of `traces`, said to the database.

Works in a transaction of the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from segmentry.facts.tables import CONSENTS, CUSTOMER_MERGES, CUSTOMERS, ORDERS, TABLES, TEXT, Table
from segmentry.storage.identify import identify
from segmentry.storage.traces import BY_RECORD, Traces
from segmentry.storage.versions import with_parts

_KEEPING_SOMETHING = (ORDERS, CONSENTS, CUSTOMER_MERGES)

_WITH_CUSTOMERS = [
    table
    for table in TABLES.values()
    if any(column.name == "customer_id" for column in table.columns)
]

CUSTOMER_IDS = " UNION ".join(
    [
        *(f'SELECT customer_id FROM "{table.name}"' for table in _WITH_CUSTOMERS),
        "SELECT merged_into FROM customer_merges",
        "SELECT record_id FROM deletions WHERE kind = 'customer'",
    ]
)
"""Every id of a customer that stands anywhere."""

_STATEMENTS = (
    """UPDATE orders SET customer_id = NULL, guest = false, email_key = NULL, phone = NULL
    WHERE customer_id IN (FROM erased_ids) OR order_id IN (FROM erased_orders)
    OR (guest AND coalesce(email_key, phone) IN (FROM erased_addresses))""",
    "UPDATE orders SET email_key = NULL WHERE email_key IN (FROM erased_addresses)",
    "UPDATE orders SET phone = NULL WHERE phone IN (FROM erased_addresses)",
    """UPDATE consents SET customer_id = heir FROM erased_heirs
    WHERE consents.customer_id IN (FROM erased_ids) AND address_key = address""",
    """DELETE FROM consents WHERE customer_id IN (FROM erased_ids)
    OR address_key IN (FROM erased_addresses)""",
    """DELETE FROM customer_merges
    WHERE customer_id IN (FROM erased_ids) OR merged_into IN (FROM erased_ids)""",
    "DELETE FROM deletions WHERE kind = 'customer' AND record_id IN (FROM erased_ids)",
)


def erase_from(connection: duckdb.DuckDBPyConnection, traces: Traces) -> None:
    """Leave of somebody what `Traces.left` does."""
    names = {
        "erased_ids": _ids(traces.ids),
        "erased_addresses": _ids(traces.addresses),
        "erased_heirs": pa.table(
            {
                "address": pa.array(traces.heirs.keys(), TEXT),
                "heir": pa.array(traces.heirs.values(), TEXT),
            }
        ),
        "erased_orders": _ids(traces.records.get("orders", ())),
        **{f"erased_{name}": _ids(traces.records.get(name, ())) for name in BY_RECORD},
    }
    for name, table in names.items():
        connection.register(name, table)
    try:
        for statement in (*_STATEMENTS, *_deletes()):
            connection.execute(statement)
    finally:
        for name in names:
            connection.unregister(name)
    identify(connection)


def _ids(ids: Iterable[str]) -> pa.Table:
    return pa.table([pa.array(sorted(ids), TEXT)], names=["id"])


def _deletes() -> Iterable[str]:
    for table in _WITH_CUSTOMERS:
        if table not in _KEEPING_SOMETHING:
            yield f'DELETE FROM "{table.name}" WHERE customer_id IN (FROM erased_ids)'
    for name in BY_RECORD:
        for table in with_parts(TABLES[name]):
            yield from _by_record(table, name)
    words = ", ".join(
        ["'customer'", *(f"'{each.name}'" for each in with_parts(CUSTOMERS))],
    )
    yield f"DELETE FROM gone WHERE what IN ({words}) AND id IN (FROM erased_ids)"


def _by_record(table: Table, name: str) -> Iterable[str]:
    yield f'DELETE FROM "{table.name}" WHERE "{table.owner[0]}" IN (FROM erased_{name})'


def remove_events(connection: duckdb.DuckDBPyConnection, ids: Iterable[str]) -> None:
    """Take events away."""
    connection.register("aged_events", _ids(ids))
    try:
        connection.execute("DELETE FROM events WHERE event_id IN (FROM aged_events)")
    finally:
        connection.unregister("aged_events")
