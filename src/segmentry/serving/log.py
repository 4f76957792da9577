"""The server's log: one line of JSON an event, on standard error, without personal data.

Requests are noted by route, never by the address asked for, which can name a person. Where the
log cannot be written the server goes on without.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog


class _Lines:
    """Writes lines, and goes on where there is no room or nobody reads."""

    def msg(self, message: str) -> None:
        """Write one line."""
        with suppress(OSError, ValueError):
            sys.stderr.write(f"{message}\n")
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
