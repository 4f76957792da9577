"""`make bench`: how long things take, as a table, each beside what it is measured against.

Nothing here fails because it is slow. `--quick` runs everything once.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from . import import_cell
from .measuring import machine


def main() -> None:
    """Run every cell and print the table."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every measurement once, not five")
    repeats = 1 if parser.parse_args().quick else 5
    print(machine())
    print(f"median of {repeats} run(s); CPU seconds are of all cores\n")
    print(f"{'':<72} {'wall s':>8} {'CPU s':>8} {'peak MB':>8}  target")
    with tempfile.TemporaryDirectory(prefix="segmentry-bench-") as folder:
        for row in import_cell.rows(Path(folder), repeats):
            cost = row.cost
            line = f"{row.name:<72} {cost.wall:>8.2f} {cost.cpu:>8.2f} {cost.peak:>8,.0f}"
            print(f"{line}  {row.target}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
