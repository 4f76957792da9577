"""What one run of the benchmark is about, and how its parts, each a process, hear of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.measuring import Cost
from tests.bench.workload.store import Size


@dataclass(frozen=True, slots=True)
class Settings:
    """Which store, how many segments, how often; `kept` is where stores are kept, `scratch`
    a folder in which processes leave the members they found."""

    size: Size
    counts: tuple[int, ...]
    repeats: int
    kept: Path
    scratch: Path

    @property
    def all_segments(self) -> int:
        """How many segments a tick of the clock is about, and how many others are asked."""
        return min(500, self.counts[-1])

    def written(self) -> str:
        """As one line of text."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def read(cls, text: str) -> Settings:
        """From one line of text."""
        found: dict[str, Any] = json.loads(text)
        return cls(
            Size(**found["size"]),
            tuple(found["counts"]),
            found["repeats"],
            Path(found["kept"]),
            Path(found["scratch"]),
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What a process found out: a figure by its key, the median of some runs.

    `floor`: seconds that the machine takes to read as much as had to be read.
    """

    key: str
    cost: Cost
    runs: int = 1
    floor: float | None = None


def report(measured: Measured) -> None:
    """Tell the process that began this one."""
    print(json.dumps(asdict(measured)), flush=True)


def measured_by(module: str, settings: Settings) -> dict[str, Measured]:
    """What a module measures in a process of its own; its figures by their keys.

    Each is told as it comes, since a whole run takes long and may not reach its end.
    Raises if the process fails; its errors go where those of this process go.
    """
    command = (sys.executable, "-m", module, settings.written())
    found: dict[str, Measured] = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            measured = _read(line)
            found[measured.key] = measured
            print(f"{module}: {measured.key}: {_told(measured)}", file=sys.stderr, flush=True)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return found


def _read(line: str) -> Measured:
    fields = json.loads(line)
    return Measured(**fields | {"cost": Cost(**fields["cost"])})


def _told(measured: Measured) -> str:
    cost = measured.cost
    return f"{cost.wall:.3f} s, {cost.cpu:.3f} CPU s, {cost.peak:,.0f} MB, {measured.runs} runs"
