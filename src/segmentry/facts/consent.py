"""States of consent, per channel and address."""

from __future__ import annotations

SUBSCRIBED = "SUBSCRIBED"
UNKNOWN = "NOT_SUBSCRIBED"
"""The state of an address of which nothing is on record."""

BY_ALLOWANCE = (SUBSCRIBED, "PENDING", UNKNOWN, "INVALID", "UNSUBSCRIBED", "REDACTED")
"""The states, from the one that allows most to the one that allows least."""
