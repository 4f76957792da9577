"""Compares records that arrive with the facts there are: which are new, which differ.

A record is a row with all rows that are part of it: an order with its lines, tags and
discounts. What `identify` writes into the facts is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from segmentry.facts.tables import CUSTOMERS, ORDERS, TABLES, Table


@dataclass(frozen=True, slots=True)
class Changes:
    """How many records were not there before, differ from what was there, or do not."""

    new: int
    changed: int
    same: int


def changes(
    connection: duckdb.DuckDBPyConnection,
    batch: Mapping[str, pa.Table],
    whole: Set[str] = frozenset(),
) -> dict[str, Changes]:
    """By table, what a batch would change; tables whose rows are part of other records that
    arrive are counted with these, `whole` ones too (see `FactsDb.apply`)."""
    counted = _records(batch, whole)
    return {name: _compared(connection, batch, name, parts) for name, parts in counted.items()}


def _records(batch: Mapping[str, pa.Table], whole: Set[str]) -> dict[str, list[str]]:
    """The tables of a batch that are counted, each with those of its parts."""
    owners = {name: _owner(TABLES[name], whole) for name in batch}
    return {
        name: [part for part, owner in owners.items() if owner == name]
        for name, owner in owners.items()
        if owner not in batch
    }


def _owner(table: Table, whole: Set[str]) -> str | None:
    return table.belongs_to if table.name in whole else table.part_of


def _compared(
    connection: duckdb.DuckDBPyConnection,
    batch: Mapping[str, pa.Table],
    name: str,
    parts: list[str],
) -> Changes:
    owner = ", ".join(f'"{column}"' for column in TABLES[name].owner)
    for each in (name, *parts):
        connection.register(f"arriving_{each}", batch[each])
    try:
        arriving = _count(connection, f"SELECT DISTINCT {owner} FROM arriving_{name}")
        known = f"""
            SELECT DISTINCT {owner} FROM arriving_{name}
            SEMI JOIN ({_old(TABLES[name])}) USING ({owner})
        """
        # Where nothing is known, as at the first import, there is nothing to compare.
        if not (before := _count(connection, known)):
            return Changes(arriving, 0, 0)
        differing = " UNION ".join(_differing(each, owner, name) for each in (name, *parts))
        changed = _count(connection, f"({known}) SEMI JOIN ({differing}) USING ({owner})")
    finally:
        for each in (name, *parts):
            connection.unregister(f"arriving_{each}")
    return Changes(arriving - before, changed, before - changed)


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    ((number,),) = connection.execute(f"SELECT count(*) FROM ({rows})").fetchall()
    return int(number)


def _differing(name: str, owner: str, record: str) -> str:
    """The owners of rows that are only in the facts or only among those arriving."""
    columns = ", ".join(_columns(TABLES[name]))
    known = f"({_old(TABLES[name])}) SEMI JOIN arriving_{record} USING ({owner})"
    old, new = f"SELECT {columns} FROM {known}", f"SELECT {columns} FROM arriving_{name}"
    return f"(SELECT {owner} FROM (({old} EXCEPT ALL {new}) UNION ALL ({new} EXCEPT ALL {old})))"


def _old(table: Table) -> str:
    """The facts of a table as records brought them: guests were made here."""
    return f'FROM "{table.name}"{" WHERE guest IS NOT TRUE" if table is CUSTOMERS else ""}'


def _columns(table: Table) -> Iterator[str]:
    for column in table.columns:
        if table is ORDERS and column.name == "customer_id":
            yield "CASE WHEN guest IS NOT TRUE THEN customer_id END AS customer_id"
        else:
            yield f'"{column.name}"'
