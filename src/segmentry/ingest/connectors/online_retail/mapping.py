"""Raw lines -> canonical tables and a report of what fits into none of them.

An invoice is an order, an invoice whose number starts with C is a refund. What a single
line means is decided in `lines`, which order a refund belongs to in `returns`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from segmentry.facts.tables import TABLES
from segmentry.ingest.connectors.online_retail import report, returns
from segmentry.ingest.connectors.online_retail.lines import KEPT, understand
from segmentry.storage.connecting import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segmentry.ingest.connectors.online_retail.report import ImportReport, Reason, ReportRow


@dataclass(frozen=True, slots=True)
class Mapped:
    """Canonical tables by name, keys as `online_retail:id`, and what happened on the way."""

    tables: dict[str, pa.Table]
    report: ImportReport


def map_lines(raw: pa.Table) -> Mapped:
    """The store that the raw lines tell of. `raw` has the columns of `RAW_SCHEMA`."""
    with connect() as db:
        db.register("lines", understand(raw))
        db.execute(_SOLD)
        refunds = _refunds(db)
        db.register("refunds", refunds)
        tables = {name: _canonical(name, _arrow(db, sql)) for name, sql in _TABLES.items()}
        tables["refunds"] = _canonical("refunds", refunds)
        return Mapped(tables, _report(db))


# Order lines: what is kept of invoices that are no cancellation.
_SOLD = f"""
    CREATE VIEW sold AS SELECT * FROM lines WHERE fate = {KEPT} AND NOT is_refund
"""

# Every line counts as a sign of life of its customer, even one that is left out.
_CUSTOMERS = """
    SELECT customer_id, min(moment) AS created_at
    FROM lines WHERE customer_id IS NOT NULL
    GROUP BY customer_id ORDER BY customer_id
"""

_ADDRESSES = """
    WITH latest AS (
        SELECT customer_id, last(country ORDER BY moment, position) AS latest_country
        FROM lines WHERE customer_id IS NOT NULL
        GROUP BY customer_id
    ), places AS (
        SELECT DISTINCT customer_id, country
        FROM lines WHERE customer_id IS NOT NULL AND country IS NOT NULL
    )
    SELECT customer_id, country, country IS NOT DISTINCT FROM latest_country AS is_default
    FROM places JOIN latest USING (customer_id)
    ORDER BY customer_id, country
"""

# An order came back in full when as many units came back as it had on all its lines:
# no line can give back more than it had, so the sums agree only if every line agrees.
_ORDERS = """
    WITH returned AS (
        SELECT order_id, sum(quantity) AS units, max(refunded_at) AS last_at
        FROM refunds WHERE order_id IS NOT NULL
        GROUP BY order_id
    ), ordered AS (
        SELECT
            invoice AS order_id,
            min(position) AS first_position,
            max(customer_id) AS customer_id,
            min(moment) AS ordered_at,
            sum(quantity) AS units,
            sum(amount) AS paid,
            coalesce(sum(amount) FILTER (kind = 'SHIPPING'), 0) AS shipping,
            -coalesce(sum(amount) FILTER (kind = 'DISCOUNT'), 0) AS discount,
            max(country) AS shipping_country
        FROM sold GROUP BY invoice
    )
    SELECT
        order_id, customer_id, ordered_at,
        CASE
            WHEN returned.units IS NULL THEN 'PAID'
            WHEN returned.units = ordered.units THEN 'REFUNDED'
            ELSE 'PARTIALLY_REFUNDED'
        END AS state,
        true AS placed,
        CASE WHEN returned.units = ordered.units THEN last_at END AS refunded_at,
        paid, paid AS total, shipping, discount, 'GBP' AS currency, shipping_country
    FROM ordered LEFT JOIN returned USING (order_id)
    ORDER BY first_position
"""

_ORDER_LINES = """
    SELECT
        invoice AS order_id, line_number, kind, product_id, code AS sku, title,
        quantity, price AS unit_price, amount
    FROM sold ORDER BY position
"""

_PRODUCTS = f"""
    SELECT
        product_id,
        last(title ORDER BY price > 0, moment, position) FILTER (title IS NOT NULL) AS title
    FROM lines WHERE fate = {KEPT} AND product_id IS NOT NULL
    GROUP BY product_id ORDER BY product_id
"""

_TABLES = {
    "customers": _CUSTOMERS,
    "addresses": _ADDRESSES,
    "orders": _ORDERS,
    "order_lines": _ORDER_LINES,
    "products": _PRODUCTS,
}


def _arrow(db: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    return db.sql(sql).to_arrow_table()


def _canonical(name: str, found: pa.Table) -> pa.Table:
    """`found` in the table's own columns and types; columns it lacks are missing values."""
    schema = TABLES[name].schema
    columns = [
        found[field.name].cast(field.type)
        if field.name in found.column_names
        else pa.nulls(found.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


# A line may claim units before those that come after it.
_RETURNED = f"""
    SELECT invoice, customer_id, code, product_id, moment, price, -quantity
    FROM lines WHERE fate = {KEPT} AND is_refund
    ORDER BY moment, invoice, position
"""

# Of two orders of the same minute the one with the higher number is the later.
_PURCHASES = f"""
    SELECT customer_id, code, invoice, line_number, moment, price, quantity
    FROM sold
    WHERE (customer_id, code) IN (
        SELECT (customer_id, code) FROM lines
        WHERE fate = {KEPT} AND is_refund AND customer_id IS NOT NULL
    )
    ORDER BY moment, invoice, position
"""


def _refunds(db: duckdb.DuckDBPyConnection) -> pa.Table:
    """The refunds, one row for every order line that a returned line is set against."""
    returned = [returns.ReturnedLine(*row) for row in db.execute(_RETURNED).fetchall()]
    found = list(returns.match_returns(returned, _purchases(db)))
    return _refund_table(found)


def _purchases(db: duckdb.DuckDBPyConnection) -> returns.Purchases:
    purchases: dict[tuple[str | None, str], list[returns.SoldLine]] = {}
    for customer_id, code, *line in db.execute(_PURCHASES).fetchall():
        purchases.setdefault((customer_id, code), []).append(returns.SoldLine(*line))
    return purchases


def _refund_table(refunds: Sequence[returns.Refund]) -> pa.Table:
    rows = [
        {
            "refund_id": refund.returned.refund_id,
            "order_id": refund.sold and refund.sold.order_id,
            "customer_id": refund.returned.customer_id,
            "refunded_at": refund.returned.at,
            "line_number": refund.sold and refund.sold.line_number,
            "product_id": refund.returned.product_id,
            "quantity": refund.units,
            "amount": refund.units * refund.returned.price,
        }
        for refund in refunds
    ]
    return pa.Table.from_pylist(rows, schema=_REFUND_SCHEMA)


_REFUND_SCHEMA = pa.schema(
    [
        pa.field(field.name, pa.timestamp("us")) if field.name == "refunded_at" else field
        for field in TABLES["refunds"].schema
    ]
)


_LEFT_OUT = f"""
    SELECT fate, count(*), count(DISTINCT invoice), sum(amount)::BIGINT
    FROM lines WHERE fate <> {KEPT} GROUP BY fate
"""
_NOTED = (
    (
        report.ORDERS_OF_NOBODY,
        """SELECT count(*), count(DISTINCT invoice), sum(amount)::BIGINT
        FROM sold WHERE customer_id IS NULL""",
    ),
    (
        report.REFUNDS_TO_NOBODY,
        """SELECT count(*), count(DISTINCT refund_id), -sum(amount)::BIGINT
        FROM refunds WHERE order_id IS NULL AND customer_id IS NULL""",
    ),
    (
        report.REFUNDS_OF_NOTHING,
        """SELECT count(*), count(DISTINCT refund_id), -sum(amount)::BIGINT
        FROM refunds WHERE order_id IS NULL AND customer_id IS NOT NULL""",
    ),
)


def _report(db: duckdb.DuckDBPyConnection) -> ImportReport:
    counted = {fate: numbers for fate, *numbers in db.execute(_LEFT_OUT).fetchall()}
    left_out = [
        _row(reason, counted[fate])
        for fate, reason in enumerate(report.LEFT_OUT, start=1)
        if fate in counted
    ]
    noted = [_row(reason, db.execute(sql).fetchall()[0]) for reason, sql in _NOTED]
    lines_read = db.execute("SELECT count(*) FROM lines").fetchall()[0][0]
    return report.ImportReport(
        lines_read,
        lines_read - sum(row.lines for row in left_out),
        tuple(left_out),
        tuple(row for row in noted if row.lines),
    )


def _row(reason: Reason, numbers: Sequence[int]) -> ReportRow:
    lines, invoices, money = numbers
    return report.ReportRow(reason.what, lines, invoices, money, reason.why)
