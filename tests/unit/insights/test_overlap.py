"""Counting with packed bits gives what counting one by one gives."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.insights.overlap import common, depths


@pytest.mark.parametrize(("segments", "customers"), [(1, 1), (2, 7), (3, 64), (70, 4_999), (9, 0)])
def test_counts_of_pairs_and_of_depths(segments: int, customers: int) -> None:
    """Whatever the number of segments and customers: words of 64 and bytes are no border."""
    random = np.random.default_rng(segments)
    shares = random.choice([0, 0.001, 0.3, 0.9, 1], (segments, 1))
    masks = random.random((segments, customers)) < shares
    sets = [np.packbits(mask) for mask in masks]
    numbers = masks.astype(np.int64)
    assert np.array_equal(common(sets), numbers @ numbers.T)
    live = np.ones(customers, np.bool_)
    live[customers // 2 :] = masks[:, customers // 2 :].any(axis=0)
    found = [np.unpackbits(each, count=customers) == 1 for each in depths(sets, np.packbits(live))]
    expected = numbers.sum(axis=0)
    assert len(found) == segments + 1
    for depth, mask in enumerate(found):
        assert np.array_equal(mask, (expected == depth) & live)
