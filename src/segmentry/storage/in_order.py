"""A lock for those who wait in the order in which they came.

SQLite gives its own lock to whoever happens to ask next, and has others ask again after a
sleep: one thread that commits all the time keeps another one out for seconds.
"""

from __future__ import annotations

from collections import deque
from threading import Lock, get_ident


class InOrder:
    """Given to the first who waits; whoever has it may take it again."""

    def __init__(self) -> None:
        self._inner = Lock()
        self._holder: int | None = None
        self._times = 0
        self._waiting: deque[tuple[int, Lock]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def acquire(self, seconds: float | None = None) -> bool:
        """Wait for one's turn, so long at most; whether it came."""
        me = get_ident()
        with self._inner:
            if self._holder in (None, me):
                self._holder = me
                self._times += 1
                return True
            gate = Lock()
            gate.acquire()
            self._waiting.append((me, gate))
        try:
            came = gate.acquire(timeout=-1 if seconds is None else seconds)
        except BaseException:
            self._give_up((me, gate))
            raise
        return came or not self._gone((me, gate))

    def release(self) -> None:
        """Let the next one have it."""
        with self._inner:
            self._times -= 1
            if self._times:
                return
            self._holder = None
            if self._waiting:
                self._holder, gate = self._waiting.popleft()
                self._times = 1
                gate.release()

    def _give_up(self, place: tuple[int, Lock]) -> None:
        """Somebody who is interrupted waits no more, and has not got it."""
        if not self._gone(place):
            self.release()

    def _gone(self, place: tuple[int, Lock]) -> bool:
        """Leave the line; not where it was one's turn in the meantime."""
        with self._inner:
            waits = place in self._waiting
            if waits:
                self._waiting.remove(place)
        return waits
