"""What products and collections are called."""

from __future__ import annotations

from segmentry.engines.base import FactSource
from segmentry.facts.tables import COLLECTIONS, PRODUCTS

_PLACES = {"id": (PRODUCTS, "product_id"), "collection_id": (COLLECTIONS, "collection_id")}


def titles(facts: FactSource, parameter: str) -> dict[str, str]:
    """The titles of what a parameter of purchases has the keys of; none of other parameters."""
    if parameter not in _PLACES:
        return {}
    table, key = _PLACES[parameter]
    rows = facts.read(table.only(key, "title"))
    pairs = zip(rows.column(key).to_pylist(), rows.column("title").to_pylist(), strict=True)
    return {each: title for each, title in pairs if title}
