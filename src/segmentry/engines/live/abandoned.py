"""Checkouts still abandoned, as records."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.columns import Coded, Column, Lists, dated, listed_by
from segmentry.engines.live.exact import Mask
from segmentry.engines.live.goods import of_products
from segmentry.engines.live.purchases import product_of, texts
from segmentry.engines.live.record import Filters, Records, lasting
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.tables import CHECKOUT_LINES, PRODUCT_SKUS


def _listed(columns: StoreColumns, values: Callable[[pa.Table], Coded]) -> Lists:
    """What the lines of each checkout say."""
    checkouts = columns.checkouts
    lines, owners = reading.owned(
        columns.facts.read(CHECKOUT_LINES), "checkout_id", checkouts.keys()
    )
    return listed_by(owners, values(lines), checkouts.size)


def _products(columns: StoreColumns) -> Lists:
    skus = columns.facts.read(PRODUCT_SKUS)
    return _listed(
        columns,
        lambda lines: product_of(texts(lines, "product_id"), texts(lines, "sku"), skus),
    )


def _column(name: str) -> Callable[[StoreColumns], Column]:
    return lambda columns: _listed(columns, lambda lines: texts(lines, name))


def _kept_products(columns: StoreColumns) -> Lists:
    found = columns.kept("checkouts.products", _products, "checkouts")
    assert isinstance(found, Lists)
    return found


def _there(now: Snapshot, filters: Filters) -> Mask:
    return now.abandoned


CHECKOUTS_ABANDONED = Records(
    lambda now: now.columns.checkouts.owners,
    _there,
    {
        "date": lambda now: dated(now.columns.checkouts.at),
        "value": lambda now: now.columns.checkouts.value,
        **of_products("checkouts", _kept_products),
        "variant_id": lasting("checkouts", "variant_id", _column("variant_id")),
        "sku": lasting("checkouts", "sku", _column("sku")),
    },
)
