"""Orders and refunds as columns, without a moment.

Orders are sorted by customer and then by time, so an order's row is its place in this
order. Refunds point at the row of their order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segmentry.engines.base import FactSource
from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE, Coded, Dates, Lists, Numbers, listed_by
from segmentry.engines.live.customers import Customers
from segmentry.engines.live.exact import Mask, Whole, count_by
from segmentry.engines.live.groups import FEW, spread
from segmentry.engines.live.keys import Keys
from segmentry.facts.orders import STATES
from segmentry.facts.tables import ORDER_DISCOUNTS, ORDER_TAGS, ORDERS, REFUNDS, Table


@dataclass(frozen=True, slots=True, eq=False)
class Refunds:
    """Money and goods given back, one row a refunded line, in the order of their orders.

    `orders` is the row of the order, NONE for a refund that fits none; `effective_at` the
    moment from which it counts: its own, or its order's where it has none or an earlier.
    """

    owners: Whole
    orders: Whole
    dated_at: Dates
    effective_at: Whole
    amount: Whole
    quantity: Whole
    line_number: Numbers
    product: pa.ChunkedArray
    refund: Whole

    @property
    def linked(self) -> Whole:
        """The rows that belong to an order."""
        return np.flatnonzero(self.orders != NONE)

    def of(self, orders: Whole, customers: Whole) -> tuple[Refunds, Whole]:
        """Those of some orders, in order, and of some customers without one; and their rows."""
        linked = len(self.linked)  # rows without an order come last
        rows, which = spread(self.orders[:linked], orders)
        loose = linked + np.flatnonzero(np.isin(self.owners[linked:], customers))
        rows = np.concatenate([rows, loose])
        return Refunds(
            owners=np.searchsorted(customers, self.owners[rows]),
            orders=np.concatenate([which, np.full(len(loose), NONE)]),
            dated_at=self.dated_at.taken(rows),
            effective_at=self.effective_at[rows],
            amount=self.amount[rows],
            quantity=self.quantity[rows],
            line_number=self.line_number.taken(rows),
            product=self.product,
            refund=self.refund[rows],
        ), rows


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Every order of a customer there is. `state` is a place in `facts.orders.STATES`."""

    owners: Whole
    ordered_at: Whole
    placed: Mask
    state: Whole
    cancelled_at: Dates
    paid: Numbers
    tags: Lists
    codes: Lists
    discounted: Mask
    refunded_from: Whole
    """Where the state is REFUNDED: when the last of the money went back."""
    has_refunds: Mask
    refunds: Refunds

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.owners)

    def of(self, customers: Whole) -> tuple[Orders, Whole, Whole]:
        """Those of some customers, in order; and the rows of these orders and refunds."""
        rows, owners = spread(self.owners, customers)
        refunds, refund_rows = self.refunds.of(rows, customers)
        return self._taken(rows, owners, refunds), rows, refund_rows

    def taken(self, rows: Whole) -> Orders:
        """The orders of these rows, in order, with their refunds; owners stay those of all."""
        return self._taken(rows, self.owners[rows], self.refunds.of(rows, self.owners[:0])[0])

    def _taken(self, rows: Whole, owners: Whole, refunds: Refunds) -> Orders:
        return Orders(
            owners=owners,
            ordered_at=self.ordered_at[rows],
            placed=self.placed[rows],
            state=self.state[rows],
            cancelled_at=self.cancelled_at.taken(rows),
            paid=self.paid.taken(rows),
            tags=self.tags.taken(rows),
            codes=self.codes.taken(rows),
            discounted=self.discounted[rows],
            refunded_from=self.refunded_from[rows],
            has_refunds=self.has_refunds[rows],
            refunds=refunds,
        )


@dataclass(frozen=True, slots=True, eq=False)
class OrderTable:
    """The orders as they were read, and the rows of those whose customer is known, by
    customer, time and id; a column is read when it is asked for."""

    table: pa.Table
    rows: Whole
    owners: Whole

    @property
    def size(self) -> int:
        """How many orders there are."""
        return len(self.rows)

    def keys(self) -> Keys:
        """Their ids."""
        standing = np.full(self.table.num_rows, NONE)
        standing[self.rows] = np.arange(self.size)
        return Keys(self.table.column("order_id").combine_chunks(), standing)

    def numbers(self, name: str) -> Numbers:
        """A column of whole numbers."""
        return reading.numbers(self.table.column(name)).taken(self.rows)

    def dates(self, name: str) -> Dates:
        """A column of moments."""
        return reading.dates(self.table.column(name)).taken(self.rows)

    def coded(self, name: str) -> Coded:
        """A column of texts or booleans."""
        column = self.table.column(name)
        if FEW * self.size < len(column):
            return reading.coded(column.take(pa.array(self.rows)))
        return reading.coded(column).taken(self.rows)


_COLUMNS = ORDERS.only(
    *("order_id", "customer_id", "ordered_at", "state", "placed", "cancelled_at"),
    *("refunded_at", "paid", "discount", "currency", "channel", "location_id", "app_id"),
    *("company_id", "renewal", "shipping_country", "payment_method"),
)
"""What answers are made from; addresses and parts of the amount are not."""


def read_order_table(facts: FactSource, customers: Customers) -> OrderTable:
    """The orders of the customers."""
    table = facts.read(_COLUMNS)
    owners = customers.keys.rows_of(table.column("customer_id"))
    ordered_at = reading.dates(table.column("ordered_at")).at
    rows = reading.in_order(owners, ordered_at, table.column("order_id"))
    return OrderTable(table, rows, owners[rows])


def read_orders(facts: FactSource, customers: Customers, table: OrderTable) -> Orders:
    """All orders and refunds of the customers."""
    keys, size = table.keys(), table.size
    ordered_at = table.dates("ordered_at").at
    refunds = _refunds(facts, customers, keys, table.owners, ordered_at)
    linked = refunds.linked
    discounts = _of_orders(facts, ORDER_DISCOUNTS, keys)
    discount = table.numbers("discount")
    return Orders(
        owners=table.owners,
        ordered_at=ordered_at,
        placed=reading.truths(table.table.column("placed"))[table.rows],
        state=Keys(pa.array(STATES)).rows_of(table.table.column("state"))[table.rows],
        cancelled_at=table.dates("cancelled_at"),
        paid=table.numbers("paid"),
        tags=_lists(*_of_orders(facts, ORDER_TAGS, keys), "tag", size),
        codes=_lists(*discounts, "code", size),
        discounted=(discount.top > 0) | (count_by(discounts[1], size) > 0),
        refunded_from=_refunded_from(table, ordered_at, refunds),
        has_refunds=count_by(refunds.orders[linked], size) > 0,
        refunds=refunds,
    )


def _of_orders(facts: FactSource, table: Table, keys: Keys) -> tuple[pa.Table, Whole]:
    return reading.owned(facts.read(table), "order_id", keys)


def _lists(rows: pa.Table, orders: Whole, column: str, size: int) -> Lists:
    return listed_by(orders, reading.coded(rows.column(column)), size)


def _refunded_from(table: OrderTable, ordered_at: Whole, refunds: Refunds) -> Whole:
    """As the source says, else the last refund, else the order itself."""
    stated = table.dates("refunded_at")
    last = ordered_at.copy()
    linked = refunds.linked
    np.maximum.at(last, refunds.orders[linked], refunds.effective_at[linked])
    return np.where(stated.known, stated.at, last)


def _refunds(
    facts: FactSource, customers: Customers, keys: Keys, owners: Whole, ordered_at: Whole
) -> Refunds:
    """Refunds of these orders, and those of a customer that name no order."""
    table = facts.read(REFUNDS)
    orders = keys.rows_of(table.column("order_id"))
    loose = np.asarray(table.column("order_id").is_null())
    of_customer = customers.keys.rows_of(table.column("customer_id"))
    order_owner = np.append(owners, NONE)[orders]
    owner = np.where(loose, of_customer, order_owner)
    # Rows without an order come last, as a customer's refunds are read.
    position = np.where(loose, len(owners), orders)
    kept = np.argsort(position, kind="stable")
    kept = kept[owner[kept] != NONE]
    table, orders = table.take(pa.array(kept)), orders[kept]
    dated = reading.dates(table.column("refunded_at"))
    return Refunds(
        owners=owner[kept],
        orders=orders,
        dated_at=dated,
        effective_at=_effective(dated, orders, ordered_at),
        amount=reading.numbers(table.column("amount")).top,
        quantity=reading.numbers(table.column("quantity")).top,
        line_number=reading.numbers(table.column("line_number")),
        product=table.column("product_id"),
        refund=reading.coded(table.column("refund_id")).codes,
    )


def _effective(dated: Dates, orders: Whole, ordered_at: Whole) -> Whole:
    """When each counts from. One without a moment and without an order always counts."""
    always = np.iinfo(np.int64).min
    own = np.where(dated.known, dated.at, always)
    return np.asarray(np.maximum(own, np.append(ordered_at, always)[orders]))
