"""What was on the orders, line by line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentry.engines.base import FactSource
from segmentry.engines.live import reading
from segmentry.engines.live.exact import Mask, Whole, total_by
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.orders import Orders
from segmentry.engines.live.purchases import Purchases, add_up
from segmentry.facts.tables import ORDER_LINES, PRODUCT_SKUS

GOODS = ("PRODUCT", "GIFT_CARD")
"""Kinds of line that are bought; shipping and discounts are not."""


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What the lines of orders come to: `revenue` is what the products of each order cost
    after discounts, `purchases` are the goods, added up by order and product."""

    revenue: Whole
    purchases: Purchases


def read_lines(facts: FactSource, orders: Orders, keys: Keys) -> Lines:
    """The lines of the orders, whose ids are `keys`; the table itself is not kept."""
    table, rows = reading.owned(facts.read(ORDER_LINES), "order_id", keys)
    table = table.drop_columns("order_id")
    revenue = _revenue(table, rows, orders.size)
    goods = _of_kind(table, *GOODS)
    if not goods.all():
        table, rows = table.filter(pa.array(goods)), rows[goods]
    return Lines(revenue, add_up(table, rows, facts.read(PRODUCT_SKUS), orders.refunds))


def _revenue(table: pa.Table, orders: Whole, size: int) -> Whole:
    rows = np.flatnonzero(_of_kind(table, "PRODUCT"))
    amount = reading.numbers(table.column("amount"))
    known = np.where(amount.known, amount.top, 0)
    return total_by(orders[rows], known[rows], size)


def _of_kind(table: pa.Table, *kinds: str) -> Mask:
    return np.asarray(pc.is_in(table.column("kind"), value_set=pa.array(kinds)))
