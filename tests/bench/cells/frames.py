"""Polars and pandas in a process of their own, on a sample of the segments."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from tests.bench.asking.descriptions import Described
from tests.bench.asking.sample import sampled
from tests.bench.asking.segments import draw_segments
from tests.bench.copies import repeated
from tests.bench.measuring import Cost, clocked
from tests.bench.members import leave
from tests.bench.peers.duckdb_store import open_duckdb
from tests.bench.peers.frames import Asked, arrow_tables
from tests.bench.peers.pandas_frames import PandasFrames
from tests.bench.peers.polars_frames import PolarsFrames
from tests.bench.settings import Measured, Settings, report
from tests.bench.workload.store import open_store

LIBRARIES: dict[str, type[PolarsFrames | PandasFrames]] = {
    "Polars": PolarsFrames,
    "pandas": PandasFrames,
}


def main() -> None:
    """Measure the sample in each library, and report it."""
    settings = Settings.read(sys.argv[1])
    customers = settings.size.customers
    drawn = draw_segments("standard", settings.all_segments, customers)
    sample = [drawn[number] for number in sampled(drawn)]
    with open_duckdb(open_store(settings.size, settings.kept)) as db:
        tables = arrow_tables(db)
    for name, library in LIBRARIES.items():
        asked = Asked(library(tables), customers)
        leave(settings.scratch, name, "sample", map(asked.members, sample))
        cost, runs = repeated(partial(_all, asked, sample), settings.repeats)
        report(Measured(name, cost, runs))


def _all(asked: Asked, sample: Sequence[Described]) -> Cost:
    with clocked() as clock:
        for each in sample:
            asked.members(each)
    return clock.cost


if __name__ == "__main__":
    main()
