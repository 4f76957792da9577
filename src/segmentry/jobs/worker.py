"""Takes jobs and does them, one after the other, until it is told to stop."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread
from typing import Any

from segmentry.base.errors import UserError
from segmentry.jobs.queue import LEASE, Cancelled, Lease, Lost, Queue

LONGEST = 1.0
"""So many seconds at most until it looks for work that other processes put in."""

_SIGNS_OF_LIFE = LEASE.total_seconds() / 4


class Stopping(Exception):
    """The worker stops; what can be begun again is given back."""


@dataclass(frozen=True, slots=True)
class Handler:
    """How jobs of one kind are done. `resumable`: after a crash they are begun again, because
    doing them twice is the same as once."""

    run: Callable[[Running], Any]
    resumable: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A job that is being done, for its handler."""

    lease: Lease
    queue: Queue
    _stop: Event
    _gives_back: bool

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
        """Say how far it is. Raises what ends it: it is cancelled, lost, or has to stop."""
        if self._stop.is_set() and self._gives_back:
            raise Stopping
        self.queue.report(self.lease, share, step)


class Worker:
    """Does the jobs that it has handlers for. Several, in several processes, do no job twice."""

    def __init__(self, queue: Queue, handlers: Mapping[str, Handler], owner: str = "") -> None:
        self._queue = queue
        self._handlers = handlers
        self._resumable = {kind for kind, handler in handlers.items() if handler.resumable}
        self._owner = owner or secrets.token_hex(8)

    def work(self, stop: Event, between: Callable[[], object] = lambda: None) -> None:
        """Do jobs until told to stop. `between` is called before each look for work."""
        while not stop.is_set():
            between()
            if not self.one(stop):
                self._wait(stop)

    def one(self, stop: Event | None = None) -> bool:
        """Do the next job, if there is one."""
        lease = self._queue.lease(self._owner, self._handlers.keys(), self._resumable)
        if lease is None:
            return False
        self._do(lease, stop or Event())
        return True

    def _do(self, lease: Lease, stop: Event) -> None:
        handler = self._handlers[lease.kind]
        over = Event()
        alive = Thread(target=self._stay, args=[lease, over], name="lease", daemon=True)
        alive.start()
        try:
            try:
                result = handler.run(Running(lease, self._queue, stop, handler.resumable))
            finally:
                over.set()
                alive.join()
            self._queue.done(lease, result)
        except Lost:
            return
        except Exception as error:
            self._end_badly(lease, error)

    def _end_badly(self, lease: Lease, error: Exception) -> None:
        try:
            match error:
                case Cancelled():
                    self._queue.cancelled(lease)
                case Stopping():
                    self._queue.given_back(lease)
                case UserError():
                    self._queue.failed(lease, str(error), again=False)
                case _:
                    # Its text could name somebody.
                    self._queue.failed(lease, f"A fault of Segmentry's: {type(error).__name__}.")
        except Lost:
            return

    def _stay(self, lease: Lease, over: Event) -> None:
        """Show signs of life while a handler has none of its own."""
        while not over.wait(_SIGNS_OF_LIFE):
            try:
                self._queue.report(lease)
            except (Lost, Cancelled):
                continue  # the handler finds out when it next says how far it is

    def _wait(self, stop: Event) -> None:
        due = self._queue.next_at()
        rest = LONGEST if due is None else (due - self._queue.now).total_seconds()
        with self._queue.changed:
            if not stop.is_set() and rest > 0:
                self._queue.changed.wait(min(LONGEST, rest))
