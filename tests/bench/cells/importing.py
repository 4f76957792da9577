"""From a CSV of a million order lines to segments shown.

The sample store's real orders, written as one flat file, go through the command line as
a user would type it: make a workspace, import, list the segments. Beside it stands the
least that reading such a file can cost: DuckDB counting its rows with every cell read.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measuring import Cost, middle, run
from tests.bench.rows import Row
from tests.bench.settings import Settings

# Made by a process of its own: what is in memory here counts in the peak of every child.
_WRITE = """
import sys
from pathlib import Path
from segmentry.ingest.connectors import online_retail
from segmentry.ingest.connectors.online_retail.export import write_order_lines
print(write_order_lines(online_retail.map_lines(online_retail.read()).tables, Path(sys.argv[1])))
"""
_READ = """
import sys
import duckdb
with duckdb.connect() as db:
    print(db.sql(f"SELECT count(COLUMNS(*)) FROM read_csv('{sys.argv[1]}', all_varchar = true)"))
"""
_SEGMENTRY = (sys.executable, "-c", "from segmentry.cli import main; main()")


def rows(settings: Settings) -> Iterator[Row]:
    """Measure the whole way and its parts; each several times, medians."""
    folder, repeats = settings.scratch, settings.repeats
    path = folder / "order_lines.csv"
    _, written = run((sys.executable, "-c", _WRITE, path), os.environ)
    size = path.stat().st_size / 1e6
    title = f"Online Retail II as CSV, {int(written):,} lines, {size:.0f} MB"
    parts = [_parts(path, folder / "shop") for _ in range(repeats)]
    bare = [_cost(sys.executable, "-c", _READ, path) for _ in range(repeats)]
    whole = [part["init"] + part["import csv"] + part["segment list"] for part in parts]
    yield Row(f"{title}: to segments shown", middle(whole), "20 s, 1,024 MB", repeats)
    for name in parts[0]:
        yield Row(f"  of which {name}", middle([part[name] for part in parts]), runs=repeats)
    yield Row("  beside it, a bare DuckDB read of every cell", middle(bare), runs=repeats)


def _parts(path: Path, shop: Path) -> dict[str, Cost]:
    """The commands from nothing to segments shown."""
    shutil.rmtree(shop, ignore_errors=True)
    at = ("--workspace", shop)
    return {
        "init": _segmentry("init", shop, "--timezone", "Europe/London", "--currency", "GBP"),
        "import csv": _segmentry(*at, "import", "csv", path),
        "segment list": _segmentry(*at, "segment", "list", "--as-of", "2011-12-09"),
    }


def _segmentry(*words: str | Path) -> Cost:
    return _cost(*_SEGMENTRY, *words)


def _cost(*command: str | Path) -> Cost:
    cost, output = run(command, os.environ)
    if not output.strip():
        raise RuntimeError(f"{command} printed nothing")
    return cost
