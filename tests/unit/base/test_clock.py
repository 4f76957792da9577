"""The one clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from segmentry.base.clock import system_clock


def test_the_present_is_in_utc() -> None:
    """The clock gives an aware moment in UTC, and does not go back."""
    one, other = system_clock(), system_clock()
    assert one.tzinfo is UTC
    assert one <= other
    assert abs(other - datetime.now(UTC)) < timedelta(minutes=1)
