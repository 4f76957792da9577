"""The second part of `make fuzz`: texts crafted to break what reads queries.

    python -m tests.faults.queries [--texts N] [--minutes M] [--seed N]
    python -m tests.faults.queries --seed N --only NUMBER

Queries of every kind are spoilt at random, by characters, words and size, and random bytes
are read as well. Each text must bind or be refused by a QueryError, in so many steps and,
where --slow says so, seconds, and nothing that binds may exceed a limit. Anything else is a
finding, and the program ends with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from time import monotonic

from .reading import GIVEN_UP, read
from .texts import text_variant

FINDING = "finding"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read spoilt texts until the number or the time is up; 1 if anything was found."""
    asked = _parsed(arguments)
    numbers = range(asked.texts) if asked.only is None else (asked.only,)
    began = monotonic()
    counted: Counter[str] = Counter()
    for number in numbers:
        if monotonic() - began > asked.minutes * 60:
            print(f"time is up after {number:,} texts")
            break
        text = text_variant(asked.seed, number)
        ending = read(text, asked.slow)
        counted[ending.outcome] += 1
        if ending.outcome == FINDING or asked.only is not None:
            _tell(asked.seed, number, text, ending.seen)
    took = monotonic() - began
    shares = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counted.items()))
    print(f"{counted.total():,} texts in {took:,.0f} s: {shares}")
    return 1 if counted[FINDING] else 0


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="queries", description=__doc__.partition("\n")[0])
    parser.add_argument("--texts", type=int, default=1_000_000, metavar="N", help="how many")
    parser.add_argument("--minutes", type=float, default=10.0, help="stop after so many")
    parser.add_argument("--seed", type=int, default=0, help="what the spoiling begins from")
    parser.add_argument("--slow", type=float, default=GIVEN_UP, help="seconds that are too many")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one text again")
    return parser.parse_args(arguments)


def _tell(seed: int, number: int, text: str, seen: str) -> None:
    shown = text if len(text) <= 400 else f"{text[:200]} … {text[-200:]}"
    print(f"\ntext {number}, {len(text):,} characters: {shown!a}")
    print(f"  {seen or 'nothing found'}")
    print(f"  again: python -m tests.faults.queries --seed {seed} --only {number}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
