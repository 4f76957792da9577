"""What happened, gathered as arrays -> rows of the table `events`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from segmentry.facts.tables import EVENTS, MOMENT
from segmentry.ingest.connectors.synthetic.shop import Shop, Texts, Whole

SOURCE = "synthetic"
"""The source's name, which stands before the id of everything that is made up."""


@dataclass(frozen=True, slots=True)
class Happenings:
    """Events of one name: the customers' numbers, moments, and what else there is to say."""

    name: str
    customer: Whole
    at: Whole
    product: Texts | None = None
    campaign: Texts | None = None
    properties: Texts | None = None


def event_rows(shop: Shop, happenings: list[Happenings]) -> pa.Table:
    """One table of all that happened while the store's data last."""
    parts = [_rows(shop, each) for each in happenings]
    found = pa.concat_tables(parts).sort_by([("occurred_at", "ascending")])
    ids = pa.array([f"{SOURCE}:event-{number}" for number in range(1, len(found) + 1)])
    return found.set_column(0, EVENTS.schema.field("event_id"), ids)


def _rows(shop: Shop, each: Happenings) -> pa.Table:
    kept = np.flatnonzero((each.at >= shop.begins) & (each.at <= shop.ends))
    return pa.table(
        {
            "event_id": pa.array([""] * len(kept)),
            "customer_id": pa.array(shop.customers[each.customer[kept]], pa.string()),
            "name": pa.array([each.name] * len(kept), pa.string()),
            "occurred_at": pa.array(each.at[kept]).cast(MOMENT),
            "product_id": _kept(each.product, kept),
            "activity_id": _kept(each.campaign, kept),
            "properties": _kept(each.properties, kept),
        },
        schema=EVENTS.schema,
    )


def _kept(column: Texts | None, kept: Whole) -> pa.Array:
    if column is None:
        return pa.nulls(len(kept), pa.string())
    return pa.array(column[kept], pa.string())
