"""Sets of customers at many moments: from which moment on, and before which, each is in.

A place in a set is one number, the customer's ordinal times a width plus the place of the
moment. So a set is spans of numbers in order, however many moments there are, and sets
combine by a walk over their edges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segmentry.engines.live.exact import Mask, Whole


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Spans in order, each from one number on, before another; no two overlap or touch."""

    starts: Whole
    ends: Whole

    def between(self, low: int, high: int) -> Spans:
        """Those from one number on, before another, counted from the first; none is partly."""
        first, last = np.searchsorted(self.starts, (low, high))
        return Spans(self.starts[first:last] - low, self.ends[first:last] - low)


NOBODY = Spans(np.empty(0, np.int64), np.empty(0, np.int64))


def intersection(parts: Sequence[Spans]) -> Spans:
    """What is in every part; there is one at least."""
    return parts[0] if len(parts) == 1 else _where(parts, (), len(parts))


def union(parts: Sequence[Spans]) -> Spans:
    """What is in at least one part."""
    if len(parts) == 1:
        return parts[0]
    return _where(parts, (), 1) if parts else NOBODY


def without(one: Spans, other: Spans) -> Spans:
    """What is in one and not in the other."""
    return _where((one,), (other,), 1)


def joined(starts: Whole, ends: Whole) -> Spans:
    """Spans in any order, which may overlap and be empty, as a set."""
    there = starts < ends
    starts, ends = starts[there], ends[there]
    if (starts[1:] < starts[:-1]).any():
        order = np.argsort(starts, kind="stable")
        starts, ends = starts[order], ends[order]
    reached = np.maximum.accumulate(ends)
    apart = np.flatnonzero(starts[1:] > reached[:-1])
    first, last = np.append(0, apart + 1), np.append(apart, len(starts) - 1)
    return Spans(starts[first], reached[last]) if len(starts) else NOBODY


def _where(added: Sequence[Spans], taken: Sequence[Spans], enough: int) -> Spans:
    """Where so many of the added are, less those of the taken."""
    up = [each.starts for each in added] + [each.ends for each in taken]
    down = [each.ends for each in added] + [each.starts for each in taken]
    edges = np.concatenate([np.concatenate(up) << 1, (np.concatenate(down) << 1) | 1])
    edges.sort()
    inside = np.cumsum(1 - ((edges & 1) << 1)) >= enough
    return from_changes(edges >> 1, inside)


def from_changes(places: Whole, inside: Mask) -> Spans:
    """Spans from places in order and whether what follows each, up to the next, is in; of
    equal places the last one counts, and nothing is in after the last."""
    last = np.append(places[1:] != places[:-1], True)[: len(places)]
    places, inside = places[last], inside[last]
    before = np.append(False, inside[:-1])[: len(inside)]
    return Spans(places[inside & ~before], places[~inside & before])


def counts(spans: Spans, moments: int, holds: Mask | None = None) -> Whole:
    """How many customers are in at each moment, or of those that `holds` is true for."""
    width = moments + 1
    starts, ends = spans.starts, spans.ends
    if holds is not None:
        kept = holds[starts // width]
        starts, ends = starts[kept], ends[kept]
    come = np.bincount(starts % width, minlength=width)
    gone = np.bincount(ends % width, minlength=width)
    return np.cumsum(come - gone)[:moments]
