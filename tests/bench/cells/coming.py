"""What is not measured yet, with its target. Whoever builds it gives it a cell beside these.

A cell is a function from the settings of a run to rows; `__main__` lists them.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.rows import Row
from tests.bench.settings import Settings

_COMING = {
    "an event until membership shows, 1,000 a second": "p50 0.25 s, p99 1 s",
    "export 1,000,000 members with ten fields to CSV": "5 s",
    "an audience of 1,000,000 with reasons": "3 s",
    "predictions for 1,000,000 customers": "15 s",
}


def rows(settings: Settings) -> Iterator[Row]:
    """A line for each, without figures."""
    for name, target in _COMING.items():
        yield Row(name, None, f"{target}; not measured yet")
