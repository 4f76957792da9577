"""The events that live messages added of late, kept in memory beside the facts that have them.

To look for a few events among millions takes long, and who applied them knows them.
"""

from __future__ import annotations

from collections import deque

import pyarrow as pa

from segmentry.facts.tables import EVENTS

_MOST = 200_000
"""So many events are kept at most; the first ones make room."""


class AddedEvents:
    """Events by the position of the batch that added them, from a position on."""

    def __init__(self, position: int) -> None:
        self._since = position
        self._batches: deque[tuple[int, pa.Table]] = deque()
        self._count = 0

    def note(self, position: int, events: pa.Table) -> None:
        """Keep what a batch added, in the declared schema."""
        if not events.num_rows:
            return
        self._batches.append((position, events))
        self._count += events.num_rows
        while self._count > _MOST:
            self._since, gone = self._batches.popleft()
            self._count -= gone.num_rows

    def after(self, position: int) -> pa.Table | None:
        """Those that batches after a position added; None where it is not known any more."""
        if position < self._since:
            return None
        found = (events for at, events in self._batches if at > position)
        return pa.concat_tables([EVENTS.schema.empty_table(), *found])
