"""When a checkout is given up."""

from __future__ import annotations

from datetime import timedelta

ABANDONED_AFTER = timedelta(minutes=60)
"""A checkout is abandoned so long after its last activity, unless an order came."""
