"""Notes whose facts each import changes, so that what is known of all others can stay.

A customer's answers follow from more than the rows that name them: from the orders that a
cart of theirs became, from the products they bought, from acts of consent to an address
that they share. An import names what it brings and takes away; from there it goes on to
the customers, by the facts before and by those after. Naming somebody too many is right
and costs time, so where a short way exists it is taken; naming somebody too few is wrong.

Most of what happens live are events of customers who are known for long. Those to whom a
batch only adds events are noted as such: what follows from their other facts stays too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

import duckdb
import pyarrow as pa

from segmentry.facts.tables import DELETABLE, EVENTS, TABLES, Table

TOUCHED = """
    CREATE TABLE IF NOT EXISTS touched (
        position BIGINT NOT NULL, customer_id VARCHAR, triggers BOOLEAN, added BOOLEAN
    );
    ALTER TABLE touched ADD COLUMN IF NOT EXISTS triggers BOOLEAN;
    ALTER TABLE touched ADD COLUMN IF NOT EXISTS added BOOLEAN;
    CREATE TABLE IF NOT EXISTS touched_from (position BIGINT NOT NULL);
"""
"""By import or batch of messages, the customers whose facts it changed, and whether those who
join a segment by it can start what waits for them, and whether it did no more than to add
events to theirs; one row without a customer says all. After which position that is known."""

_MOST, _SHARE = 1000, 8
"""Where an import changes more customers than both so many and this part of all, it is
noted as changing all."""

_KEPT = 1000
"""Of so many last imports and batches it is known whom they changed."""

_SEEDS = ("profiles", "customers", "orders", "checkouts", "products", "addresses")

_NAMES_PRODUCTS = ("products", "product_skus", "product_tags", "collections")

_SAME_PRODUCT = """
    product_id IN (FROM touched_products)
    OR sku IN (SELECT sku FROM product_skus WHERE product_id IN (FROM touched_products))
"""

# Each adds to the ids of its first word by those it reads; the order is that of the way.
_WAYS: tuple[tuple[str, str, str], ...] = (
    (
        "profiles",
        "profiles",
        "SELECT survivor_id FROM survivors WHERE customer_id IN (FROM touched_profiles)",
    ),
    (
        "profiles",
        "profiles",
        "SELECT customer_id FROM survivors WHERE survivor_id IN (FROM touched_profiles)",
    ),
    ("customers", "profiles", "FROM touched_profiles"),
    # A checkout asks whether the order it became belongs to a customer there is.
    (
        "orders",
        "profiles",
        "SELECT order_id FROM orders WHERE customer_id IN (FROM touched_profiles)",
    ),
    ("orders", "products", f"SELECT order_id FROM order_lines WHERE {_SAME_PRODUCT}"),
    (
        "orders",
        "products",
        "SELECT order_id FROM refunds WHERE product_id IN (FROM touched_products)",
    ),
    (
        "customers",
        "products",
        "SELECT customer_id FROM refunds WHERE product_id IN (FROM touched_products)",
    ),
    ("checkouts", "products", f"SELECT checkout_id FROM checkout_lines WHERE {_SAME_PRODUCT}"),
    (
        "customers",
        "products",
        """SELECT customer_id FROM events WHERE product_id IN (FROM touched_products)
        OR contains(properties, 'products') OR contains(properties, '\\u')""",
    ),
    (
        "customers",
        "orders",
        "SELECT customer_id FROM orders WHERE order_id IN (FROM touched_orders)",
    ),
    (
        "checkouts",
        "orders",
        "SELECT checkout_id FROM checkouts WHERE order_id IN (FROM touched_orders)",
    ),
    (
        "checkouts",
        "checkouts",
        """SELECT checkout_id FROM checkouts WHERE cart_id IN (
            SELECT cart_id FROM checkouts WHERE checkout_id IN (FROM touched_checkouts)
        )""",
    ),
    (
        "customers",
        "checkouts",
        "SELECT customer_id FROM checkouts WHERE checkout_id IN (FROM touched_checkouts)",
    ),
    (
        "customers",
        "addresses",
        """SELECT customer_id FROM customers
        WHERE email_key IN (FROM touched_addresses) OR phone IN (FROM touched_addresses)""",
    ),
    (
        "customers",
        "customers",
        "SELECT survivor_id FROM survivors WHERE customer_id IN (FROM touched_customers)",
    ),
)

_DELETED = {
    "customer": (("profiles", "customer_id"),),
    "order": (("orders", "order_id"),),
    "refund": (("orders", "order_id"), ("customers", "customer_id")),
    "product": (("products", "product_id"),),
    "collection": (("products", "product_id"),),
    "company": (("customers", "customer_id"),),
    "checkout": (("checkouts", "checkout_id"),),
    "event": (("customers", "customer_id"),),
    "credit": (("customers", "customer_id"),),
    "subscription": (("customers", "customer_id"),),
}
"""What the rows of a deleted record name, and in which column."""

_ONLY_ADDED = """
    CREATE OR REPLACE TEMP TABLE touched_only_added AS
    WITH arriving AS (
        SELECT customer_id AS id, min(occurred_at) AS begun_at FROM fresh_events GROUP BY ALL
    )
    SELECT id FROM arriving
    WHERE EXISTS (FROM customers WHERE customer_id = id AND created_at <= begun_at)
    AND NOT EXISTS (FROM survivors WHERE arriving.id IN (customer_id, survivor_id))
    AND NOT EXISTS (FROM gone WHERE what = 'customer' AND gone.id = arriving.id)
"""
"""Those to whom nothing but events may be added: they are known for longer than these, under
one id, and were never deleted."""

_GUESTS = """
    CREATE OR REPLACE TEMP TABLE guests_before AS
    SELECT order_id, customer_id FROM orders WHERE guest
"""
_MOVED = """
    SELECT order_id FROM guests_before LEFT JOIN orders USING (order_id)
    WHERE guests_before.customer_id IS DISTINCT FROM orders.customer_id
"""
_GUESTS_WHO_LOST = """
    SELECT guests_before.customer_id FROM guests_before LEFT JOIN orders USING (order_id)
    WHERE guests_before.customer_id IS DISTINCT FROM orders.customer_id
"""


class Touching:
    """Follows one arrival: `before` it is put into the facts and `after`, in the same
    transaction. `fresh` are expressions of what is put into tables, by their names, `replacing`
    those where rows make place for it; `gone` are the names of tables and kinds of which
    `fresh_gone` says that something is gone. `added` are the events in `fresh_events` that were
    added to customers to whom nothing else was done, where it is `live` what arrives."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, live: bool = False):
        self._connection = connection
        self._everybody = False
        self._live = live
        self._named: set[str] = set()
        self.added: pa.Table = EVENTS.schema.empty_table()

    def before(self, fresh: Mapping[str, str], replacing: Set[str], gone: Set[str]) -> None:
        """Name what arrives and what it replaces, and whose it was."""
        self._run(
            ";".join(f"CREATE OR REPLACE TEMP TABLE touched_{seed} (id VARCHAR)" for seed in _SEEDS)
        )
        self._live &= "events" in fresh and "events" not in replacing and "event" not in gone
        if self._live:
            self._run(_ONLY_ADDED)
        for name, arriving in fresh.items():
            if self._live and name == EVENTS.name:
                others = "customer_id NOT IN (FROM touched_only_added)"
                self._add("customers", f"SELECT customer_id FROM {arriving} WHERE {others}")
                continue
            for seed, statement in _named(TABLES[name], arriving, name in replacing):
                self._add(seed, statement)
        for what in gone:
            for seed, statement in _gone(what):
                self._add(seed, statement)
        self._everybody = self._many()
        if not self._everybody:
            self._run(_GUESTS)
            self._go_on()

    def after(self, position: int, *, triggers: bool) -> None:
        """Note whose the changed facts were and are."""
        if not self._everybody:
            self._add("orders", _MOVED)
            self._add("profiles", _GUESTS_WHO_LOST)
            self._go_on()
            self._everybody = self._many()
        found = "SELECT NULL" if self._everybody else "SELECT DISTINCT id FROM touched_customers"
        self._note(position, triggers, found, added=False)
        if self._live and not self._everybody:
            only = "FROM touched_only_added WHERE id NOT IN (FROM touched_customers)"
            self._note(position, triggers, only, added=True)
            columns = ", ".join(f'"{column.name}"' for column in EVENTS.columns)
            rows = f"SELECT {columns} FROM fresh_events WHERE customer_id IN ({only})"
            self.added = self._connection.sql(rows).to_arrow_table().cast(EVENTS.schema)

    def _note(self, position: int, triggers: bool, whom: str, *, added: bool) -> None:
        self._run(f"INSERT INTO touched SELECT {position}, *, {triggers}, {added} FROM ({whom})")

    def _go_on(self) -> None:
        """From what is named to the customers it is about."""
        for seed, given, statement in _WAYS:
            if given in self._named:
                self._add(seed, statement)

    def _many(self) -> bool:
        """Whether more is named than is worth going on from."""
        ((customers,),) = self._run("SELECT count(*) FROM customers").fetchall()
        counts = " UNION ALL ".join(
            f"SELECT count(DISTINCT id) FROM touched_{seed}" for seed in sorted(self._named)
        )
        most = max(_MOST, customers // _SHARE)
        return bool(counts) and any(count > most for (count,) in self._run(counts).fetchall())

    def _add(self, seed: str, statement: str) -> None:
        ((added,),) = self._run(
            f"INSERT INTO touched_{seed} SELECT DISTINCT * FROM ({statement}) AS found(id) "
            "WHERE id IS NOT NULL"
        ).fetchall()
        if added:
            self._named.add(seed)

    def _run(self, statement: str) -> duckdb.DuckDBPyConnection:
        return self._connection.execute(statement)


def forget_older(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep of the last imports and batches alone whom they changed."""
    last = f"SELECT DISTINCT position FROM touched ORDER BY position DESC LIMIT 1 OFFSET {_KEPT}"
    if found := connection.execute(last).fetchall():
        ((position,),) = found
        connection.execute(f"DELETE FROM touched WHERE position <= {position}")
        connection.execute(f"INSERT INTO touched_from VALUES ({position})")


def all_touched(connection: duckdb.DuckDBPyConnection, position: int) -> None:
    """Note that this import may have changed all, and name nobody who was changed before."""
    connection.execute("DELETE FROM touched")
    connection.execute(f"INSERT INTO touched VALUES ({position}, NULL, false, false)")


def _named(table: Table, arriving: str, replacing: bool) -> Iterator[tuple[str, str]]:
    """What rows that arrive in a table name, and the rows that they replace, if there are any."""
    for seed, column in _naming(table):
        yield seed, f'SELECT "{column}" FROM {arriving}'
        if replacing and column not in table.owner:
            key = table.owner[0]
            yield (
                seed,
                f'SELECT "{column}" FROM "{table.name}" WHERE "{key}" IN '
                f'(SELECT "{key}" FROM {arriving})',
            )


def _gone(what: str) -> Iterator[tuple[str, str]]:
    """What the parts that an owner has no more, or the records deleted, name."""
    ids = f"SELECT id FROM fresh_gone WHERE what = '{what}'"
    if what in TABLES:
        of, key = TABLES[what], TABLES[what].owner[0]
        named: Iterable[tuple[str, str]] = ((seed, by) for seed, by in _naming(of) if by == key)
    else:
        of, key, named = DELETABLE[what], DELETABLE[what].owner[0], _DELETED[what]
    for seed, column in named:
        by_key = f'SELECT "{column}" FROM "{of.name}" WHERE "{key}" IN ({ids})'
        yield seed, ids if column == key else by_key


def _naming(table: Table) -> Iterator[tuple[str, str]]:
    """The columns of a table that say whose its rows are, and of what kind of record."""
    if table.name == "customer_merges":
        yield "profiles", "customer_id"
        yield "profiles", "merged_into"
        return
    names = {column.name for column in table.columns}
    if "customer_id" in names:
        yield "profiles" if table.name == "customers" else "customers", "customer_id"
    if "order_id" in names and table.name != "checkouts":  # what a cart became stays as it is
        yield "orders", "order_id"
    if "checkout_id" in names:
        yield "checkouts", "checkout_id"
    if "address_key" in names:
        yield "addresses", "address_key"
    if table.name in _NAMES_PRODUCTS:
        yield "products", "product_id"


def touched_since(connection: duckdb.DuckDBPyConnection, position: int) -> dict[str, bool] | None:
    """The customers whose facts imports and batches after a position changed, and of each
    whether only events were added; None where it may be all."""
    rows = _since(connection, position, "customer_id, bool_and(coalesce(added, false))", "true")
    return None if rows is None or (None, False) in rows else dict(rows)


def triggering_since(connection: duckdb.DuckDBPyConnection, position: int) -> frozenset[str] | None:
    """Those of them whose change can start something; None where it may be all."""
    rows = _since(connection, position, "customer_id", "triggers")
    return None if rows is None or (None,) in rows else frozenset(id for (id,) in rows)


def _since(
    connection: duckdb.DuckDBPyConnection, position: int, what: str, where: str
) -> list[tuple[Any, ...]] | None:
    """What is noted of each customer after a position; None where that is not known."""
    ((known,),) = connection.execute("SELECT max(position) FROM touched_from").fetchall()
    if known is not None and position < known:
        return None
    rows = f"SELECT {what} FROM touched WHERE position > ? AND {where} GROUP BY customer_id"
    return connection.execute(rows, [position]).fetchall()
