"""Values that place a customer among the others of the store."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from segmentry.engines.live.columns import NONE, Coded, Column, Words
from segmentry.engines.live.comparing import at_least
from segmentry.engines.live.exact import Mask
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.live.values.orders import order_gap_ratio
from segmentry.facts import lifecycle, rfm

_STAGES = tuple(lifecycle.STAGES)
_GROUPS = tuple(rfm.GROUPS)
_SCORES = range(1, 6)
_BANDS = (Fraction(0), Fraction(lifecycle.AT_RISK_FROM), Fraction(lifecycle.INACTIVE_FROM))

STAGE_OF = np.array(
    [
        [
            [_STAGES.index(lifecycle.stage(orders, band, interested)) for band in _BANDS]
            for interested in (False, True)
        ]
        for orders in (0, 1, 2)
    ]
)
"""The stage by orders (at most 2), interest and band of the gap ratio."""

GROUP_OF = np.array(
    [[[_GROUPS.index(rfm.group(r, f, m)) for m in _SCORES] for f in _SCORES] for r in _SCORES]
)
"""The group by the three scores, each less one."""


def lifecycle_stage(now: Snapshot, day: StoreDay) -> Column:
    (email, _), (sms, _) = now.email, now.sms
    subscribed = _is(email, "SUBSCRIBED") | _is(sms, "SUBSCRIBED")
    interested = (subscribed | now.last_abandoned.known).astype(np.int64)
    ratio = order_gap_ratio(now, day)
    band = sum(at_least(ratio, limit).astype(np.int64) for limit in _BANDS[1:])
    stage = STAGE_OF[np.minimum(2, now.number_of_orders), interested, band]
    return Coded(stage, Words(_STAGES))


def _is(column: Coded, word: str) -> Mask:
    return np.array([each == word for each in column.words.values])[column.codes]


def rfm_group(now: Snapshot, day: StoreDay) -> Column:
    """Without an order they are prospects, however few buyers there are."""
    recency, frequency, monetary = day.rfm_scores(now)
    group = GROUP_OF[recency.top - 1, frequency.top - 1, monetary.top - 1]
    group = np.where(recency.known, group, NONE)
    return Coded(np.where(now.bought, group, _GROUPS.index("PROSPECTS")), Words(_GROUPS))


def rfm_score(position: int) -> Callable[[Snapshot, StoreDay], Column]:
    """The score at a place: recency, frequency, monetary."""

    def value(now: Snapshot, day: StoreDay) -> Column:
        return day.rfm_scores(now)[position]

    return value
