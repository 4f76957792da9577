"""The first days of what `make replay` lives through, in order and with records late."""

from __future__ import annotations

import pytest

from tests.oracles.replay import replay


@pytest.mark.parametrize("late", [False, True], ids=["in order", "late"])
def test_stored_is_fresh_on_every_day(late: bool) -> None:
    """Real orders, every preset: stored members are those of a fresh evaluation each day."""
    done = replay(6, late=late, every=3)
    assert done.days == 6
    assert done.joined > 1_000
