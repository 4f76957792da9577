"""Starts a process that reads files, and ends it where it takes too much memory or time."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import msgspec

from segmentry.base.errors import DataError, InternalError
from segmentry.ingest.apart import lines
from segmentry.ingest.apart.lines import BEGIN
from segmentry.ingest.apart.parts import Asked
from segmentry.ingest.files.importing import Progress

COMMAND = (sys.executable, "-P", "-m", "segmentry.ingest.apart")

_LOOK = 0.2
"""So many seconds until its memory is looked at again."""
_LONGEST_LINE = 1 << 20
_AT_ONCE = 1 << 16


def _half_of_memory() -> int:
    return max(1 << 30, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many bytes of memory and how many seconds it may take to read files: by default
    half of what the computer has, and two hours."""

    memory: int
    seconds: int = 2 * 60 * 60

    @classmethod
    def usual(cls) -> Limits:
        """Those of this computer."""
        return cls(_half_of_memory())


def read_apart(asked: Asked, into: Path, limits: Limits, progress: Progress) -> None:
    """Have files read and their parts written to an empty folder. Refuses files that cannot be
    taken in, that take too much, or that the process ended at. What `progress` raises ends it."""
    began = monotonic()
    begin = lines.Begin(asked, limits.memory, limits.seconds)
    (into / BEGIN).write_bytes(lines.encode(begin))
    process = subprocess.Popen(
        COMMAND,
        cwd=into,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # or Ctrl-C would end it before whoever waits for it
    )
    with process:
        try:
            outcome = _outcome(process, limits, began, progress)
        finally:
            process.kill()
    match outcome:
        case lines.Done():
            return
        case lines.Refused(why):
            raise DataError(why)
        case lines.Full():
            raise _full(limits)
        case lines.Fault(kind, where):
            raise InternalError(f"{kind} while files were read: {where}")
        case None:
            raise _ended(process.returncode)


def _environment() -> dict[str, str]:
    """Ours, without what is meant for the server, and with the same package in it."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SEGMENTRY_")}
    return {**kept, "PYTHONPATH": str(Path(__file__).parents[3])}


def _outcome(
    process: subprocess.Popen[bytes], limits: Limits, began: float, progress: Progress
) -> lines.Refused | lines.Full | lines.Fault | lines.Done | None:
    """What it says last; None where it ended before that."""
    last = lines.Share(0.0, "reading files")
    for line in _lines(process):
        match _read(line):
            case lines.Share() as last:
                pass
            case None:
                pass
            case ended:
                return ended
        if monotonic() - began > limits.seconds:
            raise DataError(
                f"Reading the files took longer than {limits.seconds:,} seconds. Nothing was "
                "taken in. Send them in smaller pieces."
            )
        if _memory(process.pid) > limits.memory:
            raise _full(limits)
        progress(last.share, last.what)  # where nothing new was said too: it may be cancelled
    return None


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """Its lines as they come, and an empty one where none did for a while."""
    assert process.stdout is not None
    number, rest = process.stdout.fileno(), b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(number, selectors.EVENT_READ)
        while True:
            if not waiting.select(_LOOK):
                yield b""
                continue
            piece = os.read(number, _AT_ONCE)
            if not piece or len(rest) > _LONGEST_LINE:
                return
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole


def _read(line: bytes) -> lines.Said | None:
    """What a line says; nothing where it says nothing that can be understood."""
    with suppress(msgspec.MsgspecError):
        return lines.said.decode(line) if line else None
    return None


def _memory(number: int) -> int:
    """How many bytes of memory a process has; 0 where the system does not say."""
    with suppress(OSError, ValueError, IndexError):
        pages = Path(f"/proc/{number}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _full(limits: Limits) -> DataError:
    return DataError(
        f"Reading the files took more than {limits.memory // 2**20:,} MB of memory. Nothing was "
        "taken in. Send them in smaller pieces."
    )


def _ended(code: int) -> DataError:
    how = f"with {code}"
    with suppress(ValueError):
        how = f"by {signal.Signals(-code).name}"
    return DataError(
        f"The process that reads files was ended {how}: one of them is damaged, or there was no "
        "memory left. Nothing was taken in. Look them over, and send them in smaller pieces."
    )
