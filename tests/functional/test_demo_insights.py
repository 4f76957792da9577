"""On the sample store's real orders segments side by side are what its tables say."""

from __future__ import annotations

from datetime import date

import segmentry as sg
from tests.generative.test_insights import assert_plain

from .sample_store import Demo


def test_side_by_side_of_the_sample(demo: Demo) -> None:
    """Every figure of two segments and of the whole store, in the middle of its two years."""
    with sg.Workspace.open(demo.folder) as workspace:
        as_of = workspace.moment(date(2010, 12, 31))
        names = ("VIP customers", "First-Time Buyers")
        sets = {name: frozenset(workspace.segments[name].result(as_of=as_of).ids) for name in names}
        assert all(sets.values())
        assert_plain(workspace, as_of, sets)
