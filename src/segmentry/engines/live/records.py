"""Records of customers for the functions: orders, what was bought, refunds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.abandoned import CHECKOUTS_ABANDONED
from segmentry.engines.live.belongings import STORE_CREDIT_ACCOUNTS
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
from segmentry.engines.live.event_records import EVENT_RECORDS, EVENTS
from segmentry.engines.live.exact import Mask, Whole, count_by, total_by
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.places import within_distance
from segmentry.engines.live.record import Field, Filters, Records, lasting
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.field import Function
from segmentry.facts.orders import STATES
from segmentry.facts.tables import COLLECTIONS, PRODUCT_TAGS, PRODUCTS, Table

# -- orders -----------------------------------------------------------------------------


def _orders_there(now: Snapshot, filters: Filters) -> Mask:
    """Orders that count; with `status` all that were placed."""
    with_status = any(each.field.name == "status" for each in filters)
    return now.standing.placed if with_status else now.standing.counts


def _discounted(columns: StoreColumns) -> Column:
    return Coded(columns.orders.discounted.astype(np.int64), Words((False, True)))


def _order_column(name: str) -> Field:
    return lasting("orders", name, lambda columns: columns.order_table.coded(name))


ORDERS_PLACED = Records(
    lambda now: now.columns.orders.owners,
    _orders_there,
    {
        "date": lambda now: dated(now.columns.orders.ordered_at),
        "amount": lambda now: now.standing.money,
        "status": lambda now: Coded(now.standing.state, Words(STATES)),
        "tag": lambda now: now.columns.orders.tags,
        "discount_code": lambda now: now.columns.orders.codes,
        "discounted": lasting("orders", "discounted", _discounted),
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

    return lasting("purchases", name, read)


def _product_list(table: Table, column: str) -> Field:
    """What a table has of the product that was bought, if the product is known."""

    def read(columns: StoreColumns) -> Column:
        products = _product_keys(columns)
        rows, owners = reading.owned(columns.facts.read(table), "product_id", products)
        lists = listed_by(owners, reading.coded(rows.column(column)), products.size)
        return _of_products(columns, lists, products)

    return lasting("purchases", column, read)


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
        "date": lasting("purchases", "date", _ordered_at),
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

_RECORDS: dict[str, Records] = {
    "orders_placed": ORDERS_PLACED,
    "products_purchased": PRODUCTS_PURCHASED,
    "refunds": REFUNDS,
    "checkouts_abandoned": CHECKOUTS_ABANDONED,
    **EVENT_RECORDS,
    "events": EVENTS,
    "store_credit_accounts": STORE_CREDIT_ACCOUNTS,
}
"""The records that functions range over, of all but those that look from a place."""


def records_of(function: Function, filters: Filters) -> Records:
    """The records that a function with these filters ranges over."""
    if function.name == "customer_within_distance":
        return within_distance(filters)
    return _RECORDS[function.name]
