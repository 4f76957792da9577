"""Segments of a made-up store: our engine and DuckDB, with the same members or a warning."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from tests.bench.asking.draws import POPULATIONS
from tests.bench.asking.sample import SAMPLE, sampled
from tests.bench.asking.segments import draw_segments
from tests.bench.asking.texts import text_of
from tests.bench.members import differences
from tests.bench.rows import Row
from tests.bench.settings import Measured, Settings, measured_by
from tests.bench.workload.store import open_store

_EVALUATION_TARGETS = {
    ("standard", 500): "15 x less than DuckDB",
    ("arbitrary", 500): "8 x less than DuckDB",
    ("standard", 2_000): "2.5 x the cost of 500",
    ("arbitrary", 2_000): "2.5 x the cost of 500",
}


def rows(settings: Settings) -> Iterator[Row]:
    """Make the store, measure both, compare their members."""
    open_store(settings.size, settings.kept)
    ours = measured_by("tests.bench.cells.engine", settings)
    peer = measured_by("tests.bench.cells.duckdb", settings)
    frames = measured_by("tests.bench.cells.frames", settings)
    _compare(settings, frames)
    yield _row("engine from Parquet files to first answers", ours["build"], peer.get("build"))
    yield _row("  of which reading the files", ours["read"])
    for population in POPULATIONS:
        for count in settings.counts:
            key = f"evaluate {population} {count}"
            target = _EVALUATION_TARGETS.get((population, count), "")
            yield _row(
                f"evaluate {count:,} {population} segments", ours[key], peer.get(key), target
            )
    yield _row(f"evaluate a sample of {SAMPLE} standard segments", ours["sample"], peer["sample"])
    for library, measured in frames.items():
        yield _row(f"  the sample in {library}", measured, peer["sample"])
    again = peer[f"evaluate standard {settings.all_segments}"]
    name = f"{settings.all_segments} standard segments one minute later"
    yield _row(name, ours["tick"], again, "0.2 CPU s, 300 x less than DuckDB")
    name = f"{settings.all_segments} standard segments after midnight"
    yield _row(name, ours["midnight"], again)
    name = "count while typing, median of six queries"
    yield _row(name, ours["preview"], peer["preview"], "wall no more than DuckDB's")
    yield _row("  DuckDB for the same", peer["preview"])
    name = "count while typing, 95 in 100 take no longer"
    yield _row(name, ours["preview p95"], peer["preview p95"], "0.15 s wall")
    yield _row("parse, bind and plan ten conditions", ours["plan"], target="0.003 s")


def _row(name: str, measured: Measured, peer: Measured | None = None, target: str = "") -> Row:
    beside = peer.cost if peer else None
    return Row(name, measured.cost, target, measured.runs, measured.floor, beside)


def _compare(settings: Settings, libraries: Iterable[str]) -> None:
    """Say where members differ: then the benchmark measures two different things."""
    for population in POPULATIONS:
        drawn = draw_segments(population, settings.all_segments, settings.size.customers)
        for number, apart in differences(settings.scratch, "duckdb", population):
            _complain(f"{apart} members of {population} segment {number}", text_of(drawn[number]))
    drawn = draw_segments("standard", settings.all_segments, settings.size.customers)
    sample = sampled(drawn)
    for library in libraries:
        for number, apart in differences(settings.scratch, library, "sample"):
            text = text_of(drawn[sample[number]])
            _complain(f"{apart} members in {library}", text)


def _complain(about: str, text: str) -> None:
    print(f"FAULT OF THE BENCH: {about} are not ours: {text}", file=sys.stderr)
