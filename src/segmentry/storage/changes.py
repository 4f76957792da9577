"""Compares records that arrive with the facts there are: which are new, which differ.

A record is a row with all rows that are part of it: an order with its lines, tags and
discounts. What `identify` writes into the facts is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

import duckdb
import pyarrow as pa

from segmentry.facts.tables import CUSTOMERS, ORDERS, TABLES, Table

Key: TypeAlias = tuple[str, ...]


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
    key = TABLES[name].owner
    for each in (name, *parts):
        connection.register(f"arriving_{each}", batch[each])
    try:
        arriving = f"SELECT DISTINCT {_list(key)} FROM arriving_{name}"
        known = f"SELECT * FROM ({arriving}) a SEMI JOIN ({_old(TABLES[name])}) b ON {_same(key)}"
        all_of_them, before = _count(connection, arriving), _count(connection, known)
        # Where nothing is known, as at the first import, there is nothing to compare.
        if not before:
            return Changes(all_of_them, 0, 0)
        differing = " UNION ".join(_differing(each, key, name) for each in (name, *parts))
        changed = _count(connection, f"FROM ({known}) a SEMI JOIN ({differing}) b ON {_same(key)}")
    finally:
        for each in (name, *parts):
            connection.unregister(f"arriving_{each}")
    return Changes(all_of_them - before, changed, before - changed)


def _list(key: Key) -> str:
    return ", ".join(f'"{column}"' for column in key)


def _same(key: Key) -> str:
    """That rows `a` and `b` have one owner, of whose key a part may be missing."""
    return " AND ".join(f'a."{column}" IS NOT DISTINCT FROM b."{column}"' for column in key)


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    ((number,),) = connection.execute(f"SELECT count(*) FROM ({rows})").fetchall()
    return int(number)


def _differing(name: str, key: Key, record: str) -> str:
    """The owners of rows that are only in the facts or only among those arriving."""
    columns = ", ".join(_columns(TABLES[name]))
    known = f"({_old(TABLES[name])}) a SEMI JOIN arriving_{record} b ON {_same(key)}"
    old, new = f"SELECT {columns} FROM {known}", f"SELECT {columns} FROM arriving_{name}"
    only = f"(({old}) EXCEPT ALL ({new})) UNION ALL (({new}) EXCEPT ALL ({old}))"
    return f"(SELECT {_list(key)} FROM ({only}))"


def _old(table: Table) -> str:
    """The facts of a table as records brought them: guests were made here."""
    return f'FROM "{table.name}"{" WHERE guest IS NOT TRUE" if table is CUSTOMERS else ""}'


def _columns(table: Table) -> Iterator[str]:
    for column in table.columns:
        if table is ORDERS and column.name == "customer_id":
            yield "CASE WHEN guest IS NOT TRUE THEN customer_id END AS customer_id"
        else:
            yield f'"{column.name}"'
