"""Ranges of dates lose an end that nothing can lie behind."""

from __future__ import annotations

import pytest

from segmentry.plan.nodes import Leaf
from segmentry.plan.rules.open_end import open_end

from .asked import asked, leaf


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("date BETWEEN -90d AND today", "date >= -90d"),
        ("date BETWEEN -90d AND +1d", "date >= -90d"),
        ("date BETWEEN -24h AND +0h", "date >= -24h"),
        ("date BETWEEN 2024-01-01 AND today", "date >= 2024-01-01"),
        ("date = today", "date >= today"),
    ],
)
def test_an_end_of_today_or_later_goes(before: str, after: str) -> None:
    """What ends today or later has no end, since no record is later than now."""
    found = open_end(asked(f"orders_placed MATCHES ({before})"))
    assert found == leaf(f"orders_placed MATCHES ({after})")


@pytest.mark.parametrize(
    "text",
    [
        "date BETWEEN -90d AND -1d",
        "date BETWEEN -90d AND -1h",
        "date BETWEEN -90d AND 2099-01-01",
        "date = yesterday",
        "date != today",
        "date <= today",
        "amount BETWEEN 1 AND 2",
    ],
)
def test_other_ends_stay(text: str) -> None:
    """An end in the past stays, and so does all that is no range of dates."""
    before = asked(f"orders_placed MATCHES ({text})")
    assert open_end(before) == Leaf(before)


@pytest.mark.parametrize(
    "text",
    [
        "store_credit_accounts MATCHES (next_expiry_date BETWEEN today AND +30d)",
        "store_credit_accounts MATCHES (last_credit_date = today)",
        "events MATCHES (property.due BETWEEN -30d AND today)",
    ],
)
def test_other_dates_keep_their_ends(text: str) -> None:
    """Only the record itself is never later than now: what it says of other days can be."""
    before = asked(text)
    assert open_end(before) == Leaf(before)
