"""`make faults`: workers that are killed and stopped at any moment do every job once.

    python -m tests.faults.jobs [--jobs N] [--workers N] [--life N] [--seed N]

Processes work through one queue. Each kills itself at some event of its life: in a transaction,
before a commit, before or after what a job is for. Some stop before that in the middle of a job,
as a laptop does that is closed. Another takes its place, leases run out, and who was stopped goes
on much later. The first job that is not done, or done twice, is told, and the program ends with 1.

Half of the jobs can be begun again, and their effect is in one transaction with their end: each
has just one. The others have theirs apart, as a letter that is sent: none has two, and where one
was interrupted it waits for a person.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from segmentry.jobs import Handler, Job, Queue, Running, Wanted, Worker, worker
from segmentry.jobs.queue import ENDED_WORKERS, INTERRUPTED, LEASE
from segmentry.storage.app_db import open_app_db

AGAIN, ONCE, EFFECT = "again", "once", "effect"
KINDS = (AGAIN, ONCE)

LONGEST_SLEEP = timedelta(minutes=10)
MOST_ROUNDS = 10
PATIENCE = 1_800
"""So many seconds at most until a process ends itself, whatever goes wrong."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Have the jobs done; 1 where something went wrong."""
    parser = argparse.ArgumentParser(prog="jobs", description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=5_000, help="how many")
    parser.add_argument("--workers", type=int, default=3, help="how many at once")
    parser.add_argument("--life", type=int, default=200, help="events in a life, about")
    parser.add_argument("--seed", type=int, default=0, help="of the lives")
    asked = parser.parse_args(arguments)
    began = monotonic()
    with tempfile.TemporaryDirectory(prefix="segmentry-jobs-") as folder:
        place = Place(Path(folder))
        place.put_in(asked.jobs)
        crew = Crew(place, asked.workers, asked.life, Random(asked.seed))
        crew.work()
        jobs = place.jobs()
    counted = Counter(each.state for each in jobs if each.kind in KINDS)
    again = sum(each.attempts > 1 for each in jobs)
    shares = ", ".join(f"{count:,} {state}" for state, count in sorted(counted.items()))
    print(
        f"{asked.jobs:,} jobs in {monotonic() - began:,.0f} s: {shares}; {again:,} begun again, "
        f"{crew.died:,} workers killed, {crew.stopped:,} stopped and gone on"
    )
    if found := difference(jobs):
        print(found)
        return 1
    return 0


def difference(jobs: Sequence[Job]) -> str | None:
    """The first job that was not done as it should be; None where all were."""
    effects = Counter(each.arguments["of"] for each in jobs if each.kind == EFFECT)
    for each in jobs:
        if each.kind not in KINDS:
            continue
        interrupted = each.kind == ONCE and (each.state, each.error) == ("failed", INTERRUPTED)
        well = effects[each.id] == 1 if each.state == "done" else interrupted
        if not well or effects[each.id] > 1:
            said = f"{each.state} ({each.error})" if each.error else each.state
            return f"job {each.id} ({each.kind}) is {said} with {effects[each.id]} effects"
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the jobs are, and a clock that all processes read."""

    folder: Path

    @property
    def clock(self) -> Path:
        """A file whose size is how many seconds have passed."""
        return self.folder / "clock"

    def now(self) -> datetime:
        """The moment that the clock shows."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.clock.stat().st_size)

    def pass_time(self, time: timedelta) -> None:
        """Move the clock on."""
        os.truncate(self.clock, self.clock.stat().st_size + int(time.total_seconds()))

    def opened(self) -> Engine:
        """The database. No process has it open while it makes another."""
        return open_app_db(self.folder / "app.sqlite")

    def put_in(self, count: int) -> None:
        """Make the jobs, of the two kinds in turn."""
        self.clock.touch()
        app = self.opened()
        queue = Queue(app, self.now)
        with Session(app) as session, session.begin():
            for number in range(count):
                queue.add(session, Wanted(KINDS[number % 2], {}))
        app.dispose()

    def jobs(self) -> list[Job]:
        """All jobs, and the effects of each, which are jobs that nobody does."""
        app = self.opened()
        found = Queue(app, self.now).listed(limit=2**31)
        app.dispose()
        return found

    def tried_again(self) -> int:
        """Have done again what met too many who died: that is not what is asked here."""
        app = self.opened()
        queue = Queue(app, self.now)
        unlucky = [each for each in queue.listed(limit=2**31) if each.error == ENDED_WORKERS]
        for each in unlucky:
            queue.retry(each.id)
        app.dispose()
        return len(unlucky)


@dataclass
class Crew:
    """The processes that do the jobs."""

    place: Place
    size: int
    life: int
    random: Random
    died: int = 0
    stopped: int = 0
    _alive: set[int] = field(default_factory=set)
    _asleep: list[int] = field(default_factory=list)

    def work(self) -> None:
        """Have all jobs ended. Raises where it is not to be."""
        for _ in range(MOST_ROUNDS):
            self._round()
            if not self.place.tried_again():
                return
        raise RuntimeError("The jobs do not come to an end.")

    def _round(self) -> None:
        for _ in range(self.size):
            self._begin()
        while self._alive:
            pid, status = os.waitpid(-1, os.WUNTRACED)
            if os.WIFSTOPPED(status):
                self._fell_asleep(pid)
                continue
            self._alive.remove(pid)
            code = os.waitstatus_to_exitcode(status)
            if code == -signal.SIGKILL:
                self.died += 1
                self.place.pass_time(LEASE)
                self._begin()
            elif code:
                self._end_all()
                raise RuntimeError(f"a worker ended with {code}")
            self._wake_one()

    def _fell_asleep(self, pid: int) -> None:
        """Whoever was asleep before wakes, long after somebody else has its job."""
        self.stopped += 1
        self.place.pass_time(LONGEST_SLEEP)
        self._wake_one()
        self._asleep.append(pid)
        if len(self._asleep) == len(self._alive):
            self._wake_one()

    def _wake_one(self) -> None:
        if self._asleep:
            os.kill(self._asleep.pop(0), signal.SIGCONT)

    def _end_all(self) -> None:
        for pid in self._alive:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _begin(self) -> None:
        length, sleeps = self.random.randint(1, 2 * self.life), self.random.random() < 0.3
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            _live(self.place, Life(length, sleeps))
        self._alive.add(pid)


@dataclass
class Life:
    """So many events, and then a sudden end; some sleep in the first job of its second half."""

    length: int
    sleeps: bool
    lived: int = 0

    def event(self, *given: Any) -> None:
        """Something happens in this life; what comes after it may not."""
        self.lived += 1
        if self.lived == self.length:
            os.kill(os.getpid(), signal.SIGKILL)

    def job(self) -> None:
        """A job begins. Whoever sleeps does so outside of transactions: nobody could write."""
        if self.sleeps and self.lived >= self.length // 2:
            self.sleeps = False
            os.kill(os.getpid(), signal.SIGSTOP)


def _live(place: Place, life: Life) -> None:
    """The whole of a worker's process: until all is done, or it is killed."""
    code = 70
    try:
        signal.alarm(PATIENCE)
        worker.LONGEST = 0.01
        app = place.opened()
        for name in ("begin", "commit"):
            event.listen(app, name, life.event)
        queue, stop = Queue(app, place.now), Event()

        def between() -> None:
            counts = [queue.listed(state=state, kind=kind, limit=1) for state, kind in _LEFT]
            if not any(counts):
                stop.set()

        faults: list[Exception] = []
        Worker(queue, _handlers(app, life), trouble=faults.append).work(stop, between)
        code = 71 if faults else 0
    finally:
        os._exit(code)


_LEFT: tuple[tuple[Any, str], ...] = tuple(
    (state, kind) for state in ("waiting", "running") for kind in KINDS
)


def _handlers(app: Engine, life: Life) -> dict[str, Handler]:
    def again(task: Running) -> None:
        task.progress(0.0)
        life.job()
        with Session(app) as session, session.begin():
            task.queue.add(session, Wanted(EFFECT, {"of": task.id}))
            life.event()
            task.done_in(session)

    def once(task: Running) -> None:
        life.job()
        task.progress(0.0)
        life.event()
        task.queue.enqueue(Wanted(EFFECT, {"of": task.id}))
        life.event()

    return {AGAIN: Handler(again, resumable=True), ONCE: Handler(once)}


if __name__ == "__main__":
    sys.exit(main())
