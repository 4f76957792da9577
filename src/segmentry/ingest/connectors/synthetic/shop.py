"""The real store as arrays: who there is, what they ordered, from when to when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Whole: TypeAlias = npt.NDArray[np.int64]
Texts: TypeAlias = npt.NDArray[np.object_]

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Microseconds, as moments are counted."""


@dataclass(frozen=True, slots=True)
class Shop:
    """Customers, their orders sorted by number, and lines sorted by order.

    `first` is each customer's first moment; customers and products of orders and lines are
    numbers of rows. `lines_from` has for each order the number of its first line, and one
    more at the end. Everything lies between `begins` and `ends`.
    """

    customers: Texts
    first: Whole
    orders: Texts
    buyer: Whole
    ordered_at: Whole
    total: Whole
    lines_from: Whole
    product: Texts
    quantity: Whole
    amount: Whole
    titles: Mapping[str, str]
    begins: int
    ends: int


def shop(tables: Mapping[str, pa.Table]) -> Shop:
    """The store of these canonical tables: orders of known customers, lines of products."""
    customers = tables["customers"].sort_by("customer_id")
    ids = customers["customer_id"].combine_chunks()
    known = tables["orders"]
    orders = known.filter(pc.is_in(known["customer_id"], value_set=ids)).sort_by("order_id")
    order_ids = orders["order_id"].combine_chunks()
    lines = _lines(tables["order_lines"], order_ids)
    order = _whole(pc.index_in(lines["order_id"], value_set=order_ids))
    products = tables["products"]
    moments = _whole(known["ordered_at"])
    return Shop(
        customers=_texts(ids),
        first=_whole(customers["created_at"]),
        orders=_texts(order_ids),
        buyer=_whole(pc.index_in(orders["customer_id"], value_set=ids)),
        ordered_at=_whole(orders["ordered_at"]),
        total=_whole(orders["total"]),
        lines_from=np.searchsorted(order, np.arange(len(order_ids) + 1)).astype(np.int64),
        product=_texts(lines["product_id"]),
        quantity=_whole(lines["quantity"]),
        amount=_whole(lines["amount"]),
        titles=dict(
            zip(products["product_id"].to_pylist(), products["title"].to_pylist(), strict=True)
        ),
        begins=int(moments.min()),
        ends=int(moments.max()),
    )


def _lines(lines: pa.Table, orders: pa.Array) -> pa.Table:
    """The lines with a product and money on them, in order of their orders."""
    wanted = pc.and_(
        pc.is_in(lines["order_id"], value_set=orders),
        pc.and_(pc.is_valid(lines["product_id"]), pc.greater(lines["amount"], 0)),
    )
    return lines.filter(wanted).sort_by([("order_id", "ascending"), ("line_number", "ascending")])


def _whole(column: pa.ChunkedArray | pa.Array) -> Whole:
    found: Whole = np.asarray(column.cast(pa.int64()).fill_null(0).to_numpy(), dtype=np.int64)
    return found


def _texts(column: pa.ChunkedArray | pa.Array) -> Texts:
    found: Texts = np.asarray(column.to_pylist(), dtype=object)
    return found
