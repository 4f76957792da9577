"""Says what something took: a command in a process of its own, or a block of code in this."""

from __future__ import annotations

import os
import platform
import resource
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

from segmentry.cli.versions import version_of


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: seconds on the wall, seconds of all cores, peak memory in MB."""

    wall: float
    cpu: float
    peak: float

    def __add__(self, other: Cost) -> Cost:
        """Of two processes, one after the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))

    def __sub__(self, other: Cost) -> Cost:
        """Without a part; the peak stays."""
        return Cost(self.wall - other.wall, self.cpu - other.cpu, self.peak)

    @classmethod
    def nothing(cls) -> Cost:
        """What nothing costs."""
        return cls(0.0, 0.0, 0.0)


@dataclass(slots=True)
class Clock:
    """Holds what a block took, once it is left."""

    cost: Cost


@contextmanager
def clocked() -> Iterator[Clock]:
    """Time a block. Its peak is that of the process, since it began."""
    clock = Clock(Cost.nothing())
    wall, cpu = perf_counter(), process_time()
    yield clock
    took = perf_counter() - wall, process_time() - cpu
    clock.cost = Cost(*took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def run(command: Sequence[str | Path], environment: Mapping[str, str]) -> tuple[Cost, str]:
    """Run a command to its end; its cost and its output. Raises if it fails.

    A child begins with the memory of its parent, so whoever measures holds little itself.
    """
    began = perf_counter()
    process = subprocess.Popen(
        list(map(str, command)), env=dict(environment), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as output:
        text = output.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args, text)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024), text


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.peak for cost in costs),
    )


def machine() -> str:
    """Where the figures are from: processor, cores that may be used, versions."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    names = ("segmentry", "duckdb", "pyarrow", "numpy", "polars", "pandas")
    versions = ", ".join(f"{name} {version_of(name)}" for name in names)
    return (
        f"{_processor()}, {cores} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
