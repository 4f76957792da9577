"""How long what happened counts as happening."""

from __future__ import annotations

from datetime import timedelta

GRACE = timedelta(hours=24)
"""What was so already this long ago restates the past; what fell due this long ago is over.
Neither triggers anything, nor does a message about something this long ago."""
