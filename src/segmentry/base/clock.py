"""The one place that reads the time of day.

Only the outermost layer (`workspace`) calls it; everything below is told the
moment it is asked about, so that the passing of time is a test input.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present moment as an aware UTC datetime."""


def system_clock() -> datetime:
    """The present moment in UTC."""
    return datetime.now(UTC)
