"""`make bench`: how long things take, as a table, each beside what it is measured against.

Nothing here fails because it is slow. `--quick` takes a tenth of the store, measures
everything once and writes nothing.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.cells import (
    changing,
    charting,
    coming,
    completing,
    evaluating,
    exporting,
    importing,
    ingesting,
    looking,
    opening,
    overlapping,
    refreshing,
    working,
)
from tests.bench.measuring import machine
from tests.bench.page import written
from tests.bench.rows import Row, printed
from tests.bench.settings import Settings
from tests.bench.workload.store import Size

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "benchmarks.md"
Cell = Callable[[Settings], Iterator[Row]]
CELLS: dict[str, Cell] = {
    "import": importing.rows,
    "evaluate": evaluating.rows,
    "change": changing.rows,
    "refresh": refreshing.rows,
    "ingest": ingesting.rows,
    "open": opening.rows,
    "complete": completing.rows,
    "overlap": overlapping.rows,
    "chart": charting.rows,
    "look": looking.rows,
    "coming": coming.rows,
    "export": exporting.rows,
    "jobs": working.rows,
}
"""What is measured, in the order of the table."""


def main() -> None:
    """Run the cells and print the table; a full run also writes the page of the manual."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="segmentry-bench-") as folder:
        settings = _settings(options, Path(folder))
        about = _about(settings)
        print(*about, "", printed(), sep="\n", flush=True)
        rows = []
        for name in options.cells:
            for row in CELLS[name](settings):
                rows.append(row)
                print(printed(row), flush=True)
    if options.write:
        _PAGE.write_text(written(about, rows), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small store, everything once")
    parser.add_argument("--long", action="store_true", help="2,000 segments as well")
    parser.add_argument("--customers", type=int, help="of the store; a million, or 100,000 quickly")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-events", action="store_true", help="a store without events")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--data", type=Path, default=_ROOT / ".bench", help="where stores are kept")
    parser.add_argument("--no-write", dest="write", action="store_false", help="only print")
    options = parser.parse_args()
    options.write = options.write and not options.quick and options.cells == list(CELLS)
    return options


def _settings(options: argparse.Namespace, scratch: Path) -> Settings:
    customers = options.customers or (100_000 if options.quick else 1_000_000)
    counts = (1, 10, 100) if options.quick else (1, 10, 100, 500)
    return Settings(
        Size(customers, options.seed, not options.no_events),
        (*counts, 2_000) if options.long else counts,
        1 if options.quick else 5,
        options.data,
        scratch,
    )


def _about(settings: Settings) -> tuple[str, ...]:
    size = settings.size
    events = "" if size.events else ", no events"
    return (
        f"{size.customers:,} customers{events}, seed {size.seed}, {datetime.now(UTC):%Y-%m-%d}",
        machine(),
        f"medians of up to {settings.repeats} run(s); CPU seconds are of all cores",
    )


if __name__ == "__main__":
    main()
