"""Reads what the answers about some customers are made from, and little else.

Their own rows are not all: whether a checkout is abandoned follows from the order it became,
which may be somebody else's, and from other checkouts of its cart; consent is that of an
address, whoever acted. Tables that belong to nobody are read whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import TypeAlias

import duckdb
import pyarrow as pa

from segmentry.facts.tables import TEXT, Table
from segmentry.storage.read_table import read

_NAME = re.compile(r"\w+", re.ASCII)
_IDS = pa.schema([("id", TEXT)])

Ask: TypeAlias = Callable[[duckdb.DuckDBPyConnection], pa.Table]
"""A question to the facts, which can be asked again."""

# By kind, the ids that are looked for, each from those before it.
_ASKED = """
    FROM given
    UNION SELECT customer_id FROM survivors WHERE survivor_id IN (FROM given)
"""
_CHECKOUTS = """
    WITH own AS (
        SELECT checkout_id, cart_id FROM checkouts WHERE customer_id IN (FROM asked)
    )
    SELECT checkout_id FROM own
    UNION SELECT checkout_id FROM checkouts WHERE cart_id IN (SELECT cart_id FROM own)
"""
_ORDERS = """
    SELECT order_id FROM orders WHERE customer_id IN (FROM asked)
    UNION SELECT order_id FROM checkouts
    WHERE checkout_id IN (FROM asked_checkouts) AND order_id IS NOT NULL
"""
_PROFILES = """
    WITH owners AS (
        FROM asked
        UNION SELECT customer_id FROM orders
        WHERE order_id IN (FROM asked_orders) AND customer_id IS NOT NULL
    ), living AS (
        SELECT coalesce(survivor_id, id) AS id
        FROM owners AS owners(id) LEFT JOIN survivors ON customer_id = id
    )
    FROM living
    UNION SELECT customer_id FROM survivors WHERE survivor_id IN (FROM living)
"""
_ADDRESSES = """
    SELECT unnest([email_key, phone]) FROM customers WHERE customer_id IN (FROM asked)
"""

_OF_CUSTOMER = "customer_id IN (FROM asked)"
_OF_ORDER = "order_id IN (FROM asked_orders)"
_OF_CHECKOUT = "checkout_id IN (FROM asked_checkouts)"
_WHERE = {
    "customers": "customer_id IN (FROM asked_profiles)",
    "companies": _OF_CUSTOMER,
    "addresses": _OF_CUSTOMER,
    "customer_tags": _OF_CUSTOMER,
    "attributes": _OF_CUSTOMER,
    "orders": _OF_ORDER,
    "order_tags": _OF_ORDER,
    "order_discounts": _OF_ORDER,
    "order_lines": _OF_ORDER,
    "refunds": f"{_OF_ORDER} OR {_OF_CUSTOMER}",
    "checkouts": _OF_CHECKOUT,
    "checkout_lines": _OF_CHECKOUT,
    "events": _OF_CUSTOMER,
    "consents": f"{_OF_CUSTOMER} OR address_key IN (FROM asked_addresses)",
    "credits": _OF_CUSTOMER,
    "subscriptions": _OF_CUSTOMER,
}


class CustomerFacts:
    """The facts of some customers, by their ids; read anew each time.

    Owners of orders that only stand for a checkout are among the customers, without their
    other facts.
    """

    def __init__(self, asked: Callable[[Ask], pa.Table], customers: Iterable[str]) -> None:
        self._asked = asked
        self._given = pa.table([pa.array(sorted(customers), TEXT)], schema=_IDS)

    def read(self, table: Table) -> pa.Table:
        """The rows of a table that matter to these customers, in its declared schema."""
        where = _WHERE.get(table.name)
        if where is None:
            return self._asked(lambda connection: read(connection, table))
        rows = f'(FROM "{table.name}" WHERE {where})'
        return self._asked(partial(_with, self._ids, where, lambda each: read(each, table, rows)))

    @cached_property
    def _ids(self) -> dict[str, pa.Table]:
        """The ids that rows are looked for by, as they were when first asked for."""
        found = {"asked": self._found(_ASKED, {"given": self._given})}
        for name, statement in (
            ("asked_checkouts", _CHECKOUTS),
            ("asked_orders", _ORDERS),
            ("asked_profiles", _PROFILES),
            ("asked_addresses", _ADDRESSES),
        ):
            found[name] = self._found(statement, found)
        return found

    def _found(self, statement: str, names: Mapping[str, pa.Table]) -> pa.Table:
        rows = self._asked(
            partial(_with, names, statement, lambda each: each.sql(statement).to_arrow_table())
        )
        return rows.rename_columns(_IDS.names).cast(_IDS)


def _with(
    tables: Mapping[str, pa.Table], statement: str, ask: Ask, connection: duckdb.DuckDBPyConnection
) -> pa.Table:
    """The answer to a question in which the tables that a statement names can be read."""
    named = tables.keys() & set(_NAME.findall(statement))
    for name in named:
        connection.register(name, tables[name])
    try:
        return ask(connection)
    finally:
        for name in named:
            connection.unregister(name)
