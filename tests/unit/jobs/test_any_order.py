"""Any order of what workers, people and time do to jobs, beside a plain model of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from segmentry.base.errors import UserError
from segmentry.jobs import Cancelled, Lease, Lost, Queue, Wanted
from segmentry.jobs.queue import LEASE, MOST_INTERRUPTIONS
from segmentry.jobs.testing import VirtualClock
from segmentry.storage.app_db import open_app_db
from segmentry.storage.jobs_table import Job as Row

KINDS = ("again", "once")
RESUMABLE = ("again",)
OPEN = ("waiting", "running")


@cache
def _app() -> Engine:
    """One database for all runs: to make it takes longer than to run."""
    return open_app_db(None)


@dataclass
class Plain:
    """A job as one would tell of it."""

    id: int
    kind: str
    key: str | None
    priority: int
    most: int
    run_at: datetime
    state: str = "waiting"
    lease: Lease | None = None
    until: datetime | None = None
    begun: int = 0
    failures: int = 0
    interruptions: int = 0
    cancelling: bool = False
    successes: int = 0

    def end(self, state: str) -> None:
        """It is over, or waits again."""
        self.state, self.lease, self.until = state, None, None


class Workers(RuleBasedStateMachine):
    """Two workers that take jobs, die, come late or never, and people who cancel and retry."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock()
        self.app = _app()
        with Session(self.app) as session, session.begin():
            session.execute(delete(Row))
        self.queue = Queue(self.app, self.clock, Random(0))
        self.jobs: dict[int, Plain] = {}
        self.leases: list[Lease] = []

    def _open_with(self, key: str | None) -> Iterator[Plain]:
        wanted = (each for each in self.jobs.values() if key is not None and each.key == key)
        return (each for each in wanted if each.state in OPEN)

    @rule(
        kind=st.sampled_from(KINDS),
        key=st.sampled_from([None, None, "a key"]),
        priority=st.integers(0, 1),
        most=st.integers(1, 3),
        delay=st.sampled_from([0, 0, 50]),
    )
    def put_in(self, kind: str, key: str | None, priority: int, most: int, delay: int) -> None:
        """New work, or the same once more."""
        run_at = self.clock.now + timedelta(seconds=delay)
        wanted = Wanted(kind, {}, key=key, priority=priority, run_at=run_at, most_attempts=most)
        id = self.queue.enqueue(wanted)
        same = next(self._open_with(key), None)
        assert (id in self.jobs) == (same is not None)
        if same is None:
            self.jobs[id] = Plain(id, kind, key, priority, most, run_at)
        else:
            assert id == same.id

    @rule(owner=st.sampled_from(["one", "two"]))
    def take(self, owner: str) -> None:
        """A worker looks for work."""
        now = self.clock.now
        for each in self.jobs.values():
            if each.until is not None and each.until <= now:
                each.interruptions += 1
                again = each.kind in RESUMABLE and each.interruptions < MOST_INTERRUPTIONS
                each.end("cancelled" if each.cancelling else "waiting" if again else "failed")
        due = [each for each in self.jobs.values() if each.state == "waiting"]
        due = [each for each in due if each.run_at <= now]
        first = min(due, key=lambda each: (-each.priority, each.run_at, each.id), default=None)
        lease = self.queue.lease(owner, KINDS, RESUMABLE)
        assert (lease and lease.id) == (first and first.id)
        if lease is not None and first is not None:
            first.begun += 1
            assert (lease.owner, lease.kind, lease.attempt) == (owner, first.kind, first.begun)
            first.state, first.lease, first.until = "running", lease, now + LEASE
            self.leases.append(lease)

    @rule(data=st.data(), how=st.sampled_from(["done", "failed", "report", "look", "given_back"]))
    def go_on(self, data: st.DataObject, how: str) -> None:
        """A worker, that may have been away for long, ends what it took or says it is there."""
        if not self.leases:
            return
        lease = data.draw(st.sampled_from(self.leases[-5:]))
        job = self.jobs[lease.id]
        outcome = self._outcome(lease, how)
        if job.lease is not lease:
            assert outcome is Lost
            return
        asked = how in ("report", "look")
        assert outcome is (Cancelled if asked and job.cancelling else None)
        if how == "report":
            job.until = self.clock.now + LEASE
        elif how == "done":
            job.end("done")
            job.successes += 1
        elif how == "given_back":
            job.end("cancelled" if job.cancelling else "waiting")
        elif how == "failed":
            job.failures += 1
            again = job.failures < job.most
            job.end("cancelled" if job.cancelling else "waiting" if again else "failed")
            if job.state == "waiting":
                job.run_at = self.queue.get(job.id).run_at
                pause = (job.run_at - self.clock.now).total_seconds() / 2 ** (job.failures - 1)
                assert 3.75 <= pause <= 6.25

    def _outcome(self, lease: Lease, how: str) -> type[Exception] | None:
        try:
            if how == "failed":
                self.queue.failed(lease, "no")
            else:
                getattr(self.queue, how)(lease)
        except (Lost, Cancelled) as error:
            return type(error)
        return None

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """A person does not want it any more."""
        if not self.jobs:
            return
        job = self.jobs[data.draw(st.sampled_from(sorted(self.jobs)))]
        try:
            self.queue.cancel(job.id)
        except UserError:
            assert job.state not in OPEN
            return
        assert job.state in OPEN
        job.cancelling = True
        if job.until is None or job.until <= self.clock.now:
            job.end("cancelled")

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        """A person wants it after all."""
        if not self.jobs:
            return
        job = self.jobs[data.draw(st.sampled_from(sorted(self.jobs)))]
        refused = job.state not in ("failed", "cancelled") or any(self._open_with(job.key))
        try:
            self.queue.retry(job.id)
        except UserError:
            assert refused
            return
        assert not refused
        job.end("waiting")
        job.run_at, job.cancelling, job.failures, job.interruptions = self.clock.now, False, 0, 0

    @rule(seconds=st.sampled_from([1, 30, 60, 61, 100_000]))
    def pass_time(self, seconds: int) -> None:
        """Time passes; leases run out."""
        self.clock.go_on(seconds=seconds)

    @invariant()
    def the_queue_is_as_the_model_says(self) -> None:
        """And nothing succeeds twice, or succeeds without being done."""
        found = {each.id: (each.state, each.attempts) for each in self.queue.listed()}
        assert found == {each.id: (each.state, each.begun) for each in self.jobs.values()}
        for each in self.jobs.values():
            assert each.successes == (each.state == "done")


def test_any_order_of_events() -> None:
    """One owner at a time, one success, and after each step all is as the plain model says."""
    run_state_machine_as_test(
        Workers, settings=settings(max_examples=20, stateful_step_count=30, deadline=None)
    )
    _app().dispose()
    _app.cache_clear()
