"""Reads files and writes parts, in the present folder, within limits; tells how far it is."""

from __future__ import annotations

import os
import resource
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa

from segmentry.base.errors import UserError
from segmentry.facts.zones import zone
from segmentry.ingest.apart import lines
from segmentry.ingest.apart.parts import Asked, Read, write_parts
from segmentry.ingest.events import Reading, Sources, gather
from segmentry.ingest.files import plan_import
from segmentry.ingest.files.importing import Progress
from segmentry.ingest.files.mapping import parse_mapping
from segmentry.ingest.from_files import read_files

_PROCESSORS = os.cpu_count() or 1

RESERVED = 4 * 1024**3 + _PROCESSORS * 256 * 1024**2
"""So many bytes of addresses more than of memory: libraries reserve for every processor what
they never use."""

_FULL = (MemoryError, pa.ArrowMemoryError, duckdb.OutOfMemoryException)


def main() -> None:
    """Do what the present folder asks; what came of it goes to standard output."""
    begin = lines.begun.decode(Path(lines.BEGIN).read_bytes())
    _limit(begin.memory, begin.seconds)
    sys.stdout.buffer.write(b"\n".join([lines.encode(_outcome(begin.asked)), b""]))
    sys.stdout.buffer.flush()


def _limit(memory: int, seconds: int) -> None:
    """Have the system end this process where it goes too far, and before any other where the
    whole machine runs out of memory."""
    _lower(resource.RLIMIT_AS, memory + RESERVED)
    _lower(resource.RLIMIT_CPU, seconds * _PROCESSORS)  # several are at work
    _lower(resource.RLIMIT_CORE, 0)
    with suppress(OSError):  # not every system has it
        Path("/proc/self/oom_score_adj").write_text("1000")


def _lower(what: int, most: int) -> None:
    _, allowed = resource.getrlimit(what)
    least = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    with suppress(OSError, ValueError):  # nor each of these
        resource.setrlimit(what, (least, least))


def _outcome(asked: Asked) -> lines.Said:
    out = sys.stdout.buffer
    try:
        write_parts(Path.cwd(), asked, read(asked, lambda *said: _tell(out, *said)))
    except UserError as error:
        return lines.Refused(str(error))
    except _FULL:
        return lines.Full()
    except BrokenPipeError:
        os._exit(1)  # nobody waits for it any more
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        return lines.Fault(
            type(error).__name__, " < ".join(f"{f.name}:{f.lineno}" for f in frames[::-1][:8])
        )
    return lines.Done()


def _tell(out: BinaryIO, share: float, what: str) -> None:
    out.write(lines.encode(lines.Share(share, what)) + b"\n")
    out.flush()


def read(asked: Asked, progress: Progress) -> Read:
    """What the files come to."""
    here = zone(asked.zone)
    paths = [Path(each) for each in asked.paths]
    if asked.kind == "events":
        reading = Reading(asked.source, here, asked.currency, asked.country, asked.now)
        return gather(
            Sources(tuple(paths)), reading, lambda share: progress(share, "reading events")
        )
    mapping = None if asked.mapping is None else parse_mapping(asked.mapping, "that was sent")
    plan = plan_import(paths, mapping, here, asked.currency, asked.country)
    return read_files(plan, asked.source, asked.now, asked.first_seen, progress)
