"""A server, or a worker, in a process of its own, as it is started by its command."""

from __future__ import annotations

import json
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any

from .command import arguments, environment

_PATIENCE = 120.0
"""So many seconds at most it takes until one has begun."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that runs: its address, its process, and the link of a first run."""

    address: str
    process: subprocess.Popen[str]
    setup_link: str | None = None


@contextmanager
def serving(
    folder: Path, *options: str, before: str = "", unread: bool = False, **env: str
) -> Iterator[Running]:
    """Serve a workspace on any free port; ended as Ctrl-C ends it, which has to go well. Its log
    goes to a file, or `unread` to a pipe that nobody empties."""
    words = ("serve", "--port", "0", *options)
    with _running(folder, *words, before=before, unread=unread, **env) as (process, told):
        yield Running(told["address"], process, told.get("setup_link"))


@contextmanager
def working(folder: Path, *options: str, before: str = "") -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, once it has begun; ended in the same way."""
    with _running(folder, "worker", *options, before=before) as (process, _):
        yield process


@contextmanager
def _running(
    folder: Path, *words: str, before: str = "", unread: bool = False, **env: str
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        process = subprocess.Popen(
            arguments("--workspace", folder, "--json", *words, before=before),
            env=environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if unread else log,
            encoding="utf-8",
        )
        late = Timer(_PATIENCE, process.kill)
        late.start()
        try:
            told = _told(process, log)
            late.cancel()
            yield process, told
        finally:
            late.cancel()
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.communicate(timeout=120)
        assert process.returncode in (0, -signal.SIGKILL), _logged(log)


def _told(process: subprocess.Popen[str], log: IO[str]) -> dict[str, Any]:
    """What it prints once it has begun."""
    assert process.stdout is not None
    printed = ""
    while not printed.endswith("}\n"):
        line = process.stdout.readline()
        if not line:
            process.wait()
            raise AssertionError(_logged(log))
        printed += line
    told: dict[str, Any] = json.loads(printed)
    return told


def _logged(log: IO[str]) -> str:
    """The last of what it wrote to its log."""
    log.seek(0)
    return log.read()[-10_000:]
