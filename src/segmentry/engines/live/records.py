"""Records of customers for the functions, and how each of their fields is found.

A function's rows are all its records, of every customer; which of them there are at a
moment is a mask over them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.columns import (
    NONE,
    Coded,
    Column,
    Dates,
    Lists,
    Through,
    Words,
    dated,
    listed_by,
    whole,
)
from segmentry.engines.live.exact import Mask, Whole, count_by, total_by
from segmentry.engines.live.groups import Index
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import RowsOf, StoreColumns
from segmentry.facts.orders import STATES
from segmentry.facts.tables import COLLECTIONS, PRODUCT_TAGS, PRODUCTS, Table
from segmentry.query.bound import FieldTest

Field = Callable[[Snapshot], Column]
"""How a field is found, one place a row."""

Filters = Collection[FieldTest]
"""The tests that rows have to pass."""


def _rows_themselves(now: Snapshot, rows: Whole) -> Whole:
    return rows


@dataclass(frozen=True, slots=True)
class Records:
    """What a function ranges over: whose each row is, which rows there are, their fields.

    Rows are in the order of customers, and those of one customer in the order of time,
    once `in_order` has sorted them. `counted` picks from rows those that `count` counts.
    `index` finds the rows of a few codes, `between` those from one moment on, before another.
    """

    owners: Callable[[Snapshot], Whole]
    there: Callable[[Snapshot, Filters], Mask]
    fields: Mapping[str, Field]
    counted: Callable[[Snapshot, Whole], Whole] = _rows_themselves
    in_order: Callable[[Snapshot, Whole], Whole] = _rows_themselves
    index: Callable[[Snapshot], Index] | None = None
    between: Callable[[Snapshot, int, int], Whole | None] | None = None


def _lasting(of: RowsOf, name: str, read: Callable[[StoreColumns], Column]) -> Field:
    """A field that does not depend on the moment, read once."""
    return lambda now: now.columns.kept(f"{of}.{name}", read, of)


# -- orders -----------------------------------------------------------------------------


def _orders_there(now: Snapshot, filters: Filters) -> Mask:
    """Orders that count; with `status` all that were placed."""
    with_status = any(each.field.name == "status" for each in filters)
    return now.standing.placed if with_status else now.standing.counts


def _discounted(columns: StoreColumns) -> Column:
    return Coded(columns.orders.discounted.astype(np.int64), Words((False, True)))


def _order_column(name: str) -> Field:
    return _lasting("orders", name, lambda columns: columns.order_table.coded(name))


ORDERS_PLACED = Records(
    lambda now: now.columns.orders.owners,
    _orders_there,
    {
        "date": lambda now: dated(now.columns.orders.ordered_at),
        "amount": lambda now: now.standing.money,
        "status": lambda now: Coded(now.standing.state, Words(STATES)),
        "tag": lambda now: now.columns.orders.tags,
        "discount_code": lambda now: now.columns.orders.codes,
        "discounted": _lasting("orders", "discounted", _discounted),
        "refunded_amount": lambda now: whole(now.standing.refunded),
        **{
            name: _order_column(name)
            for name in (
                *("location_id", "app_id", "channel", "currency", "company_id", "renewal"),
                *("shipping_country", "payment_method"),
            )
        },
    },
    between=lambda now, start, end: now.columns.orders_between(start, end),
)


# -- purchases --------------------------------------------------------------------------


def _purchasers(now: Snapshot) -> Whole:
    return now.columns.purchasers


def _purchases_there(now: Snapshot, filters: Filters) -> Mask:
    return now.purchased


def _purchases_between(now: Snapshot, start: int, end: int) -> Whole | None:
    orders = now.columns.orders_between(start, end)
    return None if orders is None else now.columns.purchases_of(orders)


def _one_an_order(now: Snapshot, rows: Whole) -> Whole:
    """A row of each order; rows come in the order of orders."""
    orders = now.columns.lines.purchases.orders[rows]
    first = np.append(True, orders[1:] != orders[:-1])[: len(rows)]
    return np.asarray(rows[first])


def _ordered_at(columns: StoreColumns) -> Column:
    return dated(columns.orders.ordered_at[columns.lines.purchases.orders])


def _product_text(name: str) -> Field:
    """A text of the product that was bought."""

    def read(columns: StoreColumns) -> Column:
        values = reading.coded(columns.facts.read(PRODUCTS).column(name))
        return _of_products(columns, values, _product_keys(columns))

    return _lasting("purchases", name, read)


def _product_list(table: Table, column: str) -> Field:
    """What a table has of the product that was bought, if the product is known."""

    def read(columns: StoreColumns) -> Column:
        products = _product_keys(columns)
        rows, owners = reading.owned(columns.facts.read(table), "product_id", products)
        lists = listed_by(owners, reading.coded(rows.column(column)), products.size)
        return _of_products(columns, lists, products)

    return _lasting("purchases", column, read)


def _product_keys(columns: StoreColumns) -> Keys:
    return Keys(columns.facts.read(PRODUCTS).column("product_id").combine_chunks())


def _of_products(columns: StoreColumns, values: Column, products: Keys) -> Column:
    """For each purchase what there is of its product, by way of the products bought."""
    bought = columns.lines.purchases.product
    names = pa.chunked_array([pa.array(bought.words.values, pa.string())])
    return Through(Through(values, products.rows_of(names)), bought.codes)


def _same_order(now: Snapshot) -> Column:
    """The products kept of the same order."""
    purchases = now.columns.lines.purchases
    rows = np.flatnonzero((now.kept[0] > 0) & purchases.product.known)
    products = Lists(
        purchases.orders[rows],
        purchases.product.codes[rows],
        purchases.product.words,
        now.columns.orders.size,
    )
    return Through(products, purchases.orders)


PRODUCTS_PURCHASED = Records(
    _purchasers,
    _purchases_there,
    {
        "id": lambda now: now.columns.lines.purchases.product,
        "date": _lasting("purchases", "date", _ordered_at),
        "quantity": lambda now: whole(now.kept[0]),
        "amount": lambda now: whole(now.kept[1]),
        "price": lambda now: now.columns.lines.purchases.price,
        "in_same_order": _same_order,
        "tag": _product_list(PRODUCT_TAGS, "tag"),
        "collection_id": _product_list(COLLECTIONS, "collection_id"),
        "category": _product_text("category"),
        "vendor": _product_text("vendor"),
        "type": _product_text("type"),
        "variant_id": lambda now: now.columns.lines.purchases.variants,
        "title": lambda now: now.columns.lines.purchases.titles,
        "sku": lambda now: now.columns.lines.purchases.skus,
    },
    _one_an_order,
    index=lambda now: now.columns.bought,
    between=_purchases_between,
)


# -- refunds ----------------------------------------------------------------------------


def _refunds_there(now: Snapshot, filters: Filters) -> Mask:
    owners, refunds = now.columns.refund_groups
    return count_by(refunds[now.given_back], len(owners)) > 0


def _refund_amount(now: Snapshot) -> Column:
    owners, refunds = now.columns.refund_groups
    amount = now.columns.orders.refunds.amount[now.given_back]
    return whole(total_by(refunds[now.given_back], amount, len(owners)))


def _refund_date(now: Snapshot) -> Dates:
    """That of its first line; without one, that of its order."""
    owners, refunds = now.columns.refund_groups
    rows = now.columns.orders.refunds
    first = np.zeros(len(owners), np.int64)
    last_to_first = now.given_back[::-1]
    first[refunds[last_to_first]] = last_to_first  # of several the first one stays
    dated, order = rows.dated_at.known[first], rows.orders[first]
    ordered_at = np.append(now.columns.orders.ordered_at, 0)[order]
    at = np.where(dated, rows.dated_at.at[first], ordered_at)
    return Dates(at, dated | (order != NONE))


def _refunds_in_order(now: Snapshot, rows: Whole) -> Whole:
    """By customer and date, those without a date left out: they fit no date."""
    dates = _refund_date(now)
    rows = rows[dates.known[rows]]
    return rows[np.lexsort((dates.at[rows], now.columns.refund_groups[0][rows]))]


REFUNDS = Records(
    lambda now: now.columns.refund_groups[0],
    _refunds_there,
    {"date": _refund_date, "amount": _refund_amount},
    in_order=_refunds_in_order,
)

RECORDS: dict[str, Records] = {
    "orders_placed": ORDERS_PLACED,
    "products_purchased": PRODUCTS_PURCHASED,
    "refunds": REFUNDS,
}
"""The records each function of the catalogue ranges over."""
