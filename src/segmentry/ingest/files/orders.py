"""Typed rows of orders files -> orders with their lines, refunds, tags and discounts.

Rows of one order belong together: what concerns the order may stand on every row or on
one, but not differently; if one row is refused, all are. Of several files that have an
order the last holds. Rows may also be a refund, a customer or a product of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from segmentry.base.money import LARGEST
from segmentry.ingest.files import orders_sql as sql
from segmentry.ingest.files.building import Built, Context, Rows, canonical, literal, split
from segmentry.ingest.files.fields import ORDERS
from segmentry.ingest.files.report import Note

if TYPE_CHECKING:
    from collections.abc import Iterable

_OF_ORDER = (*(field.name for field in ORDERS.of("order")), "email_key")
# These only help to know people; two ways of writing them are no contradiction.
_MAY_DIFFER = {"email", "customer_name", "customer_created_at", "country", "country_is_default"}


def build(typed: pa.Table, wrong: Iterable[pa.Table], context: Context) -> Built:
    """The orders in the rows, and the customers and products that only they name."""
    rows = Rows(typed, wrong, context)
    rows.db.execute(sql.ROWS)
    _refuse_rows(rows)
    _gather(rows)
    rows.spread("order", "keyed")
    _refuse_orders(rows)
    rows.spread("order", "keyed")
    rows.db.execute(sql.AGAIN)
    rows.db.execute(sql.KEPT)
    rows.db.execute(
        sql.HEADS_KEPT.format(currency=literal(context.currency), stated=rows.files_with("state"))
    )
    rows.db.execute(sql.NUMBERS)
    rows.db.execute(sql.LINES)
    return Built(_tables(rows), rows.wrong(), _notes(rows), _if_new(rows))


def _refuse_rows(rows: Rows) -> None:
    """Rows that no order can be made of."""
    for field, value, reason, which in sql.BAD_ROWS:
        condition = which.format(quantity=rows.files_with("quantity"), largest=LARGEST)
        rows.refuse(field, value, literal(reason), f"FROM keyed WHERE {condition}")


def _gather(rows: Rows) -> None:
    """One row an order (`heads`): the least and greatest of what its rows say of it."""
    chosen = ", ".join(f'min("{n}") AS "{n}", max("{n}") AS "{n}_max"' for n in _OF_ORDER)
    rows.db.execute(sql.HEADS.format(chosen=chosen))


def _refuse_orders(rows: Rows) -> None:
    for name in _OF_ORDER:
        if name not in _MAY_DIFFER and rows.mapped(name.removesuffix("_key")):
            rows.refuse(
                name.removesuffix("_key"),
                f"""CAST("{name}" AS VARCHAR) || ' / ' || CAST("{name}_max" AS VARCHAR)""",
                "'rows of one order say different things here'",
                f'FROM heads WHERE "{name}" <> "{name}_max"',
            )
    rows.refuse(
        "ordered_at", "key", "'the order has no date'", "FROM heads WHERE ordered_at IS NULL"
    )
    rows.refuse(
        None, "key", "'the sum of the lines is too large'", f"FROM heads WHERE sold > {LARGEST}"
    )
    rows.refuse("order_id", "order_id", "'another order has this id'", sql.SAME_ID)


def _tables(rows: Rows) -> dict[str, pa.Table]:
    tables = {name: rows.table(name, query) for name, query in sql.TABLES.items()}
    tables["order_lines"] = _order_lines(rows)
    separator = next(iter(rows.context.files.values())).mapping.format.tag_separator
    if rows.mapped("order_tags"):
        query = sql.ORDER_TAGS.format(tags=split("order_tags", separator))
        tables["order_tags"] = rows.table("order_tags", query)
    if rows.mapped("discount_code"):
        query = sql.ORDER_DISCOUNTS.format(codes=split("discount_code", ","))
        tables["order_discounts"] = rows.table("order_discounts", query)
    for name, query in sql.OWN_ROWS.items():
        table = rows.table(name, query)
        if table.num_rows:
            tables[name] = table
    return tables


def _order_lines(rows: Rows) -> pa.Table:
    found = rows.db.sql(sql.ORDER_LINES).to_arrow_table().combine_chunks().sort_by("at")
    at = found["at"].combine_chunks()
    ids = rows.db.sql(sql.ORDER_IDS).to_arrow_table()["order_id"].combine_chunks()
    columns = {
        "order_id": ids.take(found["place"].combine_chunks()),
        "kind": found["line_kind"],
        "product_id": rows.texts("product_id", at, key=True),
        "variant_id": rows.texts("variant_id", at, key=True),
        "sku": rows.texts("sku", at),
        "title": rows.texts("title", at),
        **{name: found[name] for name in ("line_number", "quantity", "unit_price", "amount")},
    }
    return canonical("order_lines", pa.table(columns))


def _if_new(rows: Rows) -> dict[str, pa.Table]:
    return {name: rows.table(name, query) for name, query in sql.IF_NEW.items()}


def _notes(rows: Rows) -> list[Note]:
    names = ", ".join(file.name for file in rows.context.files.values())
    counted = (
        (rows.count(sql.COUNT_AGAIN), None, "orders stand in several files; the last file's hold"),
        (
            rows.count("SELECT count(*) FROM heads_kept WHERE is_foreign"),
            "currency",
            f"orders are not in {rows.context.currency}; they count, but without amounts",
        ),
        (
            rows.count(sql.COUNT_NOBODY),
            None,
            "orders have no customer, e-mail address or phone number; they belong to nobody",
        ),
        (
            rows.count("SELECT count(*) FROM heads_kept WHERE state = 'UNKNOWN'"),
            "state",
            "orders have a state that is not known; they do not count",
        ),
    )
    return [Note(names, column, message, count) for count, column, message in counted if count]
