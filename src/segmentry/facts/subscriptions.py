"""Product subscriptions, and where a customer with several of them stands."""

from __future__ import annotations

SUBSCRIBED = "SUBSCRIBED"
NEVER_SUBSCRIBED = "NEVER_SUBSCRIBED"

STATUSES = (SUBSCRIBED, "PAUSED", "FAILED", "CANCELED", "EXPIRED", NEVER_SUBSCRIBED)
"""Of several subscriptions the one whose status comes first here counts."""

ALIASES = (("ACTIVE", SUBSCRIBED), ("CANCELLED", "CANCELED"))
"""Other words for a status."""

ENDED = frozenset({"FAILED", "CANCELED", "EXPIRED"})
"""States that a subscription is in from its end on; until then it ran."""
