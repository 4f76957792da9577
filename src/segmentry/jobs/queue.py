"""Work that is to be done, in one table: put in, taken by one worker at a time, ended once.

A worker has a job for as long as its lease lasts and it asks for more. One that was stopped for
long has lost it, and can end it no more: whoever took it since does.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Condition
from typing import Any, Literal, TypeAlias, cast

from sqlalchemy import Engine, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from segmentry.base.clock import Clock
from segmentry.base.errors import NotFoundError, UserError
from segmentry.storage.app_db import reading
from segmentry.storage.jobs_table import Job as Row

State: TypeAlias = Literal["waiting", "running", "done", "failed", "cancelled"]

LEASE = timedelta(seconds=60)
"""So long a worker has a job without a sign of life."""

FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=6)
"""So long a job rests after it first failed; each time twice as long, up to the other."""

INTERRUPTED = "It was interrupted, and cannot be begun again by itself. Look what was done."

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
        """Told when this process puts work in."""

    @property
    def now(self) -> datetime:
        """The moment by the queue's clock."""
        return self._clock().astimezone(UTC)

    # -- putting in -------------------------------------------------------------------

    def enqueue(self, wanted: Wanted) -> int:
        """Put work in; gives its number, or that of the job with its key that is not ended."""
        with Session(self._app) as session, session.begin():
            id = self.add(session, wanted)
        with self.changed:
            self.changed.notify_all()
        return id

    def add(self, session: Session, wanted: Wanted) -> int:
        """The same in a transaction: the work is there exactly if what it follows from is."""
        if wanted.key is not None:
            known = session.scalar(select(Row.id).where(Row.open_key == wanted.key))
            if known is not None:
                return known
        now = self.now
        row = Row(
            kind=wanted.kind,
            arguments=json.dumps(dict(wanted.arguments)),
            open_key=wanted.key,
            state="waiting",
            priority=wanted.priority,
            run_at=wanted.run_at or now,
            created_at=now,
            created_by=wanted.by,
            attempts=0,
            most_attempts=wanted.most_attempts,
            cancelling=False,
            share=0.0,
            step="",
        )
        session.add(row)
        session.flush()
        return row.id

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

    def next_at(self) -> datetime | None:
        """When the next job can be taken; None where there is none."""
        waiting = select(func.min(Row.run_at)).where(Row.state == "waiting")
        leased = select(func.min(Row.lease_until)).where(Row.state == "running")
        with Session(reading(self._app)) as session:
            moments = [session.scalar(waiting), session.scalar(leased)]
        return min((each for each in moments if each is not None), default=None)

    # -- working ----------------------------------------------------------------------

    def lease(self, owner: str, kinds: Collection[str], resumable: Collection[str]) -> Lease | None:
        """Take the next job of some kinds, for so long as `LEASE`. One whose worker is gone is
        taken too: begun again where its kind is resumable, else failed."""
        now = self.now
        due = or_(
            and_(Row.state == "waiting", Row.run_at <= now),
            and_(Row.state == "running", Row.lease_until <= now),
        )
        query = select(Row).where(due, Row.kind.in_(sorted(kinds)))
        order = (Row.priority.desc(), Row.run_at, Row.id)
        with Session(self._app) as session, session.begin():
            for row in session.scalars(query.order_by(*order).with_for_update()):
                if row.state == "running" and self._ended_alone(row, now, resumable):
                    continue
                row.state, row.owner, row.lease_until = "running", owner, now + LEASE
                row.attempts += 1
                row.started_at = row.started_at or now
                arguments = json.loads(row.arguments)
                return Lease(row.id, owner, row.kind, arguments, row.attempts)
        return None

    def _ended_alone(self, row: Row, now: datetime, resumable: Collection[str]) -> bool:
        """End a job whose worker is gone, where nobody may go on with it."""
        if row.cancelling:
            _end(row, "cancelled", now)
        elif row.kind not in resumable:
            _end(row, "failed", now, error=INTERRUPTED)
        return row.state != "running"

    def report(self, lease: Lease, share: float | None = None, step: str | None = None) -> None:
        """Say how far a job is, and have it for longer. Raises Lost and Cancelled."""
        with self._held(lease) as (_, row):
            row.lease_until = self.now + LEASE
            row.share = row.share if share is None else min(1.0, max(0.0, share))
            row.step = row.step if step is None else step
            if row.cancelling:
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
        with self._held(lease) as (_, row):
            if not again or row.attempts >= row.most_attempts:
                _end(row, "failed", self.now, error=error)
                return
            pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 20), LONGEST_PAUSE)
            row.state, row.owner, row.lease_until = "waiting", None, None
            row.run_at = self.now + pause * self._random.uniform(0.75, 1.25)
            row.error = error

    def given_back(self, lease: Lease) -> None:
        """Put a job back that was begun, to be begun again by anybody."""
        with self._held(lease) as (_, row):
            row.state, row.owner, row.lease_until = "waiting", None, None
            row.attempts -= 1

    def cancelled(self, lease: Lease) -> None:
        """Note that work on a job ended because it was not wanted."""
        with self._held(lease) as (_, row):
            _end(row, "cancelled", self.now)

    # -- people -----------------------------------------------------------------------

    def cancel(self, id: int) -> Job:
        """Have a job not done: one that waits is ended at once, one that runs is told. Refuses
        one that is ended."""
        with Session(self._app) as session, session.begin():
            row = _row(session, id)
            if row.state not in _OPEN:
                raise UserError(f"Job {id} is {row.state} already.")
            row.cancelling = True
            if row.state == "waiting":
                _end(row, "cancelled", self.now)
            return _job(row)

    def retry(self, id: int) -> Job:
        """Have a job that failed or was cancelled done again. Refuses any other, and one whose
        like waits already."""
        with Session(self._app) as session, session.begin():
            row = _row(session, id)
            if row.state not in ("failed", "cancelled"):
                raise UserError(f"Job {id} is {row.state}; only what failed can be tried again.")
            row.state, row.run_at, row.attempts = "waiting", self.now, 0
            row.ended_at, row.error, row.cancelling, row.share = None, None, False, 0.0
            found = _job(row)
        with self.changed:
            self.changed.notify_all()
        return found

    def purge(self, before: datetime) -> int:
        """Forget jobs that ended before a moment; gives how many."""
        with Session(self._app) as session, session.begin():
            old = session.execute(delete(Row).where(Row.ended_at < before).returning(Row.id))
            return len(old.all())

    @contextmanager
    def _held(self, lease: Lease) -> Iterator[tuple[Session, Row]]:
        with Session(self._app) as session, session.begin():
            yield session, _held_row(session, lease)


def _held_row(session: Session, lease: Lease) -> Row:
    row = session.get(Row, lease.id, with_for_update=True)
    mine = row is not None and row.owner == lease.owner and row.attempts == lease.attempt
    if row is None or not mine or row.state != "running":
        raise Lost
    return row


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
