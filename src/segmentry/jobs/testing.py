"""Jobs done at once, in the present thread: for tests, and for commands that wait."""

from __future__ import annotations

from collections.abc import Mapping

from segmentry.jobs.queue import Queue
from segmentry.jobs.worker import Handler, Worker


def do_all(queue: Queue, handlers: Mapping[str, Handler], most: int = 1_000) -> int:
    """Do every job that is due, and those that they put in; gives how many. Raises
    AssertionError where they do not come to an end."""
    worker = Worker(queue, handlers, "here")
    done = 0
    while worker.one():
        done += 1
        assert done <= most, "jobs put in jobs without end"
    return done
