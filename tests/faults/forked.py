"""Servers that start at once, because what they import was imported before: each is a process of
its own, forked from one that has done nothing else, and runs `segmentry serve` to its death."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from select import select

_PATIENCE = 120.0

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.faults.forked", "tests.faults.preloaded"])


@dataclass(frozen=True, slots=True)
class Forked:
    """A server that was started, and may not listen yet."""

    process: ForkServerProcess
    printed: int
    log: Path

    def address(self) -> str:
        """Where it listens, once it does. Raises AssertionError where it never will."""
        text = b""
        while not text.endswith(b"}\n"):
            there, _, _ = select([self.printed], [], [], _PATIENCE)
            piece = os.read(self.printed, 65_536) if there else b""
            if not piece:
                raise AssertionError(self.log.read_text()[-10_000:])
            text += piece
        address: str = json.loads(text)["address"]
        return address


@contextmanager
def forked_server(folder: Path, log: Path) -> Iterator[Forked]:
    """Serve a workspace, and kill the server in the end; what it says goes to a file."""
    reading, writing = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_serve, args=(folder, log, writing), daemon=True)
    with reading:
        process.start()
        writing.close()
        try:
            yield Forked(process, reading.fileno(), log)
        finally:
            process.kill()
            process.join()
            process.close()


def _serve(folder: Path, log: Path, printed: Connection) -> None:
    """The whole life of the process."""
    from segmentry.cli import main

    with log.open("a") as said:
        os.dup2(said.fileno(), 2)
    os.dup2(printed.fileno(), 1)
    printed.close()
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)  # the old one was a file's
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
    sys.argv = ["segmentry", "--workspace", str(folder), "--json", "serve", "--port", "0"]
    main()
