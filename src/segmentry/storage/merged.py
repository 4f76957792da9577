"""Facts of merged profiles, read as those of the profile that lives on.

What arrived stays as it arrived and the merge is applied where it is read, so it does not
matter whether the merge, the profiles or their records come first. Chains are followed to
their end; a circle has none and is refused before it is taken in.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from segmentry.base.errors import DataError
from segmentry.facts.tables import CUSTOMER_MERGES, CUSTOMERS, TABLES, Table

SURVIVORS = """
    CREATE OR REPLACE TEMP VIEW survivors AS
    WITH RECURSIVE walk AS (
        SELECT customer_id, merged_into FROM customer_merges
        UNION
        SELECT walk.customer_id, onward.merged_into
        FROM walk JOIN customer_merges onward ON walk.merged_into = onward.customer_id
    )
    SELECT customer_id, merged_into AS survivor_id
    FROM walk ANTI JOIN customer_merges ON walk.merged_into = customer_merges.customer_id
"""
"""Every profile that is gone, and the one that its facts belong to."""

# The survivor's own row holds; before it arrived, that of a merged profile does for it.
_PROFILES = """
    SELECT {columns} FROM (
        SELECT mine.* REPLACE (
            coalesce(survivor_id, mine.customer_id) AS customer_id,
            min(created_at) OVER of_one AS created_at
        )
        FROM {rows} mine LEFT JOIN survivors USING (customer_id)
        WINDOW of_one AS (PARTITION BY coalesce(survivor_id, mine.customer_id))
        QUALIFY row_number() OVER (
            PARTITION BY coalesce(survivor_id, mine.customer_id)
            ORDER BY survivor_id IS NOT NULL, mine.customer_id
        ) = 1
    )
"""
# Of two values under one key the later holds, so the survivor's own come last.
_RECORDS = """
    SELECT {columns} FROM (
        SELECT mine.* REPLACE (coalesce(survivor_id, mine.customer_id) AS customer_id),
            survivor_id IS NULL AS own, mine.customer_id AS former
        FROM {rows} mine LEFT JOIN survivors USING (customer_id)
    ) ORDER BY own, former DESC
"""


def reading(table: Table, columns: str, rows: str | None = None) -> str:
    """The statement that reads columns of a table with all merges applied; `rows`, an
    expression, are those of the table that are read, all if there is none."""
    rows = rows or f'"{table.name}"'
    if table.name == CUSTOMERS.name:
        return _PROFILES.format(columns=columns, rows=rows)
    names = {column.name for column in TABLES[table.name].columns}
    if table.name == CUSTOMER_MERGES.name or "customer_id" not in names:
        return f"SELECT {columns} FROM {rows}"
    return _RECORDS.format(columns=columns, rows=rows)


def refuse_circles(known: pa.Table, arriving: pa.Table) -> None:
    """Refuse merges after which a profile would lead back to itself."""
    into: dict[str, str] = {}
    for merges in (known, arriving):
        gone, survivor = (merges.column(name) for name in ("customer_id", "merged_into"))
        into |= dict(zip(gone.to_pylist(), survivor.to_pylist(), strict=True))
    ended: set[str] = set()
    for start in arriving.column("customer_id").to_pylist():
        _follow(start, into, ended)


def _follow(start: str, into: Mapping[str, str], ended: set[str]) -> None:
    """Go to the end of a chain; `ended` are profiles known to lead to one."""
    way: dict[str, None] = {}
    here = start
    while here in into and here not in ended:
        if here in way:
            raise DataError(
                f"customer_merges: {here} is merged into itself, by way of {len(way)} merges. "
                "Leave one of them out."
            )
        way[here] = None
        here = into[here]
    ended.update(way)
