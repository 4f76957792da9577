"""One process that owns a workspace and keeps it current, for everybody who asks.

Whatever uses the workspace has the floor meanwhile. A thread takes in what was accepted and
refreshes segments at the moments that are due, one does jobs, one tells webhooks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from threading import Condition, Event, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self

from segmentry.access import Access
from segmentry.base.clock import Clock, system_clock
from segmentry.base.errors import WorkspaceError
from segmentry.ingest.messages.accept import Accepted
from segmentry.jobs import Queue, Worker
from segmentry.jobs.queue import LEASE
from segmentry.serving.floor import Floor
from segmentry.serving.log import note_fault
from segmentry.serving.socket import CommandSocket
from segmentry.serving.trouble import Troubles
from segmentry.serving.work import handlers, schedules
from segmentry.workspace import Workspace

LONGEST = 0.5
"""So many seconds at most until the clock is looked at again."""

AGAIN = 60.0
"""So many seconds until segments that could not be refreshed are tried again."""

_ACCEPTING = "accepting records"

_ROOM = 4 * 1024 * 1024
"""So many bytes have to find room on a disk that was full before all is well again."""

_AT_ONCE = 2_000
"""So many messages at most are brought into the facts together."""


class Served:
    """A workspace for many threads. Use it in a `with` block, or `start` and `stop` it."""

    def __init__(
        self, workspace: Workspace, clock: Clock = system_clock, *, works: bool = True
    ) -> None:
        self.clock = clock
        self.works = works
        """Whether jobs are done here; else they wait for a worker beside."""
        self.floor = Floor()
        self.troubles = Troubles()
        self.changed = Condition()
        """Told when facts or segments can be others than before; `version` counts these."""
        self.version = 0
        self._workspace = workspace
        self._stop = Event()
        self._wake = Event()
        self._threads: list[Thread] = []
        self._commands: CommandSocket | None = None

    @classmethod
    def open(cls, folder: Path, clock: Clock = system_clock, *, works: bool = True) -> Self:
        """Serve the workspace of a folder."""
        return cls(Workspace.open(folder.resolve(), clock=clock), clock, works=works)

    # -- using ------------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        """Where the workspace is; None for one in memory."""
        return self._workspace.folder

    @property
    def access(self) -> Access:
        """Users, sessions, tokens; for any thread, without the floor."""
        return self._workspace.access

    @property
    def jobs(self) -> Queue:
        """Work that is done beside; for any thread, without the floor."""
        return self._workspace.jobs

    @property
    def stopping(self) -> bool:
        """Whether it is about to end."""
        return self._stop.is_set()

    @property
    def lacks_worker(self) -> bool:
        """Whether jobs are left to a worker, and have been due for a minute with none at work."""
        if self.works:
            return False
        due = self.jobs.next_at(handlers(self))
        late = due is not None and due <= self.jobs.now - LEASE
        return late and not self.jobs.listed(state="running", limit=1)

    @contextmanager
    def workspace(self, who: str | None = None, *, changes: bool = False) -> Iterator[Workspace]:
        """The workspace, for as long as it takes; see `Floor.taken`. `changes` says that it can
        be another afterwards."""
        with self.floor.taken(who):
            yield self._workspace
        if changes:
            self._told()

    def accept(self, batch: bytes | Iterable[Mapping[str, Any]], source: str | None) -> Accepted:
        """Have live messages on disk; they show shortly after. Waits for nobody."""
        try:
            taken = self._workspace.accept(batch, source=source)
        except WorkspaceError as error:
            self.troubles.note(_ACCEPTING, error)
            raise
        self.troubles.over(_ACCEPTING)
        self._wake.set()
        return taken

    def _told(self) -> None:
        with self.changed:
            self.version += 1
            self.changed.notify_all()
        self._wake.set()

    # -- living -----------------------------------------------------------------------

    def start(self) -> None:
        """Begin to keep it current, to do jobs, and to let commands in."""
        self.access.idempotency.release_ended()
        self._begin("current", self._keep_current)
        self._begin("webhooks", self._tell_webhooks)
        if self.works:
            worker = Worker(self.jobs, handlers(self), trouble=note_fault)
            self._begin("jobs", lambda: worker.work(self._stop, self._put_in_due))
        if self.folder is not None:
            self._commands = CommandSocket(partial(self.workspace, changes=True), self.folder)

    def stop(self) -> None:
        """End what was begun, and let go of the workspace."""
        self._stop.set()
        self._wake.set()
        with self.changed:
            self.changed.notify_all()
        with self.jobs.changed:
            self.jobs.changed.notify_all()
        if self._commands is not None:
            self._commands.close()
        for each in self._threads:
            each.join()
        with self.floor.taken():
            self._workspace.close()

    def _begin(self, name: str, run: Callable[[], object]) -> None:
        thread = Thread(target=run, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)

    # -- being current ----------------------------------------------------------------

    def _keep_current(self) -> None:
        with self.troubles.of("reading what segments ask about", self._stop), self.floor.taken():
            self._workspace.warm()
        tried, failed = monotonic(), False
        due: datetime | None = self.clock()
        while not self._stop.is_set():
            self._wake.clear()
            with self.troubles.of("taking in records", self._stop):
                self._take_in()
            late = failed and monotonic() - tried >= AGAIN
            with self.troubles.of("refreshing segments", self._stop):
                if late or (due is not None and due <= self.clock()):
                    with self.workspace(changes=True) as workspace:
                        failed = bool(workspace.refresh().failed)
                        tried = monotonic()
                with self.floor.taken():
                    due = self._workspace.next_due() if self._moves else None
            if _ACCEPTING in self.troubles.now and self._can_write():
                self.troubles.over(_ACCEPTING)
            self._wake.wait(self._rest(due))

    def _can_write(self) -> bool:
        """Whether there is room for what is accepted, though nobody sends anything now."""
        if self.folder is None:
            return True
        try:
            with TemporaryFile(dir=self.folder) as file:
                file.write(bytes(_ROOM))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            return False
        return True

    @property
    def _moves(self) -> bool:
        """Whether time passes: a sample store stands still."""
        return self._workspace.stands_at is None

    def _take_in(self) -> None:
        """Bring what was accepted into the facts and segments, batch by batch, so that others
        have the floor in between."""
        while not self._stop.is_set():
            with self.floor.taken():
                if not self._workspace.waiting():
                    return
                self._workspace.apply_accepted(_AT_ONCE)
            self._told()

    def _rest(self, due: datetime | None) -> float:
        if due is None:
            return LONGEST
        return min(LONGEST, max(0.0, (due - self.clock()).total_seconds()))

    # -- beside -----------------------------------------------------------------------

    def _tell_webhooks(self) -> None:
        seen = -1
        while not self._stop.is_set():
            now = self.clock()
            with self.troubles.of("telling webhooks", self._stop):
                if seen != self.version:
                    seen = self.version
                    with self.floor.taken():
                        while self._workspace.webhooks.collect(now):
                            pass
                self._workspace.webhooks.deliver_due(now)
            with self.changed:
                if seen == self.version and not self._stop.is_set():
                    self.changed.wait(1.0)

    def _put_in_due(self) -> None:
        with self.troubles.of("schedules", self._stop):
            self._workspace.put_in_due(schedules(self._workspace.store.zone))

    # -- lasting ----------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
