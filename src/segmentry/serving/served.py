"""One process that owns a workspace and keeps it current, for everybody who asks.

Whatever uses the workspace has the floor meanwhile. A thread of its own takes in what was
accepted and refreshes segments at the moments that are due.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

from segmentry.access import Access
from segmentry.base.clock import Clock, system_clock
from segmentry.serving.floor import Floor
from segmentry.serving.socket import CommandSocket
from segmentry.workspace import Workspace


class Served:
    """A workspace for many threads. Use it in a `with` block, or `start` and `stop` it."""

    def __init__(self, workspace: Workspace, clock: Clock = system_clock) -> None:
        self.clock = clock
        self.floor = Floor()
        self._workspace = workspace
        self._stop = Event()
        self._threads: list[Thread] = []
        self._commands: CommandSocket | None = None

    @classmethod
    def open(cls, folder: Path, clock: Clock = system_clock) -> Self:
        """Serve the workspace of a folder."""
        return cls(Workspace.open(folder.resolve(), clock=clock), clock)

    @property
    def access(self) -> Access:
        """Users, sessions, tokens; for any thread, without the floor."""
        return self._workspace.access

    @contextmanager
    def workspace(self, who: str | None = None) -> Iterator[Workspace]:
        """The workspace, for as long as it takes; see `Floor.taken`."""
        with self.floor.taken(who):
            yield self._workspace

    def start(self) -> None:
        """Begin to keep it current, and to let commands in."""
        folder = self._workspace.folder
        if folder is not None:
            self._commands = CommandSocket(self.workspace, folder)

    def stop(self) -> None:
        """End what was begun, and let go of the workspace."""
        if self._commands is not None:
            self._commands.close()
        self._stop.set()
        for each in self._threads:
            each.join()
        with self.floor.taken():
            self._workspace.close()

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
