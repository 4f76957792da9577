"""Jobs: put in once, taken by one, ended once, whatever becomes of workers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from threading import Event, Thread
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.base.errors import NotFoundError, UserError
from segmentry.jobs import (
    Cancelled,
    Daily,
    Every,
    Handler,
    Lease,
    Lost,
    Queue,
    Running,
    Schedule,
    Wanted,
    Worker,
)
from segmentry.jobs.queue import INTERRUPTED
from segmentry.jobs.schedules import next_due, put_in_due
from segmentry.jobs.testing import do_all
from segmentry.storage.app_db import open_app_db

from .conftest import Clock

KINDS = ("count",)


def _take(queue: Queue, owner: str = "one", *, resumable: bool = False) -> Lease | None:
    return queue.lease(owner, KINDS, KINDS if resumable else ())


def test_the_more_urgent_go_first(queue: Queue, clock: Clock) -> None:
    """By priority, then by when they may begin, then by number."""
    late = queue.enqueue(Wanted("count", {}, run_at=clock.now - timedelta(minutes=1)))
    first = queue.enqueue(Wanted("count", {}, priority=1))
    then = queue.enqueue(Wanted("count", {}))
    queue.enqueue(Wanted("count", {}, run_at=clock.now + timedelta(minutes=1)))
    queue.enqueue(Wanted("other", {}))
    taken = [_take(queue) for _ in range(4)]
    assert [each and each.id for each in taken] == [first, late, then, None]


def test_a_key_is_that_of_one_job(queue: Queue) -> None:
    """The same work put in twice is one job, until it is ended."""
    one = queue.enqueue(Wanted("count", {"n": 1}, key="the one"))
    assert queue.enqueue(Wanted("count", {"n": 2}, key="the one")) == one
    lease = _take(queue)
    assert lease is not None
    assert queue.enqueue(Wanted("count", {}, key="the one")) == one
    queue.done(lease)
    assert queue.enqueue(Wanted("count", {}, key="the one")) != one


def test_a_job_is_there_exactly_if_its_cause_is(queue: Queue, app: Engine) -> None:
    """Put in within a transaction that fails, it was never there."""

    with Session(app) as session:
        queue.add(session, Wanted("count", {}))
        session.rollback()
    assert queue.listed() == []


def test_what_fails_is_tried_again_later(queue: Queue, clock: Clock) -> None:
    """Each time after about twice as long; in the end it is failed."""
    id = queue.enqueue(Wanted("count", {}, most_attempts=3))
    pauses = []
    for _ in range(3):
        lease = _take(queue)
        assert lease is not None
        queue.failed(lease, "no luck")
        pauses.append((queue.get(id).run_at - clock.now).total_seconds())
        clock.go_on(hours=1)
    assert 3.75 <= pauses[0] <= 6.25
    assert 7.5 <= pauses[1] <= 12.5
    assert (queue.get(id).state, queue.get(id).error) == ("failed", "no luck")
    assert _take(queue) is None
    assert queue.retry(id).state == "waiting"
    assert _take(queue) is not None


def test_whoever_was_away_too_long_has_lost_it(queue: Queue, clock: Clock) -> None:
    """OPS-17: after its lease somebody else has the job, and only they can end it."""
    queue.enqueue(Wanted("count", {}))
    first = _take(queue, "one", resumable=True)
    assert first is not None
    clock.go_on(minutes=10)
    second = _take(queue, "two", resumable=True)
    assert second is not None
    assert second.id == first.id
    for end in (queue.done, queue.cancelled, queue.given_back, queue.report):
        with pytest.raises(Lost):
            end(first)
    queue.done(second, {"n": 1})
    assert queue.get(first.id).result == {"n": 1}


def test_the_same_worker_that_took_it_again_ends_it_once(queue: Queue, clock: Clock) -> None:
    """A lease is of one attempt, not of one worker."""
    queue.enqueue(Wanted("count", {}))
    first = _take(queue, resumable=True)
    clock.go_on(minutes=10)
    second = _take(queue, resumable=True)
    assert first is not None
    assert second is not None
    with pytest.raises(Lost):
        queue.done(first)
    queue.done(second)


def test_what_cannot_be_begun_again_waits_for_a_person(queue: Queue, clock: Clock) -> None:
    """After a crash it is failed, and says that it was interrupted."""
    id = queue.enqueue(Wanted("count", {}, most_attempts=5))
    assert _take(queue) is not None
    clock.go_on(minutes=10)
    assert _take(queue) is None
    assert (queue.get(id).state, queue.get(id).error) == ("failed", INTERRUPTED)


def test_signs_of_life_keep_a_job(queue: Queue, clock: Clock) -> None:
    """As long as its worker says that it is there, nobody else gets it."""
    queue.enqueue(Wanted("count", {}))
    lease = _take(queue)
    assert lease is not None
    for _ in range(10):
        clock.go_on(seconds=50)
        queue.report(lease, 0.5, "half")
        assert _take(queue, "two") is None
    assert (queue.get(lease.id).share, queue.get(lease.id).step) == (0.5, "half")


def test_cancelling(queue: Queue) -> None:
    """One that waits is ended at once, one that runs when it next says how far it is."""
    waiting, running = (queue.enqueue(Wanted("count", {"n": n})) for n in (1, 2))
    assert queue.cancel(waiting).state == "cancelled"
    lease = _take(queue)
    assert lease is not None
    assert lease.id == running
    assert queue.cancel(running).state == "running"
    with pytest.raises(Cancelled):
        queue.report(lease, 0.1)
    queue.cancelled(lease)
    with pytest.raises(UserError):
        queue.cancel(running)
    with pytest.raises(NotFoundError):
        queue.get(999)
    with pytest.raises(UserError):
        queue.retry(_ended(queue))


def _ended(queue: Queue) -> int:
    id = queue.enqueue(Wanted("count", {}))
    lease = _take(queue)
    assert lease is not None
    queue.done(lease)
    return id


def test_old_jobs_are_forgotten(queue: Queue, clock: Clock) -> None:
    """Those that ended before a moment; what waits stays."""
    _ended(queue)
    clock.go_on(days=1)
    queue.enqueue(Wanted("count", {}))
    assert queue.purge(clock.now) == 1
    assert [each.state for each in queue.listed()] == ["waiting"]


# -- workers ----------------------------------------------------------------------------


def test_what_handlers_do_becomes_of_their_jobs(queue: Queue) -> None:
    """A result, an error for a person, a fault without its text, an end because cancelled."""

    def run(task: Running) -> object:
        task.progress(0.5, "half way")
        match task.arguments["n"]:
            case 1:
                raise UserError("There is no file x.csv.")
            case 2:
                raise ValueError("ann@example.com")
            case 3:
                task.queue.cancel(task.id)
                task.progress(0.6)
        return {"n": task.arguments["n"]}

    ids = [queue.enqueue(Wanted("count", {"n": n})) for n in range(4)]
    assert do_all(queue, {"count": Handler(run)}) == 4
    found = [queue.get(id) for id in ids]
    assert [each.state for each in found] == ["done", "failed", "failed", "cancelled"]
    assert found[0].result == {"n": 0}
    assert found[1].error == "There is no file x.csv."
    assert found[2].error == "A fault of Segmentry's: ValueError."


def test_a_worker_that_stops_gives_back_what_can_be_begun_again(queue: Queue) -> None:
    """It ends what cannot, and leaves the rest to others."""
    stop = Event()

    def run(task: Running) -> None:
        stop.set()
        task.progress(0.5)

    for kind, resumable, state in (("count", True, "waiting"), ("once", False, "done")):
        stop.clear()
        id = queue.enqueue(Wanted(kind, {}))
        Worker(queue, {kind: Handler(run, resumable)}).work(stop)
        assert queue.get(id).state == state
        assert queue.get(id).attempts == (0 if resumable else 1)


def test_a_worker_wakes_when_work_is_put_in(app: Engine) -> None:
    """Work that the same process puts in is begun without a wait of its own."""
    queue = Queue(app, lambda: datetime.now(UTC))
    stop, did = Event(), Event()
    worker = Worker(queue, {"count": Handler(lambda task: did.set())})
    thread = Thread(target=worker.work, args=[stop])
    thread.start()
    queue.enqueue(Wanted("count", {}))
    assert did.wait(60)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()


# -- schedules --------------------------------------------------------------------------

LONDON = ZoneInfo("Europe/London")


def test_a_time_of_day_over_both_clock_changes() -> None:
    """01:30 is skipped in March and comes twice in October: each day has it once."""
    rule = Daily(time(1, 30), LONDON)
    at, seen = datetime(2026, 3, 27, 12, tzinfo=UTC), []
    for _ in range(230):
        at = rule.after(at)
        seen.append(at)
    assert len({each.astimezone(LONDON).date() for each in seen}) == 230
    assert datetime(2026, 3, 29, 1, tzinfo=UTC) in seen
    assert datetime(2026, 10, 25, 0, 30, tzinfo=UTC) in seen


def test_what_was_missed_is_made_up_for_once(app: Engine, queue: Queue, clock: Clock) -> None:
    """A new schedule begins to count when it is first seen."""
    nightly = Schedule("nightly", Every(timedelta(hours=1)), Wanted("count", {}))
    assert put_in_due(app, queue, [nightly]) == []
    assert next_due(app, [nightly]) == clock.now + timedelta(hours=1)
    clock.go_on(days=3)
    assert len(put_in_due(app, queue, [nightly])) == 1
    assert put_in_due(app, queue, [nightly]) == []
    clock.go_on(days=-2)
    assert len(put_in_due(app, queue, [nightly])) == 1, "a clock that was set back"


# -- any order of events ----------------------------------------------------------------


@dataclass
class _Model:
    """What must hold of one job."""

    owners: list[Lease] = field(default_factory=list)
    successes: int = 0


class Workers(RuleBasedStateMachine):
    """Two workers that take jobs, die, come late, and people who cancel."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.app = open_app_db(None)
        self.queue = Queue(self.app, self.clock, Random(0))
        self.jobs: dict[int, _Model] = {}
        self.leases: list[Lease] = []

    def teardown(self) -> None:
        """Let go of the database."""
        self.app.dispose()

    @rule()
    def put_in(self) -> None:
        """New work."""
        self.jobs[self.queue.enqueue(Wanted("count", {}, most_attempts=3))] = _Model()

    @rule(owner=st.sampled_from(["one", "two"]))
    def take(self, owner: str) -> None:
        """A worker looks for work."""
        lease = self.queue.lease(owner, KINDS, KINDS)
        if lease is not None:
            self.jobs[lease.id].owners.append(lease)
            self.leases.append(lease)

    @rule(data=st.data(), how=st.sampled_from(["done", "failed", "report", "given_back"]))
    def go_on(self, data: st.DataObject, how: str) -> None:
        """A worker, that may have been away for long, ends what it took or says it is there."""
        if not self.leases:
            return
        lease = data.draw(st.sampled_from(self.leases))
        model = self.jobs[lease.id]
        try:
            match how:
                case "done":
                    self.queue.done(lease)
                    model.successes += 1
                case "failed":
                    self.queue.failed(lease, "no")
                case "report":
                    self.queue.report(lease)
                case "given_back":
                    self.queue.given_back(lease)
        except (Lost, Cancelled) as error:
            if isinstance(error, Lost):
                return
        assert model.owners[-1] == lease, "only whoever took it last may"

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """A person does not want it any more."""
        if self.jobs:
            with suppress(UserError):
                self.queue.cancel(data.draw(st.sampled_from(sorted(self.jobs))))

    @rule(seconds=st.sampled_from([1, 30, 61, 100_000]))
    def pass_time(self, seconds: int) -> None:
        """Time passes; leases run out."""
        self.clock.go_on(seconds=seconds)

    @invariant()
    def each_succeeds_at_most_once(self) -> None:
        """And what succeeded is done."""
        for id, model in self.jobs.items():
            assert model.successes <= 1
            assert (self.queue.get(id).state == "done") == (model.successes == 1)


def test_any_order_of_events() -> None:
    """Nobody ends what somebody else has, and nothing succeeds twice."""
    run_state_machine_as_test(
        Workers, settings=settings(max_examples=12, stateful_step_count=25, deadline=None)
    )
