"""Work that is to be done, in one table: put in, taken by one worker at a time, ended once.

A worker has a job for as long as its lease lasts, which every sign of life makes last longer. One
that was stopped for so long that another took the job has lost it, and can end it no more.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Condition
from typing import Any, Literal, TypeAlias, cast

from sqlalchemy import ColumnElement, Engine, Select, and_, delete, event, func, select
from sqlalchemy.orm import Session

from segmentry.base.clock import Clock, system_clock
from segmentry.base.errors import NotFoundError, UserError
from segmentry.storage.app_db import reading
from segmentry.storage.folder import open_system_of_record
from segmentry.storage.jobs_table import Job as Row

State: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]

LEASE = timedelta(seconds=60)
"""So long a worker has a job without a sign of life."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=6)
"""So long a job rests after it first failed; each time twice as long, up to the other."""

MOST_INTERRUPTIONS = 5
"""So often a job is begun again whose worker was gone: it may be what ends them."""

INTERRUPTED = "It was interrupted, and cannot be begun again by itself. Look what was done."

ENDED_WORKERS = f"The process that did it ended, {MOST_INTERRUPTIONS} times."

_OPEN = ("waiting", "running")


class Lost(Exception):
    """The job is somebody else's by now."""


class Cancelled(Exception):
    """The job is not wanted any more."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work as a list shows it; `share` of it is done."""

    id: int
    kind: str
    arguments: Mapping[str, Any]
    state: State
    share: float
    step: str
    attempts: int
    run_at: datetime
    created_at: datetime
    created_by: str
    started_at: datetime | None
    ended_at: datetime | None
    result: Any
    error: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Work to be put in. With a `key` it is put in once while it is not ended; those of a higher
    `priority` go first; `most_attempts` says how often it is tried."""

    kind: str
    arguments: Mapping[str, Any]
    by: str = "system"
    key: str | None = None
    priority: int = 0
    run_at: datetime | None = None
    most_attempts: int = 1


@dataclass(frozen=True, slots=True)
class Lease:
    """A job that a worker has."""

    id: int
    owner: str
    kind: str
    arguments: Mapping[str, Any]
    attempt: int


class Queue:
    """The jobs of one workspace. Works on `app.sqlite` alone, from any thread and process."""

    def __init__(self, app: Engine, clock: Clock, random: Random | None = None) -> None:
        self._app = app
        self._clock = clock
        self._random = random or Random()
        self.changed = Condition()
        """Told when this process puts work in; `times_told` counts that."""
        self.times_told = 0

    @property
    def now(self) -> datetime:
        """The moment by the queue's clock."""
        return self._clock().astimezone(UTC)

    # -- putting in -------------------------------------------------------------------

    def enqueue(self, wanted: Wanted) -> int:
        """Put work in; gives its number, or that of the job with its key that is not ended."""
        with Session(self._app) as session, session.begin():
            return self.add(session, wanted)

    def add(self, session: Session, wanted: Wanted) -> int:
        """The same in a transaction: the work is there exactly if what it follows from is."""
        if wanted.key is not None:
            known = session.scalar(_open_with(wanted.key))
            if known is not None:
                return known
        now = self.now
        row = Row(
            kind=wanted.kind,
            arguments=json.dumps(dict(wanted.arguments)),
            key=wanted.key,
            open_key=wanted.key,
            state="waiting",
            rank=-wanted.priority,
            run_at=wanted.run_at or now,
            created_at=now,
            created_by=wanted.by,
            most_attempts=wanted.most_attempts,
        )
        session.add(row)
        session.flush()
        self._tell_after(session)
        return row.id

    def _tell_after(self, session: Session) -> None:
        """Have workers look for work as soon as a transaction is through."""
        if self not in session.info:
            session.info[self] = True
            event.listen(session, "after_commit", lambda session: self._tell())

    def _tell(self) -> None:
        with self.changed:
            self.times_told += 1
            self.changed.notify_all()

    # -- looking ----------------------------------------------------------------------

    def get(self, id: int) -> Job:
        """One job. Refuses a number that none has."""
        with Session(reading(self._app)) as session:
            return _job(_row(session, id))

    def listed(
        self,
        *,
        state: State | None = None,
        kind: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Job]:
        """Jobs, the latest first; `before` is the last number of the page before."""
        query = select(Row).order_by(Row.id.desc()).limit(limit)
        if state is not None:
            query = query.where(Row.state == state)
        if kind is not None:
            query = query.where(Row.kind == kind)
        if before is not None:
            query = query.where(Row.id < before)
        with Session(reading(self._app)) as session:
            return [_job(row) for row in session.scalars(query)]

    def any_due(self, kinds: Collection[str]) -> bool:
        """Whether there is one of some kinds to take: a look that holds up no writer."""
        with Session(reading(self._app)) as session:
            queries = (self._next(kinds), self._gone(kinds))
            return any(session.scalar(each.limit(1)) is not None for each in queries)

    def next_at(self, kinds: Collection[str]) -> datetime | None:
        """When the next job of some kinds can be taken; None where there is none."""
        of_kinds = Row.kind.in_(sorted(kinds))
        waiting = select(func.min(Row.run_at)).where(Row.state == "waiting", of_kinds)
        leased = select(func.min(Row.lease_until)).where(Row.state == "running", of_kinds)
        with Session(reading(self._app)) as session:
            moments = [session.scalar(waiting), session.scalar(leased)]
        return min((each for each in moments if each is not None), default=None)

    # -- working ----------------------------------------------------------------------

    def lease(self, owner: str, kinds: Collection[str], resumable: Collection[str]) -> Lease | None:
        """Take the next job of some kinds, for so long as `LEASE`: of those due that of the
        highest priority, then the one due first. One whose worker is gone is due again where
        its kind is resumable, else it is failed."""
        with Session(self._app) as session, session.begin():
            self._end_gone(session, kinds, resumable)
            row = session.scalar(self._next(kinds).with_for_update(skip_locked=True))
            if row is None:
                return None
            row.state, row.owner, row.lease_until = "running", owner, self.now + LEASE
            row.attempts += 1
            row.started_at = row.started_at or self.now
            return Lease(row.id, owner, row.kind, json.loads(row.arguments), row.attempts)

    def _next(self, kinds: Collection[str]) -> Select[Row]:
        due = and_(Row.state == "waiting", Row.run_at <= self.now, Row.kind.in_(sorted(kinds)))
        return select(Row).where(due).order_by(Row.rank, Row.run_at, Row.id).limit(1)

    def _gone(self, kinds: Collection[str]) -> Select[Row]:
        """Jobs whose workers gave no sign of life for long."""
        gone = and_(Row.state == "running", Row.lease_until <= self.now)
        return select(Row).where(gone, Row.kind.in_(sorted(kinds)))

    def _end_gone(
        self, session: Session, kinds: Collection[str], resumable: Collection[str]
    ) -> None:
        for row in session.scalars(self._gone(kinds).with_for_update(skip_locked=True)):
            row.interruptions += 1
            if row.cancelling:
                _end(row, "cancelled", self.now)
            elif row.kind not in resumable:
                _end(row, "failed", self.now, error=INTERRUPTED)
            elif row.interruptions >= MOST_INTERRUPTIONS:
                _end(row, "failed", self.now, error=ENDED_WORKERS)
            else:
                _let_go(row)

    def report(self, lease: Lease, share: float | None = None, step: str | None = None) -> None:
        """Say how far a job is, and have it for longer. Raises Lost and Cancelled."""
        with self._held(lease) as row:
            row.lease_until = self.now + LEASE
            row.share = row.share if share is None else min(1.0, max(0.0, share))
            row.step = row.step if step is None else step
            cancelling = row.cancelling
        if cancelling:
            raise Cancelled

    def look(self, lease: Lease) -> None:
        """Raise Lost or Cancelled where a job is; writes nothing."""
        with Session(reading(self._app)) as session:
            cancelling = session.scalar(select(Row.cancelling).where(_is_held(lease)))
        if cancelling is None:
            raise Lost
        if cancelling:
            raise Cancelled

    def done(self, lease: Lease, result: Any = None) -> None:
        """End a job well. Raises Lost where it is somebody else's by now."""
        with Session(self._app) as session, session.begin():
            self.done_in(session, lease, result)

    def done_in(self, session: Session, lease: Lease, result: Any = None) -> None:
        """The same in a transaction, together with what the job did."""
        row = _held_row(session, lease)
        row.share = 1.0
        _end(row, "done", self.now, result=json.dumps(result))

    def failed(self, lease: Lease, error: str, *, again: bool = True) -> None:
        """Note that a job failed; it is tried again later while it may be, unless not `again`."""
        with self._held(lease) as row:
            row.failures += 1
            if row.cancelling:
                _end(row, "cancelled", self.now)
            elif not again or row.failures >= row.most_attempts:
                _end(row, "failed", self.now, error=error)
            else:
                pause = min(FIRST_PAUSE * 2 ** min(row.failures - 1, 20), LONGEST_PAUSE)
                row.run_at = self.now + pause * self._random.uniform(0.75, 1.25)
                row.error = error
                _let_go(row)

    def given_back(self, lease: Lease) -> None:
        """Put a job back that was begun, to be begun again by anybody."""
        with self._held(lease) as row:
            if row.cancelling:
                _end(row, "cancelled", self.now)
            else:
                _let_go(row)

    def cancelled(self, lease: Lease) -> None:
        """Note that work on a job ended because it was not wanted."""
        with self._held(lease) as row:
            _end(row, "cancelled", self.now)

    # -- people -----------------------------------------------------------------------

    def cancel(self, id: int) -> Job:
        """Have a job not done: one that waits, or whose worker is gone, is ended at once, one
        that runs is told. Refuses one that is ended."""
        with Session(self._app) as session, session.begin():
            row = _row(session, id)
            if row.state not in _OPEN:
                raise UserError(f"Job {id} is {row.state} already.")
            row.cancelling = True
            if row.lease_until is None or row.lease_until <= self.now:
                _end(row, "cancelled", self.now)
            return _job(row)

    def retry(self, id: int) -> Job:
        """Have a job that failed or was cancelled done again. Refuses any other, and one whose
        like is not ended yet."""
        with Session(self._app) as session, session.begin():
            row = _row(session, id)
            if row.state not in ("failed", "cancelled"):
                raise UserError(f"Job {id} is {row.state}; only what failed can be tried again.")
            like = None if row.key is None else session.scalar(_open_with(row.key))
            if like is not None:
                raise UserError(f"Job {like} does the same as job {id}, and is not ended yet.")
            row.state, row.run_at, row.open_key = "waiting", self.now, row.key
            row.failures = row.interruptions = 0
            row.started_at, row.ended_at, row.error = None, None, None
            row.cancelling, row.share, row.step = False, 0.0, ""
            self._tell_after(session)
            return _job(row)

    def purge(self, before: datetime) -> int:
        """Forget jobs that ended before a moment; gives how many."""
        with Session(self._app) as session, session.begin():
            old = session.execute(delete(Row).where(Row.ended_at < before).returning(Row.id))
            return len(old.all())

    @contextmanager
    def _held(self, lease: Lease) -> Iterator[Row]:
        with Session(self._app) as session, session.begin():
            yield _held_row(session, lease)


@contextmanager
def open_jobs(folder: Path, clock: Clock = system_clock) -> Iterator[Queue]:
    """The jobs of a workspace in a folder, while another process may serve it."""
    with open_system_of_record(folder) as app:
        yield Queue(app, clock)


def _is_held(lease: Lease) -> ColumnElement[bool]:
    """A job is somebody's by its owner and the number of the attempt: whoever comes back after
    another had it, or after a person had it tried again, is refused."""
    mine = and_(Row.owner == lease.owner, Row.attempts == lease.attempt)
    return and_(Row.id == lease.id, Row.state == "running", mine)


def _held_row(session: Session, lease: Lease) -> Row:
    row = session.scalar(select(Row).where(_is_held(lease)).with_for_update())
    if row is None:
        raise Lost
    return row


def _open_with(key: str) -> Select[int]:
    return select(Row.id).where(Row.open_key == key)


def _let_go(row: Row) -> None:
    """Have a job wait for the next worker."""
    row.state, row.owner, row.lease_until = "waiting", None, None


def _end(
    row: Row, state: State, now: datetime, *, result: str | None = None, error: str | None = None
) -> None:
    row.state, row.ended_at, row.open_key = state, now, None
    row.owner, row.lease_until = None, None
    row.result, row.error = result, error


def _row(session: Session, id: int) -> Row:
    row = session.get(Row, id)
    if row is None:
        raise NotFoundError(f"There is no job {id}.")
    return row


def _job(row: Row) -> Job:
    return Job(
        row.id,
        row.kind,
        json.loads(row.arguments),
        cast(State, row.state),
        row.share,
        row.step,
        row.attempts,
        row.run_at,
        row.created_at,
        row.created_by,
        row.started_at,
        row.ended_at,
        None if row.result is None else json.loads(row.result),
        row.error,
    )
