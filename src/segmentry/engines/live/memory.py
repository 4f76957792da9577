"""Whether the facts of a store fit in this computer's memory, asked before they are read."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Mapping
from pathlib import Path

from segmentry.base.errors import WorkspaceError
from segmentry.facts.tables import TABLES

_BYTES_A_CELL = 16
"""What a cell takes while facts are read: its place in an Arrow table and in a column."""

_GB = 1e9


def needed(rows: Mapping[str, int]) -> int:
    """About how many bytes facts of so many rows a table take, rather more than fewer."""
    return sum(count * len(TABLES[name].columns) * _BYTES_A_CELL for name, count in rows.items())


def available(
    meminfo: Path = Path("/proc/meminfo"), group: Path = Path("/sys/fs/cgroup")
) -> int | None:
    """How many bytes this program can still have, by the computer, its container and its own
    limit; None where the system does not say."""
    free = (_free(meminfo), _left_to_group(group), _left_to_process())
    return min((each for each in free if each is not None), default=None)


def _left_to_group(group: Path) -> int | None:
    """What a container still has; files it read make room when it is needed."""
    try:
        most, used = (
            (group / name).read_text("ascii") for name in ("memory.max", "memory.current")
        )
        lines = (group / "memory.stat").read_text("ascii").splitlines()
        files = next(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
        return int(most) - int(used) + files  # without a limit the first is a word
    except (OSError, ValueError, StopIteration):
        return None


def _left_to_process(statm: Path = Path("/proc/self/statm")) -> int | None:
    """What is left of the addresses that this program may use."""
    if sys.platform == "win32":  # has no such limit, nor what asks for it
        return None
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return None
    try:
        return most - int(statm.read_text("ascii").split()[0]) * mmap.PAGESIZE
    except OSError:
        return None


def _free(meminfo: Path) -> int | None:
    try:
        lines = meminfo.read_text("ascii").splitlines()
    except OSError:
        return None
    found = (line.split() for line in lines if line.startswith("MemAvailable:"))
    return next((int(words[1]) * 1024 for words in found), None)


def room_for_another() -> bool:
    """Whether about as much memory is free as this program has in use."""
    free, used = available(), _used()
    return free is None or used is None or used < free


def _used(statm: Path = Path("/proc/self/statm")) -> int | None:
    """How many bytes this program has in use; None where the system does not say."""
    try:
        return int(statm.read_text("ascii").split()[1]) * mmap.PAGESIZE
    except OSError:
        return None


def refuse_too_large(rows: Mapping[str, int], free: int | None) -> None:
    """Refuse facts that need more memory than there is, saying how much of both."""
    wanted = needed(rows)
    if free is not None and wanted > free:
        raise WorkspaceError(
            f"The facts of this store need about {wanted / _GB:,.1f} GB of memory to be asked, "
            f"and {free / _GB:,.1f} GB are free. Close other programs or use a larger computer."
        )
