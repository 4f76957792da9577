"""`make faults`: after each of many random steps, stored members are those of the reference.

    python -m tests.faults.memberships [--steps N] [--seed N]

A store is made up, with segments over the whole catalogue; then facts arrive and change,
people are merged, deleted and erased, segments get other queries, and time passes. From
time to time another store takes its place. The first difference is told with the seed of
its store and the step in it, and the program ends with 1.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from time import monotonic

from hypothesis import Phase, given, seed, settings

import segmentry as sg
from tests.generative import queries
from tests.generative.stores import SOURCE
from tests.generative.test_engines_agree import OFFER
from tests.generative.test_facts_change import Changes
from tests.generative.test_memberships import expected, kept, stored

EACH = 100
"""So many steps are taken in one store."""

_SEGMENTS = 6
_QUERIES = 60
_STEPS = ("some", "some", "some", "gone", "merged", "edit", "time")
_MINUTES = (0, 0, 1, 17, 60, 5 * 60, 24 * 60, 7 * 24 * 60, 40 * 24 * 60)


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the steps; 1 where something differs."""
    parser = argparse.ArgumentParser(prog="memberships", description=__doc__.partition("\n")[0])
    parser.add_argument("--steps", type=int, default=10_000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="of the first store")
    asked = parser.parse_args(arguments)
    began, counted = monotonic(), Counter[str]()
    for place, left in enumerate(range(asked.steps, 0, -EACH), asked.seed):
        if difference := walk(place, min(EACH, left), counted):
            print(f"seed {place}, {difference}")
            print(f"again: python -m tests.faults.memberships --seed {place} --steps {EACH}")
            return 1
        print(f"seed {place}: {sum(counted.values()):,} steps by now", flush=True)
    shares = ", ".join(f"{count:,} {what}" for what, count in sorted(counted.items()))
    print(f"{sum(counted.values()):,} steps in {monotonic() - began:,.0f} s: {shares}")
    return 0


def walk(first: int, steps: int, counted: Counter[str]) -> str | None:
    """So many steps in the store of a seed; what differs after one, None where nothing does."""
    random, changes, asked = Random(first), Changes(first), _texts(first)
    with kept(changes.store, random.sample(asked, _SEGMENTS)) as (workspace, clock):
        for step in range(1, steps + 1):
            clock.now += timedelta(minutes=random.choice(_MINUTES))
            what = random.choice(_STEPS)
            counted[what] += 1
            if what == "edit":
                name, query = f"asked {random.randrange(_SEGMENTS)}", random.choice(asked)
                told: object = f"{name} to {query}"
                workspace.segments.edit(name, query)
            elif what == "time":
                told = clock.now
                workspace.refresh()
            else:
                told = records = getattr(changes, what)()
                workspace.load(records, source=SOURCE, live=random.random() < 0.5)
            if difference := _difference(workspace):
                return f"step {step} ({what}: {told}) at {clock.now}: {difference}"
    return None


def _difference(workspace: sg.Workspace) -> str | None:
    found, fresh = stored(workspace), expected(workspace)
    for name, members in fresh.items():
        if found[name] != members:
            surplus, missing = sorted(found[name] - members), sorted(members - found[name])
            query = workspace.segments[name].query
            return f"'{name}' ({query}) has {surplus} too many, {missing} missing"
    return None


def _texts(first: int) -> list[str]:
    """Valid queries, the same for the same seed."""
    found: list[str] = []

    @seed(first)
    @settings(max_examples=_QUERIES, database=None, phases=[Phase.generate], deadline=None)
    @given(queries.valid(OFFER, most=3))
    def draw(text: str) -> None:
        found.append(text)

    draw()
    return found


if __name__ == "__main__":
    sys.exit(main())
