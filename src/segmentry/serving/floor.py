"""Lets one thread at a time use the workspace, the others in the order they came.

What waits is bounded: who finds too long a line is told when to come again, so that many
expensive questions of one person hold up nobody else for long.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from segmentry.base.errors import BusyError
from segmentry.storage.in_order import InOrder

MOST_WAITING = 200
"""So many at most are in line, those of all people."""

MOST_OF_EACH = 8
"""So many at most are in line of one person, the one who has the floor included."""

LONGEST = 30.0
"""So many seconds at most somebody waits in line."""


class Floor:
    """A lock that is handed on first come, first served; a thread that has it may take it
    again. The product's own threads take it without a name and wait as long as it takes."""

    def __init__(self) -> None:
        self._turn = InOrder()
        self._lock = Lock()
        self._here: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return self._turn.waiting

    @contextmanager
    def taken(self, who: str | None = None) -> Iterator[None]:
        """Have the floor; `who` asks for it. Refuses where too many are in line, or too many
        of theirs, or it takes too long."""
        with self._counted(who):
            if not self._turn.acquire(None if who is None else LONGEST):
                raise BusyError(retry_after=int(LONGEST))
            try:
                yield
            finally:
                self._turn.release()

    @contextmanager
    def _counted(self, who: str | None) -> Iterator[None]:
        if who is None:
            yield
            return
        with self._lock:
            if self.waiting >= MOST_WAITING or self._here[who] >= MOST_OF_EACH:
                raise BusyError(retry_after=1)
            self._here[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._here[who] -= 1
                if not self._here[who]:
                    del self._here[who]
