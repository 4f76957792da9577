"""When a customer next joins or leaves: moments that can matter, asked in order."""

from segmentry.engines.live.coming.due import next_due
from segmentry.engines.live.coming.searching import next_changes
from segmentry.engines.live.coming.since import since

__all__ = ["next_changes", "next_due", "since"]
