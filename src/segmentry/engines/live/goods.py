"""The products that records are about, any number a record, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.columns import NONE, Coded, Column, Lists, listed_by
from segmentry.engines.live.exact import Whole
from segmentry.engines.live.groups import matched
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.record import Field, lasting
from segmentry.engines.live.store import RowsOf, StoreColumns
from segmentry.facts.tables import COLLECTIONS, PRODUCT_TAGS, PRODUCTS, Table


def of_products(of: RowsOf, ids: Callable[[StoreColumns], Lists]) -> Mapping[str, Field]:
    """The fields of `OF_PRODUCTS`, read once; `ids` are the products of each record."""
    return {
        "id": lambda now: ids(now.columns),
        "tag": lasting(of, "tag", lambda columns: _listed(columns, ids, PRODUCT_TAGS, "tag")),
        "collection_id": lasting(
            of,
            "collection_id",
            lambda columns: _listed(columns, ids, COLLECTIONS, "collection_id"),
        ),
        **{text: lasting(of, text, _text(ids, text)) for text in _TEXTS},
    }


_TEXTS = ("category", "vendor", "type")


def _text(ids: Callable[[StoreColumns], Lists], name: str) -> Callable[[StoreColumns], Column]:
    """A text of the products that a record is about."""

    def read(columns: StoreColumns) -> Column:
        products = columns.facts.read(PRODUCTS)
        keys = Keys(products.column("product_id").combine_chunks())
        owners, rows, size = _known(ids(columns), keys)
        return _lists(owners, reading.coded(products.column(name)), rows, size)

    return read


def _listed(
    columns: StoreColumns, ids: Callable[[StoreColumns], Lists], table: Table, column: str
) -> Column:
    """What a table has of the products that a record is about."""
    keys = Keys(columns.facts.read(PRODUCTS).column("product_id").combine_chunks())
    found, of = reading.owned(columns.facts.read(table), "product_id", keys)
    owners, rows, size = _known(ids(columns), keys)
    pairs, places = matched((rows, np.zeros_like(rows)), (of, np.zeros_like(of)))
    return _lists(owners[pairs], reading.coded(found.column(column)), places, size)


def _known(products: Lists, keys: Keys) -> tuple[Whole, Whole, int]:
    """Whose each product is of which something is known, its row, and how many records
    there are."""
    names = pa.chunked_array([pa.array(products.words.values, pa.string())])
    rows = np.append(keys.rows_of(names), NONE)[products.codes]
    known = rows != NONE
    return products.owners[known], rows[known], products.size


def _lists(owners: Whole, values: Coded, rows: Whole, size: int) -> Lists:
    """The values at some rows as lists of their owners."""
    return listed_by(owners, values.taken(rows), size)
