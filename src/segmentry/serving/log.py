"""The server's log: one line of JSON an event, on standard error, without personal data.

Requests are noted by route, never by the address asked for, which can name a person. Where the
log cannot be written the server goes on without.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

import structlog

MOST_WAITING = 10_000
"""So many lines at most wait to be written; further ones are left out, and counted."""


class _Lines:
    """Has lines written by a thread of its own: where nobody reads them, or there is no room,
    whoever has something to say goes on."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[str] = SimpleQueue()
        self._left_out = 0
        self._lock = Lock()
        self._writing: Thread | None = None

    def msg(self, message: str) -> None:
        """Have one line written."""
        with self._lock:
            if self._writing is None:
                self._writing = Thread(target=self._write, name="log", daemon=True)
                self._writing.start()
            if self._waiting.qsize() >= MOST_WAITING:
                self._left_out += 1
                return
            if self._left_out:
                self._waiting.put(f'{{"event": "lines left out", "lines": {self._left_out}}}')
                self._left_out = 0
        self._waiting.put(message)

    def _write(self) -> None:
        while True:
            line = self._waiting.get()
            with suppress(OSError, ValueError):
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()

    log = debug = info = warning = error = critical = exception = msg


def _where(logger: Any, name: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """An error as its kind and the lines it passed through: its text may name a person."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        event["where"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
    return event


log: Any = structlog.wrap_logger(
    _Lines(),
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _where,
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
)


def note_fault(error: Exception) -> None:
    """Note what ended a job that nobody who uses the product can mend."""
    log.error("job failed", exc_info=error)


class _Noting(logging.Handler):
    """Notes what a library has to say, without the values that it says it of."""

    def emit(self, record: logging.LogRecord) -> None:
        """One record, as one line."""
        error = record.exc_info[1] if record.exc_info else None
        said = str(record.msg).strip().partition("\n")[0]
        note = log.error if record.levelno >= logging.ERROR else log.warning
        note("library", library=record.name, said=said, exc_info=error)


@contextmanager
def libraries_noted() -> Iterator[None]:
    """While it lasts, what libraries warn of goes to the log. They would write it to standard
    error themselves: with people's data in it, and waiting for whoever does not read."""
    root, noting = logging.getLogger(), _Noting(logging.WARNING)
    root.addHandler(noting)
    try:
        yield
    finally:
        root.removeHandler(noting)
