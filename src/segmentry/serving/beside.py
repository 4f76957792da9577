"""Does jobs in a process that is no server: beside one that has the workspace, or alone.

Beside a server a job is taken, kept alive and ended by the worker; what it does with the data it
has done by the server, by the calls that commands use. A worker that is killed costs the server
nothing, and one whose server ends gives back what it does and waits for the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from sqlalchemy import Engine as AppDb
from sqlalchemy.orm import Session

from segmentry.base.clock import system_clock
from segmentry.base.errors import ServerGone, WorkspaceError
from segmentry.facts.zones import zone
from segmentry.jobs import Queue, Worker
from segmentry.jobs.schedules import put_in_due
from segmentry.jobs.worker import Stopping
from segmentry.serving.log import note_fault
from segmentry.serving.remote import served_workspace
from segmentry.serving.served import Served
from segmentry.serving.work import handlers, schedules
from segmentry.storage.app_db import Settings
from segmentry.storage.folder import open_system_of_record
from segmentry.workspace import Workspace

_LOOK = 1.0
"""So many seconds until it is looked again whether there is a server."""


class _Asking:
    """Whose jobs are done beside: its workspace is that of the server, asked anew for each use.
    `over` is set once the server does not answer."""

    def __init__(self, folder: Path, jobs: Queue, over: Event) -> None:
        self.folder: Path | None = folder
        self.jobs = jobs
        self._over = over

    @contextmanager
    def workspace(self, who: str | None = None, *, changes: bool = False) -> Iterator[Workspace]:
        """The server's workspace. Without a server the job is given back."""
        assert self.folder is not None
        try:
            served = served_workspace(self.folder, patient=True)
        except WorkspaceError as error:
            raise self._ended() from error
        if served is None:
            raise self._ended()
        with served:
            try:
                yield served
            except ServerGone as error:
                raise self._ended() from error

    def _ended(self) -> Stopping:
        self._over.set()
        return Stopping()


def is_served(folder: Path) -> bool:
    """Whether some process owns the workspace and lets others use it. Refuses one of another
    version."""
    found = served_workspace(folder)
    if found is not None:
        found.close()
    return found is not None


def work_beside(folder: Path, stop: Event, begun: Callable[[], object]) -> None:
    """Do jobs beside a server, also after it was started anew, until told to stop; `begun` is
    called once all is well. Refuses what is no workspace, and a server of another version."""
    with open_system_of_record(folder) as app:
        jobs, here = Queue(app, system_clock), _zone(app)
        begun()
        while not stop.is_set():
            if is_served(folder):
                _work(folder.resolve(), app, jobs, here, stop)
            else:
                stop.wait(_LOOK)


def _work(folder: Path, app: AppDb, jobs: Queue, here: ZoneInfo, stop: Event) -> None:
    """Do jobs until told to stop, or the server does not answer."""
    over = _Either(stop)
    worker = Worker(jobs, handlers(_Asking(folder, jobs, over)), trouble=note_fault)
    worker.work(over, lambda: put_in_due(app, jobs, schedules(here)))


class _Either(Event):
    """Set once it is, or once another is: whoever waits finds the other shortly after."""

    def __init__(self, other: Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        """Whether one of both is."""
        return super().is_set() or self._other.is_set()


def work_alone(folder: Path, stop: Event, begun: Callable[[], object]) -> None:
    """Own a workspace that no other process has, as a server does but for HTTP, until told to
    stop. Refuses one that somebody has."""
    with Served.open(folder):
        begun()
        stop.wait()


def _zone(app: AppDb) -> ZoneInfo:
    with Session(app) as session:
        return zone(session.get_one(Settings, 1).timezone)
