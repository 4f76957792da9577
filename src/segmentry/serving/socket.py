"""Lets commands use the workspace of a server, through a socket in its folder.

Whoever may read the files may use the socket, and nobody else: it has the mode 0600, and who
comes as another user is not listened to.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.metadata import version
from multiprocessing.connection import Connection
from operator import attrgetter
from pathlib import Path
from threading import Event, Thread
from typing import Any

from segmentry.base.errors import WorkspaceError
from segmentry.serving import wire
from segmentry.serving.short_path import short_path
from segmentry.workspace import Workspace

PATIENCE = 60.0
"""So many seconds at most somebody who is called back takes; others wait meanwhile."""

Floor = Callable[..., AbstractContextManager[Workspace]]
"""Gives the workspace to somebody, for as long as they need it."""


class CommandSocket:
    """Answers commands in threads of their own. `close` ends it; what is being answered ends
    first."""

    def __init__(self, workspace: Floor, folder: Path) -> None:
        self._workspace = workspace
        self._folder = folder
        self._path = folder / wire.SOCKET
        self._path.unlink(missing_ok=True)  # of a server that was ended
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            with short_path(self._path) as path:
                self._listening.bind(path)
        finally:
            os.umask(before)
        self._listening.listen(64)
        self._open: set[Connection] = set()
        self._closing = Event()
        self._threads: list[Thread] = []
        self._accepting = Thread(target=self._accept, name="commands", daemon=True)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                asked, _ = self._listening.accept()
            except OSError:
                return  # closed
            if not _same_user(asked):
                asked.close()
                continue
            connection: Connection = Connection(asked.detach())
            self._open.add(connection)
            thread = Thread(target=self._answer, args=[connection], name="command", daemon=True)
            thread.start()
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]

    def _answer(self, connection: Connection) -> None:
        with connection, suppress(EOFError, OSError):
            hello: wire.Hello = connection.recv()
            session = _Answering(self._workspace, connection, hello, self._folder, self._closing)
            session.begin()
            while session.answer(connection.recv()):
                pass
        self._open.discard(connection)

    def close(self) -> None:
        """Listen no more, and let go of whoever is there: between two questions, or when they
        are next told how far theirs is."""
        self._closing.set()
        self._path.unlink(missing_ok=True)
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self._workspace():  # nobody is being answered
            for each in list(self._open):
                with suppress(OSError), socket.socket(fileno=os.dup(each.fileno())) as asked:
                    asked.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)


class _Silent(Exception):
    """Who was called back does not answer, as somebody who was stopped does not; or there is
    nothing to say to them any more."""


class _Answering:
    """One command's questions."""

    def __init__(
        self,
        workspace: Floor,
        connection: Connection,
        hello: wire.Hello,
        folder: Path,
        closing: Event,
    ) -> None:
        self._closing = closing
        self._workspace = workspace
        self._connection = connection
        self._hello = hello
        self._folder = folder
        self._sending = wire.Sending()

    def begin(self) -> None:
        """Give the workspace, or say why not."""
        ours = version("segmentry")
        if self._hello.version != ours:
            error = WorkspaceError(
                f"The server of this workspace is segmentry {ours}, the command is "
                f"{self._hello.version}. Restart the server."
            )
            self._connection.send(wire.Failed.of(error))
            return
        with self._workspace() as workspace:
            self._connection.send(wire.Answered(self._sending.keep(workspace)))

    def answer(self, asked: wire.Ask) -> bool:
        """Answer one question; errors are answers too. False where nobody is there to take it."""
        try:
            who = None if self._hello.patient else "command line"
            with self._workspace(who) as workspace, self._as_theirs(workspace):
                reply: Any = wire.Answered(self._sending.sent(self._found(asked)))
        except _Silent:
            return False
        except Exception as error:
            reply = wire.Failed.of(error)
        self._connection.send(reply)
        return True

    def _found(self, asked: wire.Ask) -> Any:
        of = self._sending[asked.number]
        if asked.name == "attribute":
            return attrgetter(*asked.args)(of)
        args = [wire.received(each, self._theirs) for each in asked.args]
        named = {key: wire.received(e, self._theirs) for key, e in (asked.named or {}).items()}
        if asked.name == "call":
            return of(*args, **named)
        found = getattr(of, asked.name)(*args, **named)
        return list(found) if asked.name == "__iter__" else found

    def _theirs(self, value: Any) -> Any:
        """A function of theirs, or something they know by its number."""
        match value:
            case wire.CallBack(number):
                return lambda *args: self._call_back(number, args)
            case wire.Kept(number):
                return self._sending[number]
        return value

    def _call_back(self, number: int, args: tuple[Any, ...]) -> Any:
        self._connection.send(wire.Called(number, args))
        if not self._connection.poll(PATIENCE):
            raise _Silent
        reply = self._connection.recv()
        if self._closing.is_set():
            raise _Silent
        if isinstance(reply, wire.Failed):
            raise reply.error
        return reply.value

    @contextmanager
    def _as_theirs(self, workspace: Workspace) -> Iterator[None]:
        """Files are named from where they are, and changes are theirs. Nothing else of the
        server goes by the present folder, and only one has the floor."""
        author = workspace.segments.author
        os.chdir(self._hello.folder)
        workspace.segments.author = self._hello.author
        try:
            yield
        finally:
            workspace.segments.author = author
            os.chdir(self._folder)


def _same_user(asked: socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return True  # the mode of the socket alone says who may
    told = asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", told)
    return user in (os.getuid(), 0)
