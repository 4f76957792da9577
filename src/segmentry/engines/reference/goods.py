"""The products that a record is about, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from segmentry.engines.base import CustomerValue
from segmentry.engines.reference.rows import Product, StoreRows

Field = Callable[[Any], CustomerValue]


def of_products(ids: Field, known: Callable[[Any], list[Product]]) -> Mapping[str, Field]:
    """The fields of `OF_PRODUCTS`: `ids` are a record's products, `known` those of them of
    which something is known."""
    return {
        "id": ids,
        "tag": lambda each: _union(product.tags for product in known(each)),
        "collection_id": lambda each: _union(product.collections for product in known(each)),
        **{name: _column(known, name) for name in ("category", "vendor", "type")},
    }


def known_products(ids: Iterable[str], rows: StoreRows) -> list[Product]:
    """Those of some products of which something is known."""
    return [rows.products[each] for each in ids if each in rows.products]


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _column(known: Callable[[Any], list[Product]], name: str) -> Field:
    def value(each: Any) -> CustomerValue:
        found = (product.row[name] for product in known(each))
        return frozenset(text for text in found if text is not None)

    return value
