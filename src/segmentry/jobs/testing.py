"""Jobs done at once, in the present thread, by a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from segmentry.jobs.queue import Queue
from segmentry.jobs.worker import Handler, Worker


class VirtualClock:
    """Stands until it is moved on."""

    def __init__(self, now: datetime = datetime(2026, 3, 1, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The moment it shows."""
        return self.now

    def go_on(self, **time: float) -> None:
        """Show a moment that is so much later, in the words of `timedelta`."""
        self.now += timedelta(**time)


def do_all(
    queue: Queue,
    handlers: Mapping[str, Handler],
    clock: VirtualClock | None = None,
    *,
    most: int = 1_000,
) -> int:
    """Do every job that is due, and those that they put in; gives how often one was begun. With
    the queue's `clock` those that are due later are done as well, and it stands there then.
    Raises RuntimeError where that comes to no end."""
    worker = Worker(queue, handlers, "here")
    done = 0
    while worker.one() or _later(queue, handlers, clock):
        done += 1
        if done > most:
            raise RuntimeError("Jobs put in jobs without end.")
    return done


def _later(queue: Queue, handlers: Mapping[str, Handler], clock: VirtualClock | None) -> bool:
    """Move the clock on to the next job; whether there was one."""
    due = queue.next_at(handlers)
    if clock is None or due is None:
        return False
    clock.now = max(clock.now, due)
    return Worker(queue, handlers, "here").one()
