"""Store credit, as records."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.columns import Column
from segmentry.engines.live.record import Field, Records, lasting
from segmentry.engines.live.store import StoreColumns


def _field(name: str, read: Callable[[pa.ChunkedArray], Column]) -> Field:
    def column(columns: StoreColumns) -> Column:
        return read(columns.credits[0].column(name))

    return lasting("credits", name, column)


STORE_CREDIT_ACCOUNTS = Records(
    lambda now: now.columns.credits[1],
    lambda now, filters: np.ones(len(now.columns.credits[1]), np.bool_),
    {
        "balance": _field("balance", reading.numbers),
        "currency": _field("currency", reading.coded),
        "next_expiry_date": _field("next_expiry_at", reading.dates),
        "last_credit_date": _field("last_credit_at", reading.dates),
    },
)
