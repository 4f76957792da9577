"""Gives orders without an account to the customer their address belongs to.

An order's e-mail address decides, without one its phone number; a name or a postal
address never. It goes to the account with that address, of several to the one that
ordered last; where there is none, all such orders make one guest. Done anew after
every import, so the order in which orders and profiles arrive does not matter.
"""

from __future__ import annotations

import duckdb

_ANY_GUEST = """
    SELECT 1 WHERE EXISTS (FROM orders WHERE guest) OR EXISTS (FROM customers WHERE guest)
"""

_FORGET_GUESTS = """
    DELETE FROM customers WHERE guest
"""

_CONTACTS = """
    CREATE OR REPLACE TEMP TABLE contacts AS
    SELECT order_id, coalesce(email_key, phone) AS contact, email_key IS NOT NULL AS by_email
    FROM orders WHERE guest AND coalesce(email_key, phone) IS NOT NULL
"""

# The account that ordered last comes first; accounts that never ordered come by their id.
_ACCOUNTS = """
    CREATE OR REPLACE TEMP TABLE accounts AS
    WITH last_orders AS (
        SELECT customer_id, max(ordered_at) AS last_at
        FROM orders WHERE guest IS NOT TRUE AND placed GROUP BY customer_id
    ), addresses AS (
        SELECT customer_id, email_key AS contact, true AS by_email FROM customers
        UNION ALL
        SELECT customer_id, phone, false FROM customers
    )
    SELECT contact, by_email,
        first(customer_id ORDER BY last_at DESC NULLS LAST, customer_id) AS customer_id
    FROM addresses LEFT JOIN last_orders USING (customer_id)
    WHERE contact IS NOT NULL
    GROUP BY contact, by_email
"""

_GUESTS = """
    CREATE OR REPLACE TEMP TABLE guests AS
    SELECT contact, by_email, min(split_part(order_id, ':', 1)) || ':' || contact AS customer_id
    FROM contacts ANTI JOIN accounts USING (contact, by_email)
    GROUP BY contact, by_email
"""

_ASSIGN = """
    UPDATE orders SET customer_id = owners.customer_id
    FROM (
        SELECT order_id, coalesce(accounts.customer_id, guests.customer_id) AS customer_id
        FROM contacts
        LEFT JOIN accounts USING (contact, by_email)
        LEFT JOIN guests USING (contact, by_email)
    ) owners
    WHERE orders.order_id = owners.order_id
"""

_ADD_GUESTS = """
    INSERT INTO customers BY NAME
    SELECT
        customer_id,
        CASE WHEN by_email THEN contact END AS email,
        CASE WHEN by_email THEN contact END AS email_key,
        CASE WHEN NOT by_email THEN contact END AS phone,
        true AS guest
    FROM guests ANTI JOIN (SELECT customer_id FROM customers) USING (customer_id)
"""


def identify(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the owners of guest orders, and the guests, up to date with all facts."""
    if not connection.execute(_ANY_GUEST).fetchall():
        return
    for statement in (_FORGET_GUESTS, _CONTACTS, _ACCOUNTS, _GUESTS, _ASSIGN, _ADD_GUESTS):
        connection.execute(statement)
