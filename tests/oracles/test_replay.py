"""The first days of what `make replay` lives through, in order and with records late."""

from __future__ import annotations

import pytest

import segmentry as sg
from tests.functional.sample_store import Demo
from tests.oracles.replay import replay


@pytest.mark.parametrize("late", [False, True], ids=["in order", "late"])
def test_stored_is_fresh_on_every_day(demo: Demo, late: bool) -> None:
    """Real orders, every preset: stored members are those of a fresh evaluation each day."""
    with sg.Workspace.open(demo.folder) as whole:
        done = replay(whole, 4, late=late, every=2)
    assert (done.days, done.read_anew) == (4, 2)
    assert done.joined > 1_000
