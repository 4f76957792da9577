"""The real tables -> the tables of the overlay."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from segmentry.ingest.connectors.synthetic.happenings import SOURCE, event_rows
from segmentry.ingest.connectors.synthetic.messages import messages
from segmentry.ingest.connectors.synthetic.shop import shop
from segmentry.ingest.connectors.synthetic.visits import visits

__all__ = ["SEED", "SOURCE", "WARNING", "overlay"]

SEED = 20111209
"""Where all draws start, so that everybody has the same store."""

WARNING = (
    "Synthetic: made up for this sample, over its real orders. No real person did, wrote or "
    "agreed to any of it."
)
"""What is said wherever the overlay is."""


def overlay(tables: Mapping[str, pa.Table], seed: int = SEED) -> dict[str, pa.Table]:
    """Canonical tables of consent, visits, checkouts and messages for a store of orders.

    `customers` are those of `tables` with made-up addresses; every other record has
    `synthetic` as its source's name and lies between the first and the last order.
    """
    real = shop(tables)
    draw = np.random.default_rng(seed)
    visited = visits(real, draw)
    sent = messages(tables["customers"], real, draw)
    return {
        "customers": sent.customers,
        "consents": sent.consents.filter(_in_time(sent.consents["acted_at"], real.ends)),
        "events": event_rows(real, [*visited.happenings, *sent.happenings]),
        "checkouts": visited.checkouts,
        "checkout_lines": visited.checkout_lines,
    }


def _in_time(moments: pa.ChunkedArray, ends: int) -> pa.Array:
    return pa.array(moments.cast(pa.int64()).to_numpy() <= ends)
