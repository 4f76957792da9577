"""Sorted numbers of which some go and others come."""

from __future__ import annotations

import numpy as np

from segmentry.engines.live.exact import Whole


def without_and_with(ordered: Whole, gone: Whole, come: Whole) -> Whole:
    """Ascending numbers after those that are `gone`, all of which are there, were taken out
    and those that `come` put in; the very same array where that changes nothing."""
    gone, come = np.sort(gone), np.sort(come)
    if np.array_equal(gone, come):
        return ordered
    # Of equal numbers the first, the second and so on are gone.
    before = np.arange(len(gone)) - np.searchsorted(gone, gone, "left")
    left = np.delete(ordered, np.searchsorted(ordered, gone, "left") + before)
    return np.insert(left, np.searchsorted(left, come), come)
