"""Lets one thread at a time use the workspace, the others in the order they came.

What waits is bounded: who finds too long a line is told when to come again, so that many
expensive questions of one person hold up nobody else for long.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, get_ident

from segmentry.base.errors import BusyError

MOST_WAITING = 200
"""So many at most are in line, those of all people."""

MOST_OF_EACH = 8
"""So many at most are in line of one person."""

LONGEST = 30.0
"""So many seconds at most somebody waits in line."""


@dataclass(eq=False, slots=True)
class _Place:
    """One place in line."""

    who: str | None
    thread: int
    called: Event = field(default_factory=Event)


class Floor:
    """A lock that is handed on first come, first served; a thread that has it may take it
    again. The product's own threads take it without a name and wait as long as it takes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._holder: int | None = None
        self._depth = 0
        self._line: deque[_Place] = deque()

    @property
    def waiting(self) -> int:
        """How many are in line."""
        return len(self._line)

    @contextmanager
    def taken(self, who: str | None = None) -> Iterator[None]:
        """Have the floor; `who` asks for it. Refuses where too many are in line, or too many
        of theirs, or it takes too long."""
        self._take(who)
        try:
            yield
        finally:
            self._give()

    def _take(self, who: str | None) -> None:
        mine = get_ident()
        with self._lock:
            if self._holder == mine:
                self._depth += 1
                return
            if self._holder is None:
                self._holder, self._depth = mine, 1
                return
            self._refuse_crowds(who)
            place = _Place(who, mine)
            self._line.append(place)
        if place.called.wait(None if who is None else LONGEST):
            return
        with self._lock:
            if not place.called.is_set():
                self._line.remove(place)
                raise BusyError(retry_after=int(LONGEST))

    def _refuse_crowds(self, who: str | None) -> None:
        if who is None:
            return
        of_each = Counter(place.who for place in self._line)
        if len(self._line) >= MOST_WAITING or of_each[who] >= MOST_OF_EACH:
            raise BusyError(retry_after=1)

    def _give(self) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth:
                return
            self._holder = None
            if self._line:
                place = self._line.popleft()
                self._holder, self._depth = place.thread, 1
                place.called.set()
