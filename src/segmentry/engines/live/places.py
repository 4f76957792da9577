"""Addresses around a place, as records."""

from __future__ import annotations

from collections.abc import Callable
from math import radians

import numpy as np

from segmentry.engines.distance import (
    EARTH,
    MILLIMETRES,
    farthest,
    millimetres,
    place_of,
    place_text,
)
from segmentry.engines.live.addresses import Places
from segmentry.engines.live.columns import Coded, Column, Numbers, Words
from segmentry.engines.live.exact import Mask, Whole
from segmentry.engines.live.record import Filters, Records
from segmentry.engines.live.snapshot import Snapshot

_FAR = 10**12
"""Millimetres beyond the other side of the globe."""
_MARGIN = 1_000_000
"""Millimetres that no rounding makes."""


def within_distance(filters: Filters) -> Records:
    """The addresses with coordinates, measured from the place that filters give."""

    def owners(now: Snapshot) -> Whole:
        return now.columns.places.owners

    def there(now: Snapshot, filters: Filters) -> Mask:
        return np.ones(len(owners(now)), np.bool_)

    def place(now: Snapshot) -> Column:
        return Coded(np.zeros(len(owners(now)), np.int64), Words((place_text(filters),)))

    def distance(unit: int) -> Callable[[Snapshot], Column]:
        def read(now: Snapshot) -> Column:
            far = _distances(now.columns.places, filters)
            return Numbers(far, np.ones(len(far), np.bool_), unit)

        return read

    fields = {name: distance(unit) for name, unit in MILLIMETRES.items()}
    return Records(owners, there, {"coordinates": place, **fields})


def _distances(places: Places, filters: Filters) -> Whole:
    """How far each address is; only where the latitude allows it to be near is it measured."""
    here, most = place_of(filters), farthest(filters) + _MARGIN
    found = [
        millimetres(here, place) if radians(abs(place[0] - here[0])) * EARTH <= most else _FAR
        for place in places.places
    ]
    return np.array([*found, _FAR], np.int64)[places.which]
