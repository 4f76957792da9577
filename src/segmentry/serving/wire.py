"""What passes between a command and the server that has its workspace.

Values are sent as they are; what answers questions itself, as a saved segment does, stays with
the server and is known to the command by a number. Both run as the same person, on one machine,
from one version, so values are pickled.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

SOCKET = "server.sock"
"""The name of the socket in the folder of the workspace."""


@dataclass(frozen=True, slots=True)
class Hello:
    """Whose command it is, where they are, and of which version; `patient` who waits for the
    floor as long as it takes, as a worker does."""

    version: str
    author: str
    folder: Path
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that stays with the server, with the values that can be read off it."""

    number: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallBack:
    """A function of the command's, called by the server while it answers."""

    number: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Read, call, or otherwise use something kept: `name` is that of a method."""

    number: int
    name: str
    args: tuple[Any, ...] = ()
    named: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it."""

    value: Any


@dataclass(frozen=True, slots=True)
class Called:
    """The server calls back."""

    number: int
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """An error, to be raised again on the other side."""

    error: BaseException

    @classmethod
    def of(cls, error: BaseException) -> Failed:
        """An error as it can be sent; one that cannot is told by its kind alone."""
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return cls(RuntimeError(f"{type(error).__name__}: {error}"))
        return cls(error)


class Sending:
    """Makes values of a server's objects, keeping those that cannot be sent."""

    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}

    def __getitem__(self, number: int) -> Any:
        return self._kept[number]

    def keep(self, value: Any) -> Kept:
        """Have something stay here."""
        number = len(self._kept)
        self._kept[number] = value
        return Kept(number, self._values(value))

    def sent(self, value: Any) -> Any:
        """A value that can be sent: itself, or a group of such, or what keeps it here."""
        if not _stays(value):
            return value
        match value:
            case list() | tuple():
                return type(value)(self.sent(each) for each in value)
            case dict():
                return {key: self.sent(each) for key, each in value.items()}
        return self.keep(value)

    def _values(self, value: Any) -> Mapping[str, Any]:
        """What of a record can be sent along with it."""
        if not is_dataclass(value) or isinstance(value, type):
            return {}
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        return {name: each for name, each in named.items() if not _stays(each)}


def _stays(value: Any) -> bool:
    """Whether something cannot be sent: what is done here and what holds open files."""
    if callable(value) and not isinstance(value, type):
        return True
    try:
        pickle.dumps(value)
    except Exception:
        return True
    return False


def received(value: Any, of: Callable[[Any], Any]) -> Any:
    """A value as it arrives, with what `of` makes of those that stand for something else."""
    match value:
        case list():
            return [received(each, of) for each in value]
        case tuple() if type(value) is tuple:
            return tuple(received(each, of) for each in value)
        case dict():
            return {key: received(each, of) for key, each in value.items()}
    return of(value)
