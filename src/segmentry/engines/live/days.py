"""The local day of many moments.

The offsets of a zone are asked of zoneinfo once for each day that has a moment, never
once a moment. Where a day's offset changes the instant of the change is found; no zone
changes its clock twice within one day of UTC. A clock set back over midnight shows again a
day that is over, until midnight comes again within the same day of UTC.
"""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from segmentry.engines.live.exact import Whole
from segmentry.engines.live.moments import DAY, MICROSECOND, moment_of_number


def local_days(moments: Whole, zone: ZoneInfo) -> Whole:
    """Days since 1970 on the zone's calendar, of moments in microseconds of UTC."""
    if not len(moments):
        return moments
    before, change, after = _each_day(moments, zone)
    begun = (change - 1 + before) // DAY
    changed = moments >= change
    shown = (moments + np.where(changed, after, before)) // DAY
    return np.asarray(np.where(changed, np.maximum(shown, begun), shown))


def offsets(moments: Whole, zone: ZoneInfo) -> Whole:
    """How many microseconds the zone's clock is ahead of UTC at moments, themselves in such."""
    if not len(moments):
        return moments
    before, change, after = _each_day(moments, zone)
    return np.asarray(np.where(moments >= change, after, before))


def _each_day(moments: Whole, zone: ZoneInfo) -> tuple[Whole, Whole, Whole]:
    """Of the day of each moment the first offset, when another begins to hold, and that."""
    days = moments // DAY
    first = days.min()
    place = days - first
    seen = np.zeros(place.max() + 1, np.bool_)
    seen[place] = True
    found = np.zeros((3, len(seen)), np.int64)
    for index in np.flatnonzero(seen).tolist():
        found[:, index] = _offsets(int(first) + index, zone)
    before, change, after = found[:, place]
    return before, change, after


@lru_cache(2**16)
def _offsets(day: int, zone: ZoneInfo) -> tuple[int, int, int]:
    """A day's first offset, the moment from which another holds, and that other."""
    start, end = day * DAY, (day + 1) * DAY
    before, after = _offset(start, zone), _offset(end - 1, zone)
    if before == after:
        return before, end, after
    while end - start > 1:
        middle = (start + end) // 2
        if _offset(middle, zone) == before:
            start = middle
        else:
            end = middle
    return before, end, after


def _offset(moment: int, zone: ZoneInfo) -> int:
    """Microseconds that the zone's clock is ahead of UTC."""
    offset = moment_of_number(moment).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // MICROSECOND
