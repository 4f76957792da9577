"""Columns say the same however they are cut."""

from __future__ import annotations

import numpy as np

from segmentry.engines.live.columns import NONE, Coded, Words


def test_few_rows_need_few_words() -> None:
    """A column of a few rows keeps the words that they have, in order, and their values."""
    column = Coded(np.array([70, NONE, 3, 70]), Words(map(str, range(100))))
    few = column.with_few_words()
    assert few.words.values == ("3", "70")
    rows = np.arange(4)
    assert few.listed(rows) == column.listed(rows) == ["70", None, "3", "70"]


def test_many_rows_keep_their_words() -> None:
    """Looking for the words in use takes longer than it saves where rows are many."""
    column = Coded(np.array([7, NONE, 3, 7]), Words(map(str, range(30))))
    assert column.with_few_words().words.values == tuple(map(str, range(30)))
    nothing = Coded(np.array([NONE]), Words(map(str, range(80)))).with_few_words()
    assert nothing.words.values == ()
    assert nothing.listed(np.arange(1)) == [None]
