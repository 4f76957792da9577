"""Workers: what becomes of jobs by what their handlers do, and what never ends a worker."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.base.errors import UserError, WorkspaceError
from segmentry.jobs import Handler, Queue, Running, Wanted, Worker, worker
from segmentry.jobs.queue import INTERRUPTED
from segmentry.jobs.testing import VirtualClock, do_all
from segmentry.jobs.worker import GRACE

PATIENCE = 60
"""So many seconds at most a test waits for another thread."""


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
            case 4:
                return {datetime}
        return {"n": task.arguments["n"]}

    ids = [queue.enqueue(Wanted("count", {"n": n})) for n in range(5)]
    assert do_all(queue, {"count": Handler(run)}) == 5
    found = [queue.get(id) for id in ids]
    assert [each.state for each in found] == ["done", "failed", "failed", "cancelled", "failed"]
    assert found[0].result == {"n": 0}
    assert found[1].error == "There is no file x.csv."
    assert found[2].error == "A fault of Segmentry's: ValueError."
    assert found[4].error == "A fault of Segmentry's: TypeError.", "a result that is no JSON"


def test_only_faults_are_told(queue: Queue) -> None:
    """Whoever runs the worker hears of what no user can mend, with all that is known of it."""
    told: list[Exception] = []
    fault = ValueError("deep inside")
    errors = [fault, UserError("Mend it.")]

    def run(task: Running) -> None:
        raise errors[task.arguments["n"]]

    for n in range(2):
        queue.enqueue(Wanted("count", {"n": n}))
    worker = Worker(queue, {"count": Handler(run)}, trouble=told.append)
    while worker.one():
        pass
    assert told == [fault]


def test_a_wrong_file_stays_wrong_and_a_full_disk_does_not(
    queue: Queue, clock: VirtualClock
) -> None:
    """What a user has to mend is not tried again by itself, what has to do with the disk is."""
    begun: list[str] = []

    def run(task: Running) -> None:
        begun.append(task.arguments["what"])
        raise {"file": UserError, "disk": WorkspaceError}[begun[-1]]("It cannot be read.")

    for what in ("file", "disk"):
        queue.enqueue(Wanted("count", {"what": what}, most_attempts=3))
    assert do_all(queue, {"count": Handler(run)}, clock) == 4
    assert begun == ["file", "disk", "disk", "disk"]
    assert {each.state for each in queue.listed()} == {"failed"}


def test_an_effect_and_the_end_of_its_job_are_one(queue: Queue, app: Engine) -> None:
    """Both in one transaction: neither is there without the other, and the result is kept."""

    def run(task: Running) -> str:
        with Session(app) as session, session.begin():
            queue.add(session, Wanted("effect", {}))
            task.done_in(session, "in the transaction")
            if task.arguments["fails"]:
                raise ValueError
        return "after it"

    well, badly = (queue.enqueue(Wanted("count", {"fails": fails})) for fails in (False, True))
    do_all(queue, {"count": Handler(run)})
    assert (queue.get(well).state, queue.get(well).result) == ("done", "in the transaction")
    assert queue.get(badly).state == "failed"
    assert len(queue.listed(kind="effect")) == 1


def test_progress_is_written_once_a_second(queue: Queue, clock: VirtualClock) -> None:
    """A handler may say it as often as it likes."""
    seen = []

    def run(task: Running) -> None:
        for share, pause in ((0.1, 0.5), (0.2, 0.5), (0.3, 0.5)):
            task.progress(share)
            seen.append(queue.get(task.id).share)
            clock.go_on(seconds=pause)

    id = queue.enqueue(Wanted("count", {}))
    do_all(queue, {"count": Handler(run)})
    assert seen == [0.1, 0.1, 0.3]
    assert queue.get(id).share == 1.0


def test_a_job_that_is_somebody_elses_by_now_is_left_to_them(
    queue: Queue, clock: VirtualClock
) -> None:
    """OPS-17: whoever slept over their lease neither ends the job nor fails it."""

    def run(task: Running) -> None:
        clock.go_on(minutes=10)
        other = queue.lease("other", ["count"], ["count"])
        assert other is not None
        task.progress(0.9)

    id = queue.enqueue(Wanted("count", {}))
    assert Worker(queue, {"count": Handler(run, resumable=True)}).one()
    assert (queue.get(id).state, queue.get(id).attempts) == ("running", 2)


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


def test_a_worker_does_not_stop_for_ever(queue: Queue, clock: VirtualClock) -> None:
    """What cannot be begun again and does not come to its end in time waits for a person."""
    stop = Event()
    steps: list[datetime] = []

    def run(task: Running) -> None:
        stop.set()
        while len(steps) < 1_000:
            task.progress(0.5)
            steps.append(clock.now)
            clock.go_on(seconds=1)

    id = queue.enqueue(Wanted("count", {}))
    Worker(queue, {"count": Handler(run)}).work(stop)
    assert steps[-1] - steps[0] == GRACE - timedelta(seconds=1)
    assert (queue.get(id).state, queue.get(id).error) == ("failed", INTERRUPTED)


def _in_a_thread(work: Callable[[Event], None], until: Event) -> None:
    stop = Event()
    thread = Thread(target=work, args=[stop])
    thread.start()
    assert until.wait(PATIENCE)
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.parametrize("in_transaction", [False, True])
def test_a_worker_wakes_when_work_is_put_in(
    app: Engine, monkeypatch: pytest.MonkeyPatch, in_transaction: bool
) -> None:
    """Work that the same process puts in is begun at once, also that of a transaction that was
    begun before; the worker would else sleep for longer than the test waits."""
    monkeypatch.setattr(worker, "LONGEST", 10.0 * PATIENCE)
    queue = Queue(app, lambda: datetime.now(UTC))
    did, looked = Event(), Event()

    def put_in() -> None:
        looked.wait(PATIENCE)
        with Session(app) as session, session.begin():
            if in_transaction:
                queue.add(session, Wanted("count", {}))
        if not in_transaction:
            queue.enqueue(Wanted("count", {}))

    handlers = {"count": Handler(lambda task: did.set())}
    other = Thread(target=put_in)
    other.start()

    def work(stop: Event) -> None:
        Worker(queue, handlers).work(stop, looked.set)

    stop = Event()
    thread = Thread(target=work, args=[stop])
    thread.start()
    assert did.wait(PATIENCE)
    stop.set()
    with queue.changed:
        queue.changed.notify_all()
    for each in (thread, other):
        each.join(PATIENCE)
        assert not each.is_alive()


def test_what_is_put_in_between_looking_and_sleeping_is_not_slept_over(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker found nothing, and was told before it lay down; it would sleep for long."""
    monkeypatch.setattr(worker, "LONGEST", 10.0 * PATIENCE)
    did, next_at = Event(), queue.next_at
    looked: list[int] = []

    def next_at_late(kinds: Collection[str]) -> datetime | None:
        found = next_at(kinds)
        if not looked:
            looked.append(queue.enqueue(Wanted("count", {})))
        return found

    monkeypatch.setattr(queue, "next_at", next_at_late)
    stop = Event()

    def run(task: Running) -> None:
        did.set()
        stop.set()

    thread = Thread(target=Worker(queue, {"count": Handler(run)}).work, args=[stop], daemon=True)
    thread.start()
    assert did.wait(PATIENCE)
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_nothing_ends_a_worker(app: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what it does between jobs, nor a database that fails, be it at the worst moment."""
    monkeypatch.setattr(worker, "LONGEST", 0.01)
    queue, did = Queue(app, lambda: datetime.now(UTC)), Event()
    faults: list[Exception] = [OSError("between"), OSError("at the end")]
    told: list[Exception] = []

    def between() -> None:
        if len(faults) == 2:
            raise faults.pop(0)

    def failing(*given: object, **named: object) -> None:
        raise OSError("while it fails")

    def run(task: Running) -> None:
        if faults:
            monkeypatch.setattr(queue, "failed", failing)
            raise faults.pop()
        did.set()

    for _ in range(2):
        queue.enqueue(Wanted("count", {}))
    busy = Worker(queue, {"count": Handler(run)}, trouble=told.append)
    _in_a_thread(lambda stop: busy.work(stop, between), did)
    assert [str(each) for each in told] == ["between", "at the end", "while it fails"]


def test_a_worker_leaves_what_it_cannot_do_alone(queue: Queue, clock: VirtualClock) -> None:
    """Work of a kind it has no handler for waits for one that has, and keeps it from nothing."""
    strange = queue.enqueue(Wanted("strange", {}, priority=9))
    known = queue.enqueue(Wanted("count", {}))
    assert do_all(queue, {"count": Handler(lambda task: None)}, clock) == 1
    assert (queue.get(strange).state, queue.get(known).state) == ("waiting", "done")


def test_signs_of_life_are_shown_meanwhile(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a handler says nothing, and whatever goes wrong with one of them."""
    monkeypatch.setattr(worker, "_SIGNS_OF_LIFE", 0.001)
    shown = Event()
    told: list[Exception] = []
    report, fault = queue.report, OSError("busy")

    def reported(*given: object) -> None:
        if not told:
            raise fault
        report(*given)  # type: ignore[arg-type]
        shown.set()

    monkeypatch.setattr(queue, "report", reported)
    id = queue.enqueue(Wanted("count", {}))
    run = Handler(lambda task: shown.wait(PATIENCE))
    assert Worker(queue, {"count": run}, trouble=told.append).one()
    assert told == [fault]
    assert queue.get(id).result is True


# -- a queue run to its end ---------------------------------------------------------------


def test_a_queue_is_run_to_its_end(queue: Queue, clock: VirtualClock) -> None:
    """What is put in meanwhile, what is due later and what fails at first, in moments."""
    done: list[tuple[int, int]] = []

    def run(task: Running) -> None:
        n = task.arguments["n"]
        done.append((n, task.lease.attempt))
        if n and task.lease.attempt == 1:
            raise ValueError
        if n < 2:
            later = task.now + timedelta(days=30)
            queue.enqueue(Wanted("count", {"n": n + 1}, run_at=later, most_attempts=2))

    began = clock.now
    queue.enqueue(Wanted("count", {"n": 0}))
    assert do_all(queue, {"count": Handler(run)}, clock) == 5
    assert done == [(0, 1), (1, 1), (1, 2), (2, 1), (2, 2)]
    assert clock.now - began > timedelta(days=60)
    assert {each.state for each in queue.listed()} == {"done"}


def test_jobs_without_end_are_refused(queue: Queue) -> None:
    """A job that puts in itself does not hold up a test for ever."""
    run = Handler(lambda task: queue.enqueue(Wanted("count", {})))
    queue.enqueue(Wanted("count", {}))
    with pytest.raises(RuntimeError, match="without end"):
        do_all(queue, {"count": run}, most=5)
