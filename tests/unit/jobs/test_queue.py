"""Jobs: put in once, taken by one, ended once, whatever becomes of workers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from segmentry.base.errors import NotFoundError, UserError
from segmentry.jobs import Cancelled, Lease, Lost, Queue, Wanted
from segmentry.jobs.queue import ENDED_WORKERS, INTERRUPTED, LEASE, MOST_INTERRUPTIONS
from segmentry.jobs.testing import VirtualClock

KINDS = ("count",)


def _take(queue: Queue, owner: str = "one", *, resumable: bool = False) -> Lease | None:
    return queue.lease(owner, KINDS, KINDS if resumable else ())


def test_the_more_urgent_go_first(queue: Queue, clock: VirtualClock) -> None:
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


def test_what_fails_is_tried_again_later(queue: Queue, clock: VirtualClock) -> None:
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


def test_whoever_was_away_too_long_has_lost_it(queue: Queue, clock: VirtualClock) -> None:
    """OPS-17: after its lease somebody else has the job, and only they can end it."""
    queue.enqueue(Wanted("count", {}))
    first = _take(queue, "one", resumable=True)
    assert first is not None
    clock.go_on(minutes=10)
    second = _take(queue, "two", resumable=True)
    assert second is not None
    assert second.id == first.id
    for end in (queue.done, queue.cancelled, queue.given_back, queue.report, queue.look):
        with pytest.raises(Lost):
            end(first)
    with pytest.raises(Lost):
        queue.failed(first, "no luck")
    queue.done(second, {"n": 1})
    assert queue.get(first.id).result == {"n": 1}


def test_the_same_worker_that_took_it_again_ends_it_once(queue: Queue, clock: VirtualClock) -> None:
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


def test_what_cannot_be_begun_again_waits_for_a_person(queue: Queue, clock: VirtualClock) -> None:
    """After a crash it is failed, and says that it was interrupted."""
    id = queue.enqueue(Wanted("count", {}, most_attempts=5))
    assert _take(queue) is not None
    clock.go_on(minutes=10)
    assert _take(queue) is None
    assert (queue.get(id).state, queue.get(id).error) == ("failed", INTERRUPTED)
    assert queue.retry(id).state == "waiting"


def test_what_ends_its_workers_is_not_begun_for_ever(queue: Queue, clock: VirtualClock) -> None:
    """A job that may be begun again is failed once its worker was gone some times in a row."""
    id = queue.enqueue(Wanted("count", {}))
    for _ in range(MOST_INTERRUPTIONS):
        assert _take(queue, resumable=True) is not None
        clock.go_on(minutes=10)
    assert _take(queue, resumable=True) is None
    assert (queue.get(id).state, queue.get(id).error) == ("failed", ENDED_WORKERS)
    queue.retry(id)
    assert _take(queue, resumable=True) is not None
    clock.go_on(minutes=10)
    assert _take(queue, resumable=True) is not None, "a person has it tried as often again"


def test_signs_of_life_keep_a_job(queue: Queue, clock: VirtualClock) -> None:
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
        queue.look(lease)
    with pytest.raises(Cancelled):
        queue.report(lease, 0.1)
    assert queue.get(running).share == 0.1
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


def test_old_jobs_are_forgotten(queue: Queue, clock: VirtualClock) -> None:
    """Those that ended before a moment; what waits stays."""
    _ended(queue)
    clock.go_on(days=1)
    queue.enqueue(Wanted("count", {}))
    assert queue.purge(clock.now) == 1
    assert [each.state for each in queue.listed()] == ["waiting"]


def test_whoever_is_slow_to_notice_keeps_a_cancelled_job(queue: Queue, clock: VirtualClock) -> None:
    """It is running, and nobody else's, until its worker ends it or is gone."""
    id = queue.enqueue(Wanted("count", {}))
    lease = _take(queue)
    assert lease is not None
    queue.cancel(id)
    for _ in range(3):
        clock.go_on(seconds=50)
        with pytest.raises(Cancelled):
            queue.report(lease)
        assert _take(queue, "two", resumable=True) is None
        assert queue.get(id).state == "running"
    clock.now += LEASE
    assert _take(queue, "two", resumable=True) is None
    assert queue.get(id).state == "cancelled"


@pytest.mark.parametrize("end", ["failed", "given back", "gone"])
def test_what_was_cancelled_is_never_begun_again(
    queue: Queue, clock: VirtualClock, end: str
) -> None:
    """However its worker ended, be it without having noticed."""
    id = queue.enqueue(Wanted("count", {}, most_attempts=3))
    lease = _take(queue, resumable=True)
    assert lease is not None
    if end == "gone":
        clock.now += LEASE
        assert queue.cancel(id).state == "cancelled", "at once: there is nobody to tell"
    else:
        queue.cancel(id)
        queue.failed(lease, "no") if end == "failed" else queue.given_back(lease)
    assert queue.get(id).state == "cancelled"
    clock.go_on(days=1)
    assert _take(queue, resumable=True) is None


def test_what_is_tried_again_has_its_key_again(queue: Queue) -> None:
    """It is the one job with it; while there is another, it is refused."""
    wanted = Wanted("count", {}, key="the one")
    first = queue.enqueue(wanted)
    queue.cancel(first)
    second = queue.enqueue(wanted)
    with pytest.raises(UserError, match=f"Job {second} does the same as job {first}"):
        queue.retry(first)
    queue.cancel(second)
    queue.retry(first)
    assert queue.enqueue(wanted) == first


def test_trying_again_does_not_give_an_old_lease_back(queue: Queue, clock: VirtualClock) -> None:
    """Whoever lost it before a person had it tried again cannot end it, be it the same worker's."""
    id = queue.enqueue(Wanted("count", {}))
    old = _take(queue)
    clock.now += LEASE
    assert _take(queue) is None
    queue.retry(id)
    new = _take(queue)
    assert old is not None
    assert new is not None
    with pytest.raises(Lost):
        queue.done(old)
    queue.given_back(new)
    newest = _take(queue)
    with pytest.raises(Lost):
        queue.done(new)
    assert newest is not None
    queue.done(newest)


def test_when_the_next_is_due(queue: Queue, clock: VirtualClock) -> None:
    """Of the kinds asked for: when it may begin, or when its lease ends."""
    assert queue.next_at(KINDS) is None
    queue.enqueue(Wanted("count", {}, run_at=clock.now + timedelta(hours=1)))
    queue.enqueue(Wanted("other", {}))
    assert queue.next_at(KINDS) == clock.now + timedelta(hours=1)
    clock.go_on(hours=1)
    assert _take(queue) is not None
    assert queue.next_at(KINDS) == clock.now + LEASE


def test_jobs_are_listed_the_latest_first(queue: Queue) -> None:
    """By state, by kind, and page by page."""
    ids = [queue.enqueue(Wanted(kind, {})) for kind in ("count", "other", "count", "count")]
    queue.cancel(ids[0])
    assert [each.id for each in queue.listed()] == ids[::-1]
    assert [each.id for each in queue.listed(limit=2, before=ids[3])] == [ids[2], ids[1]]
    assert [each.id for each in queue.listed(kind="count", state="waiting")] == [ids[3], ids[2]]
