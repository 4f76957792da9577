"""Every error the package raises on purpose.

    SegmentryError
    ├── UserError                 shown as it is; something the user can mend
    │   ├── QueryError            a segment query that cannot be understood or answered
    │   ├── DataError             a file or a record that cannot be taken in
    │   │   └── BatchError        a batch of messages of which none can be read
    │   ├── WorkspaceError        a workspace that cannot be made, opened or used
    │   │   ├── ServerGone        because the server that owns it ended before it answered
    │   │   └── NoRoomError       because its disk is full
    │   ├── SegmentError          a saved segment that cannot be made, found or changed
    │   │   ├── ConflictError     because of what somebody else made of it, or of its name
    │   │   └── NoSegmentError    because there is none of that name (a NotFoundError too)
    │   ├── AccessError           a user, a session or a token that cannot be made or changed
    │   │   ├── NotSignedIn       who asks is not known, or not any more
    │   │   │   └── CodeNeeded    but for the code of the second factor
    │   │   └── NotAllowed        who asks is known, and may not do that
    │   ├── SecretError           a secret that cannot be kept or read
    │   ├── DestinationError      a destination that cannot be made, changed or reached
    │   │   ├── UnknownDestination    because there is none of that id (a NotFoundError too)
    │   │   └── AddressRefused    because of where its address leads
    │   ├── NotFoundError         something that is not there
    │   └── BusyError             too many ask at once
    └── InternalError             a fault of ours

The docstring of a class is its message where none is given.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias


class SegmentryError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__ or "")

    def __reduce__(self) -> tuple[Any, ...]:
        """Copied to another process it is the same, whatever it was made of."""
        return _again, (type(self), self.args, vars(self))


def _again(
    kind: type[SegmentryError], args: tuple[Any, ...], state: dict[str, Any]
) -> SegmentryError:
    made = kind.__new__(kind)
    made.args = args
    vars(made).update(state)
    return made


class UserError(SegmentryError):
    """The request cannot be answered as it stands."""


class InternalError(SegmentryError):
    """A fault of Segmentry's own. Please report it."""


class DataError(UserError):
    """The data cannot be taken in."""


class BatchError(DataError):
    """The batch of messages cannot be read. `code` is for programs, `pointer` a JSON pointer."""

    def __init__(self, code: str, message: str, pointer: str = "") -> None:
        self.code = code
        self.pointer = pointer
        super().__init__(message)


class WorkspaceError(UserError):
    """The workspace cannot be used."""


class ServerGone(WorkspaceError):
    """The server of this workspace ended before it answered. Do the same again."""


class NoRoomError(WorkspaceError):
    """There is no room on the disk."""


class SegmentError(UserError):
    """The segment cannot be made, found or changed."""


class ConflictError(SegmentError):
    """Somebody else has changed the segment."""


class NotFoundError(UserError):
    """There is nothing of that name or number."""


class NoSegmentError(SegmentError, NotFoundError):
    """There is no such segment."""


class BusyError(UserError):
    """Too many questions wait to be answered. Ask again in a moment."""

    def __init__(self, message: str | None = None, *, retry_after: int) -> None:
        """`retry_after`: so many seconds later there may be room."""
        super().__init__(message)
        self.retry_after = retry_after


class AccessError(UserError):
    """The user, session or token cannot be made or changed."""


class NotSignedIn(AccessError):
    """Sign in first, or bring a valid token."""


class CodeNeeded(NotSignedIn):
    """The code of the second factor is needed as well."""


class NotAllowed(AccessError):
    """You may not do that."""


class SecretError(UserError):
    """The secret cannot be kept or read."""


class DestinationError(UserError):
    """The destination cannot be made, changed or reached."""


class UnknownDestination(DestinationError, NotFoundError):
    """There is no such destination."""


class AddressRefused(DestinationError):
    """Nothing is sent to that address."""


Severity: TypeAlias = Literal["error", "warning", "note"]
"""An error stops a query; a warning says that it hardly means what was wanted; a note tells
what is easily overlooked."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with (or worth saying about) a query text.

    `start` and `end` are character offsets into the text; `line` counts from 1
    and `column` from 0. `suggestion` is text the user could write instead.
    """

    code: str
    message: str
    start: int
    end: int
    line: int
    column: int
    suggestion: str | None = None
    severity: Severity = "error"


class EnoughProblems(Exception):
    """No more of a text is worth reading; what is wrong so far is in its list."""


@dataclass(frozen=True)
class ProblemList:
    """Problems gathered while one text is read, so that all are reported together.

    `most` is how many at most: adding the last raises EnoughProblems, because finding and
    mending thousands takes long and nobody reads them.
    """

    text: str
    items: list[Problem] = field(default_factory=list)
    most: int | None = None
    severity: Severity = "error"

    def add(
        self, code: str, message: str, start: int, end: int, suggestion: str | None = None
    ) -> None:
        """Note one problem at the given character range."""
        line = self.text.count("\n", 0, start) + 1
        column = start - (self.text.rfind("\n", 0, start) + 1)
        self.items.append(
            Problem(code, message, start, end, line, column, suggestion, self.severity)
        )
        if len(self.items) == self.most:
            raise EnoughProblems


class QueryError(UserError):
    """The query cannot be understood."""

    def __init__(self, text: str, problems: tuple[Problem, ...]) -> None:
        self.text = text
        self.problems = tuple(sorted(problems, key=lambda p: (p.start, p.end)))
        super().__init__("\n".join(_describe(problem) for problem in self.problems))


def _describe(problem: Problem) -> str:
    hint = f" Did you mean {problem.suggestion}?" if problem.suggestion else ""
    return f"Line {problem.line} Column {problem.column}: {problem.message}{hint}"
