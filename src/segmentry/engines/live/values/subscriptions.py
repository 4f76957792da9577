"""Where a customer stands with product subscriptions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from segmentry.engines.live import reading
from segmentry.engines.live.columns import Coded, Column, Words
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.keys import Keys
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store_day import StoreDay
from segmentry.facts.subscriptions import ENDED, NEVER_SUBSCRIBED, STATUSES, SUBSCRIBED

_STATES = tuple(dict.fromkeys(("ACTIVE", *STATUSES)))


def product_subscription_status(now: Snapshot, day: StoreDay) -> Column:
    """Of several subscriptions the status that comes first among the statuses."""
    rows, owners = now.columns.subscriptions
    started, ended = (reading.dates(rows.column(name)) for name in ("started_at", "ended_at"))
    state = Keys(pa.array(_STATES)).rows_of(rows.column("state"))
    running = ended.known & (ended.at > now.until)
    ran = _any_of(state, {"ACTIVE"}) | (_any_of(state, ENDED) & running)
    places = [STATUSES.index(name if name in STATUSES else SUBSCRIBED) for name in _STATES]
    place = np.where(ran, STATUSES.index(SUBSCRIBED), np.array(places)[state])
    begun = ~started.known | (started.at <= now.until)
    best = np.full(now.size, STATUSES.index(NEVER_SUBSCRIBED))
    np.minimum.at(best, owners[begun], place[begun])
    return Coded(best, Words(STATUSES))


def _any_of(state: Whole, names: Iterable[str]) -> Mask:
    return np.isin(state, [_STATES.index(name) for name in names])
