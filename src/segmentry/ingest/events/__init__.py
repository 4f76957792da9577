"""Events in the format of the Segment spec, one JSON object a line, to canonical tables.

Lines are read (`reading`), parsed (`parsing`), checked (`checking`) and mapped: each to a
row of its own, and together with what is known to profiles (`people`), to owners of what
was done on a device (`devices`), to checkouts and orders (`shopping`).
"""

from segmentry.ingest.events.importing import (
    EventImport,
    Gathered,
    Known,
    Reading,
    gather,
    made_of,
    read_events,
)
from segmentry.ingest.events.reading import EventSource, Sources

__all__ = [
    "EventImport",
    "EventSource",
    "Gathered",
    "Known",
    "Reading",
    "Sources",
    "gather",
    "made_of",
    "read_events",
]
