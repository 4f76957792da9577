"""The workspace as a command has it while a server owns it: the same calls, answered there."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from segmentry.base.clock import system_clock
from segmentry.base.errors import ServerGone, WorkspaceError
from segmentry.membership.waiting import as_time_passes
from segmentry.segments.versions import this_author
from segmentry.serving import wire
from segmentry.serving.short_path import short_path

if TYPE_CHECKING:
    from segmentry.membership.memberships import Refreshed
    from segmentry.workspace import Workspace


def served_workspace(folder: Path, *, patient: bool = False) -> Workspace | None:
    """The workspace of a folder through the server that owns it; None where there is none.
    Who is `patient` waits as long as others ask."""
    path = folder.resolve() / wire.SOCKET
    if not path.exists():
        return None
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with short_path(path) as short:
            asking.connect(short)
    except (ConnectionRefusedError, FileNotFoundError):  # of a server that was ended
        asking.close()
        return None
    except OSError as error:
        asking.close()
        raise WorkspaceError(f"{path} cannot be used: {error.strerror}.") from error
    line = _Line(Connection(asking.detach()))
    kept = line.begin(wire.Hello(version("segmentry"), this_author(), Path.cwd(), patient))
    return cast("Workspace", _Workspace(line, kept))


class _Line:
    """The connection to a server: one question at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._functions: list[Callable[..., Any]] = []

    def begin(self, hello: wire.Hello) -> wire.Kept:
        """The workspace."""
        kept: wire.Kept = self._exchange(hello)
        return kept

    def ask(self, number: int, name: str, *args: Any, **named: Any) -> Any:
        """Use something kept by the server."""
        ours = [wire.received(each, self._ours) for each in args]
        by_name = {key: wire.received(each, self._ours) for key, each in named.items()}
        found = self._exchange(wire.Ask(number, name, tuple(ours), by_name))
        self._functions.clear()
        return wire.received(found, self._theirs)

    def close(self) -> None:
        """Let go of the server."""
        self._connection.close()

    def _exchange(self, message: Any) -> Any:
        try:
            self._connection.send(message)
            while isinstance(reply := self._connection.recv(), wire.Called):
                self._connection.send(self._called(reply))
        except (EOFError, OSError) as error:
            raise ServerGone from error
        if isinstance(reply, wire.Failed):
            raise reply.error
        return reply.value

    def _called(self, call: wire.Called) -> wire.Answered | wire.Failed:
        try:
            return wire.Answered(self._functions[call.number](*call.args))
        except Exception as error:
            return wire.Failed.of(error)

    def _ours(self, value: Any) -> Any:
        if isinstance(value, _Remote):
            return wire.Kept(value._kept.number, {})
        if isinstance(value, Iterator):
            return list(value)
        if callable(value) and not isinstance(value, type):
            self._functions.append(value)
            return wire.CallBack(len(self._functions) - 1)
        return value

    def _theirs(self, value: Any) -> Any:
        return _Remote(self, value) if isinstance(value, wire.Kept) else value


class _Remote:
    """Something that the server keeps."""

    def __init__(self, line: _Line, kept: wire.Kept) -> None:
        self._line = line
        self._kept = kept

    def _ask(self, name: str, *args: Any, **named: Any) -> Any:
        return self._line.ask(self._kept.number, name, *args, **named)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._kept.values:
            return self._kept.values[name]
        return self._ask("attribute", name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._ask("call", *args, **named)

    def __getitem__(self, key: Any) -> Any:
        return self._ask("__getitem__", key)

    def __contains__(self, key: Any) -> bool:
        return bool(self._ask("__contains__", key))

    def __len__(self) -> int:
        try:
            return int(self._ask("__len__"))
        except AttributeError as error:  # what can only be gone through, has none
            raise TypeError(str(error)) from error

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return iter(self._ask("__iter__"))


class _Workspace(_Remote):
    """The workspace; what waits, waits here."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of it; the server goes on."""
        self._line.close()

    def keep_current(self, stop: Event) -> Iterator[Refreshed]:
        """Refresh at every moment that is due; the server does so as well."""
        if self.stands_at is not None:
            return iter([self.refresh()])
        return as_time_passes(self.refresh, system_clock, stop)
