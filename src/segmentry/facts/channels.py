"""The channels that people are written to on, and which of them a customer prefers."""

from __future__ import annotations

CHANNELS = ("EMAIL", "SMS")

PREFERENCE_DAYS = 365
"""So many days before today messages count for a preference."""

FEWEST_MESSAGES = 5
"""With fewer messages delivered on a channel nothing is known of its clicks."""
