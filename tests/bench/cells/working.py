"""Jobs put in, taken and ended, each with all that is on disk before it counts as done."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from segmentry.base.clock import system_clock
from segmentry.jobs import Handler, Queue, Wanted, Worker
from segmentry.storage.app_db import open_app_db
from tests.bench.measuring import Cost, clocked
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by, report

_JOBS = 1_000
_WAITING = 20
"""For each job so many others wait, of a lower priority."""


def rows(settings: Settings) -> Iterator[Row]:
    """Measure in a process of its own."""
    found = measured_by("tests.bench.cells.working", settings)
    for key, measured in found.items():
        yield Row(f"jobs, {key}", measured.cost, "", measured.runs)


def main() -> None:
    """Put jobs in one by one and within one transaction, and have one worker do them, beside
    none and beside many that wait. A job is a commit when it is taken and one when it ends."""
    settings = Settings.read(sys.argv[1])
    jobs = _JOBS // 10 if settings.repeats == 1 else _JOBS
    waiting = jobs * _WAITING
    with TemporaryDirectory(dir=settings.scratch) as folder:
        app = open_app_db(Path(folder) / "app.sqlite")
        queue = Queue(app, system_clock)
        with clocked() as clock:
            for _ in range(jobs):
                queue.enqueue(Wanted("count", {}))
        _tell("put in one by one", jobs, clock.cost)
        _tell("taken, done and ended by one worker", jobs, _done(queue))
        with clocked() as clock, Session(app) as session, session.begin():
            for _ in range(waiting):
                queue.add(session, Wanted("count", {}))
        _tell("put in within one transaction", waiting, clock.cost)
        for _ in range(jobs):
            queue.enqueue(Wanted("urgent", {}, priority=1))
        _tell(f"taken, done and ended while {waiting:,} wait", jobs, _done(queue, "urgent"))
        app.dispose()


def _done(queue: Queue, kind: str = "count") -> Cost:
    """What one worker takes for all jobs of a kind, which do nothing."""
    worker = Worker(queue, {kind: Handler(lambda task: None, resumable=True)})
    with clocked() as clock:
        while worker.one():
            pass
    return clock.cost


def _tell(what: str, jobs: int, cost: Cost) -> None:
    a_second = f"{jobs:,} {what} ({jobs / cost.wall:,.0f} a second)"
    report(Measured(a_second, cost))


if __name__ == "__main__":
    main()
