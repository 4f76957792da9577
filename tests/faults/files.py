"""`make faults`: files crafted to break the importer, as many as there is time for.

    python -m tests.faults.files [--quick] [--seed N] [--minutes M] [--keep FOLDER]
    python -m tests.faults.files --seed N --only NUMBER

Whole CSV, Parquet and mapping files are broken at random. Each must be taken, or refused by
an error for users that names it, within bounds of memory and time. Anything else is a
finding: its bytes are kept in FOLDER and the program ends with 1. A child that dies in
the Parquet reader is listed apart.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

# Threads of the numerical libraries would not survive a fork, and nothing here needs them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from .children import DIED, Job, Limits, run
from .hostile import bounded, unclosed_quote
from .importing import FAULT, Ending
from .seeds import Seed, seeds
from .variants import variant

_BATCH = 400
_TOGETHER = 200
_ASKED = 5
"""Of so many batches one goes through a store that is then asked."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Break files until the number or the time is up; 1 if anything was found."""
    asked = _parsed(arguments)
    whole = seeds()
    if asked.only is not None:
        jobs = iter([Job(asked.seed, (asked.only,), 1, True)])
    else:
        jobs = _jobs(asked.seed, asked.variants, monotonic() + asked.minutes * 60)
    began = monotonic()
    counted: Counter[str] = Counter()
    for job in jobs:
        for ending in run(whole, job, Limits()):
            counted[ending.outcome] += 1
            if ending.outcome in (FAULT, DIED) or asked.only is not None:
                _tell(whole, asked.seed, ending, asked.keep)
        _progress(counted, began)
    if asked.whole:
        counted[FAULT] += not _quote_in_a_gigabyte()
    took = monotonic() - began
    total = sum(counted.values())
    shares = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counted.items()))
    print(f"{total:,} variants in {took:,.0f} s ({total / took:,.0f} a second): {shares}")
    return 1 if counted[FAULT] else 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a few hundred variants")
    parser.add_argument("--variants", type=int, metavar="N", help="how many")
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so many")
    parser.add_argument("--seed", type=int, default=0, help="what the breaking begins from")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one variant again")
    parser.add_argument("--keep", type=Path, help="a folder for what is found")
    asked = parser.parse_args(arguments)
    asked.whole = not asked.quick and asked.variants is None and asked.only is None
    asked.variants = asked.variants or (400 if asked.quick else 100_000)
    return asked


def _jobs(seed: int, variants: int, until: float) -> Iterator[Job]:
    for place, start in enumerate(range(0, variants, _BATCH)):
        if monotonic() > until:
            print(f"time is up after {start:,} variants")
            return
        numbers = tuple(range(start, min(start + _BATCH, variants)))
        yield Job(seed, numbers, _TOGETHER, place % _ASKED == 0)


def _quote_in_a_gigabyte() -> bool:
    """Whether a quote that is never closed takes little memory in a file of 1 GB."""
    with TemporaryDirectory() as folder:
        seen = bounded(unclosed_quote(Path(folder) / "o.csv", 1 << 30))
    print(f"an unclosed quote in 1 GB: {seen.peak:,.0f} MB at most; {seen.said[:80]}")
    return seen.peak < 512 and seen.said.startswith("o.csv, line 3, column 'sku': a quote")


def _tell(whole: Sequence[Seed], seed: int, ending: Ending, keep: Path | None) -> None:
    made = variant(whole, seed, ending.number)
    print(f"\n{ending.outcome}: variant {ending.number} of {made.origin} ({made.suffix})")
    print(f"  {ending.message}")
    again = f"python -m tests.faults.files --seed {seed} --only {ending.number}"
    print(f"  again: {again}", flush=True)
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        path = keep / f"seed{seed}-{ending.number}{made.suffix}"
        path.write_bytes(made.content)
        print(f"  kept: {path}")


def _progress(counted: Counter[str], began: float) -> None:
    if sys.stdout.isatty():
        total = sum(counted.values())
        print(f"\r{total:,} ({total / (monotonic() - began):,.0f} a second)", end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
