"""The sample store as one flat CSV of order lines, as a shop's own system would give it.

One row an order line; refunds, customers and products have rows of their own, because
some refunds fit no order and some customers have none. Reading the file by the ready
mapping `order-lines` gives the same tables again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from segmentry.storage.connecting import connect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COLUMNS = (
    *("line_kind", "order_id", "ordered_at", "state", "order_refunded_at", "customer_id"),
    *("customer_created_at", "country", "country_is_default", "shipping_country"),
    *("line_number", "product_id", "sku", "title", "quantity", "unit_price"),
    *("refund_id", "refunded_at", "refund_quantity", "refund_amount"),
)


def write_order_lines(tables: Mapping[str, pa.Table], path: Path) -> int:
    """Write the canonical tables of the sample store as CSV; returns the number of rows."""
    with connect() as db:
        for name in ("customers", "addresses", "orders", "order_lines", "refunds", "products"):
            db.register(name, _plain(tables[name]))
        for name, body in _MACROS.items():
            db.execute(f"CREATE MACRO {name} AS {body}")
        db.execute(f"CREATE VIEW flat AS {' UNION ALL BY NAME '.join(_ROWS)}")
        columns = ", ".join(COLUMNS)
        rows = f"SELECT {columns} FROM flat ORDER BY part, place"
        db.execute(f"COPY ({rows}) TO $1 (HEADER)", [str(path)])
        row = db.execute("SELECT count(*) FROM flat").fetchone()
    return int(row[0]) if row else 0


def _plain(table: pa.Table) -> pa.Table:
    """The table with times in UTC without saying so, and its rows numbered."""
    columns = {
        field.name: column.cast(pa.timestamp("us")) if pa.types.is_timestamp(field.type) else column
        for field, column in zip(table.schema, table.columns, strict=True)
    }
    return pa.table({**columns, "place": pa.array(range(table.num_rows), pa.int64())})


_MACROS = {
    "bare(id)": "substr(id, strpos(id, ':') + 1)",
    # Divided as whole numbers: the engine divides decimals as floating point.
    "money(amount)": """if(amount < 0, '-', '') || (abs(amount) // 10000) || '.'
        || lpad(CAST(abs(amount) % 10000 AS VARCHAR), 4, '0')""",
    "utc(moment)": "strftime(moment, '%Y-%m-%dT%H:%M:%SZ')",
}

_ROWS = (
    """
    SELECT 1 AS part, place, 'CUSTOMER' AS line_kind, bare(customer_id) AS customer_id,
        utc(created_at) AS customer_created_at, country, is_default AS country_is_default
    FROM customers LEFT JOIN (SELECT * EXCLUDE place FROM addresses) USING (customer_id)
    """,
    """
    SELECT 2 AS part, place, 'CATALOGUE' AS line_kind, bare(product_id) AS product_id, title
    FROM products
    """,
    """
    SELECT 3 AS part, order_lines.place, kind AS line_kind, bare(order_id) AS order_id,
        utc(ordered_at) AS ordered_at, state, utc(orders.refunded_at) AS order_refunded_at,
        bare(customer_id) AS customer_id, shipping_country, line_number,
        bare(product_id) AS product_id, sku, title, quantity, money(unit_price) AS unit_price
    FROM order_lines JOIN orders USING (order_id)
    """,
    """
    SELECT 4 AS part, place, 'REFUND' AS line_kind, bare(order_id) AS order_id,
        bare(customer_id) AS customer_id, line_number, bare(product_id) AS product_id,
        bare(refund_id) AS refund_id, utc(refunded_at) AS refunded_at,
        quantity AS refund_quantity, money(amount) AS refund_amount
    FROM refunds
    """,
)
