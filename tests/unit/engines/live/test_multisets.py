"""Sorted numbers of which some go and others come."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segmentry.engines.live.multisets import without_and_with

numbers = st.lists(st.integers(-3, 3), max_size=12)


@given(numbers, numbers, numbers)
def test_as_sorting_anew(staying: list[int], gone: list[int], come: list[int]) -> None:
    """What stays and what comes, sorted; equal numbers go as often as they are named."""
    ordered = np.array(sorted(staying + gone), np.int64)
    found = without_and_with(ordered, np.array(gone, np.int64), np.array(come, np.int64))
    assert found.tolist() == sorted(staying + come)


def test_the_same_array_where_nothing_changes() -> None:
    """So that what follows from it need not be found again."""
    ordered = np.array([1, 2, 2, 3])
    assert without_and_with(ordered, np.array([2, 1]), np.array([1, 2])) is ordered
