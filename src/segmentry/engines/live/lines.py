"""What was on the orders, line by line."""

from __future__ import annotations

from functools import cached_property

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


class Lines:
    """The lines of the orders there are."""

    def __init__(self, facts: FactSource, orders: Orders, keys: Keys) -> None:
        self._table, self._rows = reading.owned(facts.read(ORDER_LINES), "order_id", keys)
        self._facts = facts
        self._orders = orders

    @cached_property
    def revenue(self) -> Whole:
        """What the products of each order cost after discounts."""
        rows = np.flatnonzero(self._of_kind("PRODUCT"))
        amount = reading.numbers(self._table.column("amount"))
        known = np.where(amount.known, amount.top, 0)
        return total_by(self._rows[rows], known[rows], self._orders.size)

    @cached_property
    def purchases(self) -> Purchases:
        """The lines of goods, added up by order and product."""
        goods = self._of_kind(*GOODS)
        table, rows = self._table.filter(pa.array(goods)), self._rows[goods]
        return add_up(table, rows, self._facts.read(PRODUCT_SKUS), self._orders.refunds)

    def _of_kind(self, *kinds: str) -> Mask:
        return np.asarray(pc.is_in(self._table.column("kind"), value_set=pa.array(kinds)))
