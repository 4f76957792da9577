"""Typed rows of products files -> products, their tags and stock-keeping units.

A product's rows are its variants; what is said of the product stands on the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmentry.ingest.files.building import Built, Context, Rows, split

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

# Of several files that have a product the last is the one that holds.
_KEPT = """
    CREATE TABLE kept AS
    SELECT * FROM keyed
    WHERE (f, line) NOT IN (SELECT (f, line) FROM wrong)
    QUALIFY f = max(f) OVER (PARTITION BY key)
"""
_PRODUCTS = """
    SELECT q(key) AS product_id,
        first(title ORDER BY line) FILTER (title IS NOT NULL) AS title,
        first(vendor ORDER BY line) FILTER (vendor IS NOT NULL) AS vendor,
        first(category ORDER BY line) FILTER (category IS NOT NULL) AS category,
        first(type ORDER BY line) FILTER (type IS NOT NULL) AS type
    FROM kept GROUP BY key ORDER BY min(f), min(line)
"""
_SKUS = """
    SELECT q(key) AS product_id, sku, q(first(variant_id ORDER BY line)) AS variant_id
    FROM kept WHERE sku IS NOT NULL GROUP BY key, sku ORDER BY min(f), min(line)
"""
_TAGS = """
    SELECT q(key) AS product_id, tag
    FROM (SELECT DISTINCT key, unnest({tags}) AS tag FROM kept) ORDER BY key, tag
"""


def build(typed: pa.Table, wrong: Iterable[pa.Table], context: Context) -> Built:
    """The products in the rows; a row that is refused takes its product with it."""
    rows = Rows(typed, wrong, context)
    rows.db.execute("CREATE VIEW keyed AS SELECT *, coalesce(product_id, handle) AS key FROM typed")
    rows.refuse("product_id", "title", "'the product has no id'", "FROM keyed WHERE key IS NULL")
    rows.spread("product", "keyed")
    rows.db.execute(_KEPT)
    tables = {"products": rows.table("products", _PRODUCTS)}
    if rows.mapped("sku"):
        tables["product_skus"] = rows.table("product_skus", _SKUS)
    if rows.mapped("tags"):
        separator = next(iter(context.files.values())).mapping.format.tag_separator
        tables["product_tags"] = rows.table(
            "product_tags", _TAGS.format(tags=split("tags", separator))
        )
    return Built(tables, rows.wrong(), [])
