"""Takes jobs and does them, one after the other, until it is told to stop."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from sqlalchemy.orm import Session

from segmentry.base.errors import UserError, WorkspaceError
from segmentry.jobs.queue import INTERRUPTED, LEASE, Cancelled, Lease, Lost, Queue

LONGEST = 1.0
"""So many seconds at most until it looks for work that other processes put in."""

GRACE = timedelta(seconds=20)
"""So long a job that cannot be begun again may go on when its worker is told to stop."""

_SIGNS_OF_LIFE = LEASE.total_seconds() / 4
_WRITTEN_EVERY = timedelta(seconds=1)


class Stopping(Exception):
    """The worker stops; what can be begun again is given back."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How jobs of one kind are done. `resumable`: after a crash they are begun again, because
    doing them twice is the same as once."""

    run: Callable[[Running], Any]
    resumable: bool = False


@dataclass(slots=True)
class Running:
    """A job that is being done, for its handler."""

    lease: Lease
    queue: Queue
    _stop: Event
    _resumable: bool
    _written_at: datetime | None = None
    _stopping_since: datetime | None = None

    @property
    def id(self) -> int:
        """Its number."""
        return self.lease.id

    @property
    def arguments(self) -> Mapping[str, Any]:
        """What it was put in with."""
        return self.lease.arguments

    @property
    def now(self) -> datetime:
        """The moment by the queue's clock."""
        return self.queue.now

    def progress(self, share: float, step: str = "") -> None:
        """Say how far it is, as often as one likes: it is written down once a second. Raises
        what ends the job: it is cancelled, lost, or has to stop."""
        now = self.now
        self._may_go_on(now)
        if self._written_at is None or now >= self._written_at + _WRITTEN_EVERY:
            self._written_at = now
            self.queue.report(self.lease, share, step)
        else:
            self.queue.look(self.lease)

    def done_in(self, session: Session, result: Any = None) -> None:
        """End the job well in a transaction, together with what it did. Raises Lost where it is
        somebody else's by now: then the transaction must not be, either."""
        self.queue.done_in(session, self.lease, result)

    def _may_go_on(self, now: datetime) -> None:
        if not self._stop.is_set():
            return
        self._stopping_since = self._stopping_since or now
        if self._resumable or now >= self._stopping_since + GRACE:
            raise Stopping


class Worker:
    """Does the jobs that it has handlers for. Several, in several processes, do no job twice.

    Nothing that a handler raises ends it. `trouble` is told of faults: those of handlers that
    are nothing a user can mend, and those of the database.
    """

    def __init__(
        self,
        queue: Queue,
        handlers: Mapping[str, Handler],
        owner: str = "",
        trouble: Callable[[Exception], object] = lambda error: None,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._resumable = {kind for kind, handler in handlers.items() if handler.resumable}
        self._owner = owner or secrets.token_hex(8)
        self._trouble = trouble

    def work(self, stop: Event, between: Callable[[], object] = lambda: None) -> None:
        """Do jobs until told to stop. `between` is called before each look for work."""
        idle = False
        while not stop.is_set():
            told = self._queue.times_told
            try:
                between()
                # Whoever finds nothing, again and again, is not to hold up those who write.
                found = not idle or self._queue.any_due(self._handlers.keys())
                idle = not (found and self.one(stop))
                if idle:
                    self._wait(stop, told)
            except Exception as error:
                self._trouble(error)
                stop.wait(LONGEST)

    def one(self, stop: Event | None = None) -> bool:
        """Do the next job, if there is one."""
        lease = self._queue.lease(self._owner, self._handlers.keys(), self._resumable)
        if lease is None:
            return False
        self._do(lease, stop or Event())
        return True

    def _do(self, lease: Lease, stop: Event) -> None:
        try:
            result = self._handled(lease, stop)
            self._queue.done(lease, result)
        except Lost:
            return  # to another worker, or it was ended by its handler
        except Exception as error:
            self._end_badly(lease, error)

    def _handled(self, lease: Lease, stop: Event) -> Any:
        handler = self._handlers[lease.kind]
        over = Event()
        alive = Thread(target=self._stay, args=[lease, over], name="lease", daemon=True)
        alive.start()
        try:
            return handler.run(Running(lease, self._queue, stop, handler.resumable))
        finally:
            over.set()
            alive.join()

    def _end_badly(self, lease: Lease, error: Exception) -> None:
        try:
            match error:
                case Cancelled():
                    self._queue.cancelled(lease)
                case Stopping() if lease.kind in self._resumable:
                    self._queue.given_back(lease)
                case Stopping():
                    self._queue.failed(lease, INTERRUPTED, again=False)
                case UserError():  # a full disk can have room later, a wrong file stays wrong
                    again = isinstance(error, WorkspaceError)
                    self._queue.failed(lease, str(error), again=again)
                case _:
                    self._trouble(error)
                    # Its text could name somebody.
                    self._queue.failed(lease, f"A fault of Segmentry's: {type(error).__name__}.")
        except Lost:
            return

    def _stay(self, lease: Lease, over: Event) -> None:
        """Show signs of life while a handler has none of its own."""
        while not over.wait(_SIGNS_OF_LIFE):
            try:
                self._queue.report(lease)
            except Lost:
                return  # the handler finds out when it next says how far it is
            except Cancelled:
                continue  # so does it then
            except Exception as error:  # such as a database that is busy for long
                self._trouble(error)

    def _wait(self, stop: Event, told: int) -> None:
        due = self._queue.next_at(self._handlers.keys())
        rest = LONGEST if due is None else (due - self._queue.now).total_seconds()
        with self._queue.changed:
            if not stop.is_set() and self._queue.times_told == told and rest > 0:
                self._queue.changed.wait(min(LONGEST, rest))
