"""When facts take effect: between two such moments nothing known of a customer changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from segmentry.engines.live.exact import Whole
from segmentry.engines.live.moments import MICROSECOND
from segmentry.engines.live.standing import REFUNDED
from segmentry.engines.live.store import StoreColumns
from segmentry.facts.checkouts import ABANDONED_AFTER

_FIRST, _LAST = np.iinfo(np.int64).min, np.iinfo(np.int64).max


def stretch(columns: StoreColumns, moment: int) -> tuple[int, int]:
    """The time around a moment in which no fact takes effect: its first microsecond, and
    the one after its last."""
    begins, ends = _FIRST, _LAST
    for effects in _effects(columns):
        begins = max(begins, int(effects.max(initial=_FIRST, where=effects <= moment)))
        ends = min(ends, int(effects.min(initial=_LAST, where=effects > moment)))
    return begins, ends


def _effects(columns: StoreColumns) -> Iterator[Whole]:
    """All moments at which something about a customer changes."""
    orders = columns.orders
    yield orders.ordered_at
    yield orders.cancelled_at.at[orders.cancelled_at.known]
    yield orders.refunded_from[orders.state == REFUNDED]
    yield orders.refunds.effective_at
    _, active_at = columns.checkouts
    yield active_at
    yield active_at + ABANDONED_AFTER // MICROSECOND
    yield columns.visits[1]
    yield columns.acts("EMAIL").acted_at
    yield columns.acts("SMS").acted_at
    yield columns.first_known.at[columns.first_known.known]
