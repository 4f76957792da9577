"""Counting with packed bits gives what counting one by one gives."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from segmentry.insights.overlap import Depths, Pair, alike, common


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
    depths, expected = Depths(sets, np.packbits(live)), numbers.sum(axis=0)
    for depth in range(segments + 2):
        mask = np.unpackbits(depths.exactly(depth), count=customers) == 1
        assert np.array_equal(mask, (expected == depth) & live)


@pytest.mark.parametrize("above", [Fraction(1, 2), Fraction(9, 10), Fraction(19, 21)])
def test_the_most_alike(above: Fraction) -> None:
    """Those of all pairs that are alike enough, in order; a set that lacks a twentieth of
    another and has as much more is alike by 19 in 21, which is not above it."""
    random = np.random.default_rng(1)
    masks = np.zeros((40, 210), np.bool_)
    masks[:, :100] = True
    masks[1, :5], masks[1, 100:105] = False, True
    masks[2:30] ^= random.random((28, 210)) < random.choice([0, 0.01, 0.05, 0.5], (28, 1))
    masks[-2:] = False
    sets = {f"s{number}": np.packbits(mask) for number, mask in enumerate(masks)}
    expected = [
        Pair(one, other, int((a & b).sum()), int((a | b).sum()))
        for (one, a), (other, b) in combinations(zip(sets, masks, strict=True), 2)
    ]
    expected = [pair for pair in expected if pair.jaccard is not None and pair.jaccard > above]
    assert Pair("s0", "s1", 95, 105) in expected or above == Fraction(19, 21)
    assert alike(sets, above) == sorted(expected, key=lambda pair: -(pair.jaccard or 0))
