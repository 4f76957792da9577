"""Values that visits to the store give."""

from __future__ import annotations

import numpy as np

from segmentry.engines.live.columns import NONE, Coded, Column
from segmentry.engines.live.snapshot import Snapshot
from segmentry.engines.live.store import StoreColumns
from segmentry.engines.live.store_day import StoreDay
from segmentry.engines.properties import came_from
from segmentry.facts.events import STOREFRONT


def sources(columns: StoreColumns) -> Coded:
    """Where each visit came from, if it tells."""
    raw, told = columns.events.named(*STOREFRONT).told(came_from)
    return raw.replaced(told)


def first_source(now: Snapshot, day: StoreDay) -> Column:
    return _source(now, last=False)


def last_source(now: Snapshot, day: StoreDay) -> Column:
    return _source(now, last=True)


def _source(now: Snapshot, *, last: bool) -> Column:
    """Where the first or last visit that tells so came from."""
    source = now.columns.kept("visits.source", sources, STOREFRONT)
    assert isinstance(source, Coded)
    visits = now.columns.events.named(*STOREFRONT)
    rows = np.flatnonzero(source.known & (visits.at <= now.until))
    rows = rows if last else rows[::-1]
    codes = np.full(now.size, NONE)
    codes[visits.owners[rows]] = source.codes[rows]  # of several the last one stays
    return Coded(codes, source.words)
