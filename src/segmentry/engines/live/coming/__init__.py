"""When a customer next joins or leaves: moments that can matter, asked in order."""

from segmentry.engines.live.coming.due import next_due
from segmentry.engines.live.coming.searching import next_change

__all__ = ["next_change", "next_due"]
