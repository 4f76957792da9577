"""Runs imports in forked children with little memory, time and patience.

A child that dies takes nothing with it: the files it was at are imported again, each in a
child of its own, so that the one that kills is known.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .importing import FAULT, Ending, import_all
from .seeds import Seed
from .variants import variant

DIED = "reader died"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take: bytes more than it began with, and for each step seconds of the
    processor and of the clock, some more where many files are read at once."""

    memory: int = 1_500_000_000
    cpu: int = 20
    wall: int = 60


@dataclass(frozen=True, slots=True)
class Job:
    """Which variants to import, of which run, and how many of them at once."""

    seed: int
    numbers: tuple[int, ...]
    together: int
    ask: bool


def run(seeds: Sequence[Seed], job: Job, limits: Limits) -> Iterator[Ending]:
    """How each variant of the job ended."""
    endings, at, why = _child(seeds, job, limits)
    yield from endings
    if why is None:
        return
    if not at:
        raise RuntimeError(f"a child was {why} before it began")
    yield from _died(seeds, job, limits, at, why)
    done = {ending.number for ending in endings} | set(at)
    if left := tuple(number for number in job.numbers if number not in done):
        yield from run(seeds, replace(job, numbers=left), limits)


def _died(
    seeds: Sequence[Seed], job: Job, limits: Limits, at: Sequence[int], why: str
) -> Iterator[Ending]:
    """Who killed a child that was at these variants: each half again, by itself."""
    if len(at) == 1:
        yield Ending(at[0], _blame(seeds, job.seed, at[0]), why)
        return
    found: list[Ending] = []
    for half in (at[: len(at) // 2], at[len(at) // 2 :]):
        found += run(seeds, replace(job, numbers=tuple(half), together=len(half)), limits)
    if not any(ending.outcome in (FAULT, DIED) for ending in found):
        found[0] = Ending(found[0].number, FAULT, f"{why}, but only together with others")
    yield from found


def _blame(seeds: Sequence[Seed], seed: int, number: int) -> str:
    """A death is a fault, but for Parquet: its reader is not ours."""
    return DIED if variant(seeds, seed, number).suffix == ".parquet" else FAULT


def _child(
    seeds: Sequence[Seed], job: Job, limits: Limits
) -> tuple[list[Ending], list[int], str | None]:
    """The endings a child told of; if it died, what it was at and of what."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _live(seeds, job, limits, writing)
    os.close(writing)
    endings: list[Ending] = []
    at: list[int] = []
    with os.fdopen(reading) as told:
        for line in told:
            what = json.loads(line)
            if isinstance(what, list):
                at = what
            else:
                endings.append(Ending(**what))
    _, status = os.waitpid(pid, 0)
    return endings, at, _reason(os.waitstatus_to_exitcode(status))


def _reason(code: int) -> str | None:
    if code == 0:
        return None
    return f"exit code {code}" if code > 0 else f"killed by {signal.Signals(-code).name}"


def _live(seeds: Sequence[Seed], job: Job, limits: Limits, writing: int) -> None:
    """The child's whole life."""
    code = 70
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_size() + limits.memory, resource.RLIM_INFINITY))
        with os.fdopen(writing, "w", buffering=1) as tell, tempfile.TemporaryDirectory() as folder:

            def began(numbers: Sequence[int]) -> None:
                print(json.dumps(list(numbers)), file=tell)
                _begin(limits, len(numbers))

            paths = dict(_written(seeds, job, Path(folder)))
            for ending in import_all(paths, began, together=job.together, ask=job.ask):
                print(json.dumps(asdict(ending)), file=tell)
        code = 0
    finally:
        os._exit(code)


def _begin(limits: Limits, files: int) -> None:
    """A step with so many files: the clocks start anew. Their default is to end the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + limits.cpu + files // 4
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
    signal.alarm(limits.wall + files)


def _size() -> int:
    """The address space in use, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _written(seeds: Sequence[Seed], job: Job, folder: Path) -> Iterator[tuple[int, Path]]:
    for number in job.numbers:
        made = variant(seeds, job.seed, number)
        path = folder / f"v{number}{made.suffix}"
        path.write_bytes(made.content)
        yield number, path
