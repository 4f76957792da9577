"""Members that one process found, left for another to compare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from tests.bench.workload.columns import Mask


def leave(scratch: Path, who: str, population: str, masks: Iterable[Mask]) -> None:
    """Keep the members of all segments, one truth a customer; of the masks only one at a time."""
    np.save(_path(scratch, who, population), np.array([np.packbits(mask) for mask in masks]))


def differences(scratch: Path, other: str, population: str) -> Iterator[tuple[int, int]]:
    """Segments of which another found other members than we, by number, and how many."""
    both = ("segmentry", other)
    one, two = (np.load(_path(scratch, each, population), mmap_mode="r") for each in both)
    for number in range(min(len(one), len(two))):
        apart = int(np.bitwise_count(one[number] ^ two[number]).sum())
        if apart:
            yield number, apart


def _path(scratch: Path, who: str, population: str) -> Path:
    return scratch / f"{who}-{population}.npy"
